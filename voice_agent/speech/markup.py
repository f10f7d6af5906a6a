"""What a reader sees but a voice must not read out: markup, stage directions, links, code, faces and emoji."""

from __future__ import annotations

import html
import re
import unicodedata

_ACTION = (
    r"(?:\w+ly |long |deep |short )?(?:pause|silence|sigh|laughter|beat|stares|staring|cries|crying"
    r"|look(?:s|ing)? (?:away|down|up|at)|(?:sigh|paus|laugh|nod|shrug|frown|smil|smirk|scoff|chuckl|groan|gasp"
    r"|winc|glanc|roll|shak|lean|cross|cough|whisper|mutter|sniff)[a-z]*(?:s|ing))(?![a-z])"
)
_STAGE_DIRECTION = re.compile(
    rf"\*{{1,3}}{_ACTION}[^*\n]{{0,60}}\*{{1,3}}|(?<!\w)_{_ACTION}[^_\n]{{0,60}}_(?!\w)|~{_ACTION}[^~\n]{{0,60}}~"
    rf"|\({_ACTION}[^()\n]{{0,60}}\)|\[[^\[\]\n]{{1,60}}\]|\{{[^{{}}\n]{{1,60}}\}}",
    re.IGNORECASE,
)
"""`*sighs*`, `(pauses, then quietly)`, `[laughs]`; what is only *stressed* or (put aside) is spoken."""
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"```.*?```|~~~.*?~~~", re.DOTALL)
"""Whole blocks only: one that is cut off may be the end of another."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_LINK_TEXT = re.compile(
    r"!?\[([^\[\]\n]{0,200})\]\(\s*<?[^()\s]*>?(?:\s+\"[^\"\n]*\")?\s*\)|\[([^\[\]\n]{1,200})\]\[[^\[\]\n]{0,40}\]"
)
_FOOTNOTE = re.compile(r"\[\^[^\[\]\n]{1,20}\]:?")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>]*[^\s<>.,;:!?)'\"\]]", re.IGNORECASE)
_MAIL = re.compile(r"\b([\w+-]{1,64}(?:\.[\w+-]{1,64}){0,5})@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})\b")
_DOMAIN = re.compile(r"\b([\w-]{1,63})\.(com|org|net|edu|gov|io|co|uk|de|eu|app|dev)\b", re.IGNORECASE)
_LINE_START = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:#{1,6}[ \t]+|[-*+•‣◦·][ \t]+|\d{1,2}[.)][ \t]+(?=[^\W\d_]|[\"'*_(])|[a-h]\)[ \t]+)?",
    re.MULTILINE,
)
"""Quotation, heading, bullet, number of a list."""
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^(?=[^\n]*---)[ \t:|-]+$", re.MULTILINE)
_HEADING_END = re.compile(r"[ \t]+#{1,6}[ \t]*$", re.MULTILINE)
_ROW_EDGE = re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE)
_CELL = re.compile(r"(?<=\S)[ \t]*\|[ \t]*(?=\S)")
_LINE_END = re.compile(r"(?<![.!?,;:\s])([*_~`)\"'\]”]*)\s*[\r\n]\s*")
"""A line without a mark of its own at its end is a sentence."""
_FACE = re.compile(r"(?<!\w)(?:[:;=8]['-]?[()DPpOo/|\\*3](?!\w)|<3(?!\w)|\^_*\^)")
_MARKS = re.compile(r"[*_`#~|<>\\^{}\[\]]+")
_BETWEEN = dict.fromkeys("•‣◦·→⇒➔►▶", ", ")


def without_markup(text: str) -> str:
    """Lines become sentences. NFKC: full-width, raised and decorated letters become plain ones, ½ becomes 1/2."""
    text = html.unescape(_CODE.sub("\n", _THOUGHT.sub(" ", text)))
    text = _TAG.sub(" ", _COMMENT.sub(" ", text))
    text = _FOOTNOTE.sub(" ", _LINK_TEXT.sub(lambda m: m[1] or m[2] or " ", text))
    text = _MAIL.sub(_mail, _ADDRESS.sub(" a link ", text))
    text = _DOMAIN.sub(r"\1 dot \2", text)
    text = _HEADING_END.sub("", _LINE_START.sub("", _ROW_EDGE.sub("", _RULE.sub("", text))))
    text = _LINE_END.sub(r"\1. ", _FACE.sub(" ", _STAGE_DIRECTION.sub(" ", text)))
    text = re.sub(r"(?<=\d)\s?(?=[½¼¾⅓⅔])", " and ", text.replace("…", "... "))
    text = "".join(_BETWEEN.get(character, character) for character in text)
    return unicodedata.normalize("NFKC", text).replace("⁄", "/").replace("’", "'").replace("‘", "'")


def without_marks(text: str) -> str:
    """What markup is left, mark by mark; dashes are pauses."""
    text = _CELL.sub(", ", text)
    text = re.sub(r"\s*(?:—|–|―|--+)\s*|\s+-\s+|^-\s+", ", ", text)
    return _MARKS.sub(" ", text)


def _mail(m: re.Match[str]) -> str:
    return f"{m[1].replace('.', ' dot ')} at {m[2].replace('.', ' dot ')}"
