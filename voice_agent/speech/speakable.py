"""Text made speakable: what a reader sees but a voice must not read out goes, and figures become words.

Synthesizers stumble over figures each in its own way (flite says `7:30` as `s even thirty`), so they get words.
English only. Own code, since num2words knows numbers but neither times nor money in running text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_LONGEST_NUMBER_DIGITS = 15
"""A longer one is read digit by digit, and so is one that begins with 0."""
_MONEY = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "p")}
_UNITS = {"km": "kilometer", "kg": "kilo", "lb": "pound", "hr": "hour", "min": "minute", "sec": "second"}
_SYMBOLS = {
    "&": "and", "@": "at", "%": "percent", "°": "degrees", "+": "plus", "=": "equals", "×": "times", "$": "dollars",
    "€": "euros", "£": "pounds",
}  # fmt: skip
_ABBREVIATIONS = {
    "mr": "Mister", "mrs": "Missus", "ms": "Miz", "dr": "Doctor", "prof": "Professor", "vs": "versus",
    "e.g": "for example", "i.e": "that is", "approx": "about",
}  # fmt: skip

_ACTION = (
    r"(?:\w+ly |long |deep |short )?(?:pause|silence|sigh|laughter|beat|stares|staring|cries|crying"
    r"|look(?:s|ing)? (?:away|down|up|at)|(?:sigh|paus|laugh|nod|shrug|frown|smil|smirk|scoff|chuckl|groan|gasp"
    r"|winc|glanc|roll|shak|lean|cross|cough|whisper|mutter|sniff)\w*(?:s|ing))\b"
)
_STAGE_DIRECTION = re.compile(
    rf"\*{{1,3}}{_ACTION}[^*\n]{{0,60}}\*{{1,3}}|\({_ACTION}[^()\n]{{0,60}}\)|\[[^\[\]\n]{{1,60}}\]", re.IGNORECASE
)
"""`*sighs*`, `(pauses, then quietly)`, `[laughs]`; what is only *stressed* or (put aside) is spoken."""
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_FACE = re.compile(r"(?<!\w)[:;]-?[()DPp](?!\w)")
_LINK = re.compile(r"\bhttps?://\S+")
_MARKUP = re.compile(r"[*_`#~|<>\\^{}\[\]]+")
_DASH = re.compile(r"\s*(?:—|–|--+)\s*|\s+-\s+|^-\s+")
_ABBREVIATED = re.compile(rf"\b({'|'.join(map(re.escape, _ABBREVIATIONS))})\.(?=\s|,|$)", re.IGNORECASE)
# A last full stop is the sentence's own.
_ET_CETERA = re.compile(r"\betc\b(?:\.(?!\s*$|\s+[A-Z]))?")

_AMOUNT = r"(?<!\d)(\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_HALF_DAY = r"\s?([ap])\.?m\b\.?"
_FIGURES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (rf"\b(\d{{1,2}}):([0-5]\d)(?![:\d])(?:{_HALF_DAY})?", lambda m: _time(int(m[1]), int(m[2]), m[3])),
    (rf"\b(\d{{1,2}}){_HALF_DAY}", lambda m: f"{_cardinal(int(m[1]))} {m[2].lower()}.m."),
    (rf"([$€£])\s?{_AMOUNT}(?:\.(\d+))?(?:\s?(k|thousand|million|billion)\b)?", lambda m: _money(*m.groups())),
    (r"#\s?(?=\d)|\bno\.\s?(?=\d)", lambda m: "number "),
    (r"\b(\d{3})-(?:(\d{3})-)?(\d{4})\b", lambda m: ", ".join(_digits(group) for group in m.groups() if group)),
    (r"(?<=\d)\s?[-–]\s?(?=\d)", lambda m: " to "),
    (r"(?<=\d)\s+(?=(?:1/2|[13]/4)\b)", lambda m: " and "),
    (r"(?<!\d)(?:1/2|([13])/4)\b", lambda m: {None: "a half", "1": "a quarter", "3": "three quarters"}[m[1]]),
    (r"\b24/7\b", lambda m: "twenty-four seven"),
    (r"(?<=\d)/(?=\d)", lambda m: " out of "),
    (r"\b(\d{1,4})(?:st|nd|rd|th)\b", lambda m: _ordinal(int(m[1]))),
    (
        rf"\b(\d+)\s?({'|'.join(_UNITS)})s?\b(?:\.(?=\s+[a-z]))?",
        lambda m: f"{m[1]} {_plural(_UNITS[m[2].lower()], m[1])}",
    ),
    (r"\b(19|20)?'?([2-9]0)'?s\b", lambda m: _decade(m[1], m[2])),
    (r"(?<![\d,.])(19\d\d|20[1-9]\d)(?!\d|[,.]\d)", lambda m: _year(int(m[1]))),
    (r"(?<![\w.])-(?=\d)", lambda m: "minus "),
    (rf"{_AMOUNT}(?:\.(\d+))?", lambda m: f" {_decimal(m[1], m[2])} "),
)
"""In this order: a time before its digits, money before its amount, last what is left of the figures."""
_FIGURE_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), words) for pattern, words in _FIGURES)


def speakable(text: str) -> str:
    """One line for a voice, without figures or markup; empty when nothing in it can be said."""
    text = _LINK.sub(" a link ", _FACE.sub(" ", _TAG.sub(" ", _STAGE_DIRECTION.sub(" ", text))))
    text = re.sub(r"(?<=\d)\s?(?=[½¼¾])", " and ", text.replace("…", "... "))
    # NFKC: full-width, raised and decorated letters become plain ones, ½ becomes 1⁄2.
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/").replace("’", "'").replace("‘", "'")
    text = re.sub(r"(?<=\w)\s*[\r\n]\s*", ". ", text)
    for pattern, words in _FIGURE_PATTERNS:
        text = pattern.sub(words, text)
    text = _ABBREVIATED.sub(lambda m: _ABBREVIATIONS[m[1].lower()], text)
    text = re.sub(r"\band/or\b", "or", _ET_CETERA.sub("et cetera", text))
    text = re.sub(r"(?<=[A-Za-z])/(?=[A-Za-z])", " or ", text)
    for symbol, word in _SYMBOLS.items():
        text = text.replace(symbol, f" {word} ")
    text = _MARKUP.sub(" ", _DASH.sub(", ", text))
    return _tidied("".join(character if _can_be_said(character) else " " for character in text))


def _can_be_said(character: str) -> bool:
    # So, Sk: emoji, their skins and other signs; Mn, Me: their variants and keycaps; the rest can't even be seen.
    return unicodedata.category(character) not in {"So", "Sk", "Mn", "Me", "Cc", "Cf", "Cs", "Co", "Cn"}


def _tidied(text: str) -> str:
    """Single spaces, and marks as a writer would set them after words have gone."""
    text = re.sub(r"(?<=\w)-(?=\s|$)|(?<!\S)/(?!\S)|\(\s*\)", " ", text)
    text = re.sub(r"\s+([,.;:!?)])", r"\1", " ".join(text.split()))
    text = re.sub(r"[!?]*\?[!?]*", "?", re.sub(r"!{2,}", "!", text))
    text = re.sub(r",+(?=[,.;:!?])|(?<=[.;:!?]),+", "", text)
    text = re.sub(r"^[\s,.;:!?)]+", "", text)
    return text if any(character.isalnum() for character in text) else ""


def _cardinal(number: int) -> str:
    for size, name in _SCALES:
        if number >= size:
            count, rest = divmod(number, size)
            return f"{_cardinal(count)} {name}" + (f" {_cardinal(rest)}" if rest else "")
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _ordinal(number: int) -> str:
    words = re.split(r"([ -])", _cardinal(number))
    last = words.pop()
    ending = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return "".join(words) + _ORDINALS.get(last, ending)


def _digits(figures: str) -> str:
    return " ".join(_ONES[int(figure)] for figure in figures)


def _decimal(whole: str, fraction: str | None) -> str:
    figures = whole.replace(",", "")
    is_code = len(figures) > _LONGEST_NUMBER_DIGITS or (len(figures) > 1 and int(figures[0]) == 0)
    words = _digits(figures) if is_code else _cardinal(int(figures))
    return f"{words} point {_digits(fraction)}" if fraction else words


def _year(number: int) -> str:
    century, year = divmod(number, 100)
    return f"{_cardinal(century)} " + (
        "hundred" if not year else f"oh {_ONES[year]}" if year < 10 else _cardinal(year)
    )


def _decade(century: str | None, decade: str) -> str:
    before = f"{_cardinal(int(century))} " if century else ""
    return f"{before}{_TENS[int(decade) // 10][:-1]}ies"


def _time(hour: int, minute: int, half_day: str | None) -> str:
    minutes = "" if not minute else f" oh {_ONES[minute]}" if minute < 10 else f" {_cardinal(minute)}"
    after = f" {half_day.lower()}.m." if half_day else "" if minute else " o'clock"
    return f"{_cardinal(hour)}{minutes}{after}"


def _money(sign: str, whole: str, fraction: str | None, scale: str | None) -> str:
    unit, small_unit = _MONEY[sign]
    if scale or (fraction and len(fraction) != 2):
        scale_word = "thousand" if scale and scale.lower() == "k" else scale or ""
        return f" {_decimal(whole, fraction)} {scale_word} {unit}s "
    cents = int(fraction or 0)
    small = (
        f"{_cardinal(cents)} {small_unit if small_unit == 'p' else _plural(small_unit, str(cents))}" if cents else ""
    )
    if cents and not int(whole.replace(",", "")):
        return f" {small} "
    return f" {_decimal(whole, None)} {_plural(unit, whole)}{' and ' if small else ''}{small} "


def _plural(unit: str, amount: str) -> str:
    return unit if amount == "1" else f"{unit}s"
