"""Text made speakable: what a reader sees but a voice must not read out is taken away.

Numbers, money and times are left to the synthesizers, which all read them in their own language.
"""

from __future__ import annotations

import re
import unicodedata

_STAGE_DIRECTION = re.compile(
    r"\*[^*\n]{1,60}\*|\([^()\n]{0,60}\b(?:sighs?|pauses?|laughs?|nods?)\b[^()\n]{0,60}\)|\[[^\]\n]{1,60}\]"
)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,80}>")
_MARKUP = re.compile(r"[*_`#~|<>\\^{}\[\]]+")
_DASH = re.compile(r"\s*(?:—|–|--+)\s*|\s+-\s+")


def speakable(text: str) -> str:
    """One line for a voice; empty when nothing in it can be said."""
    text = _BOLD.sub(r"\1", text)
    text = _TAG.sub(" ", _STAGE_DIRECTION.sub(" ", text))
    text = _DASH.sub(", ", text.replace("…", "... "))
    text = _MARKUP.sub(" ", text)
    # So: other symbols, emoji among them. Sk and Co have no sound either.
    text = "".join(" " if unicodedata.category(character) in {"So", "Sk", "Co"} else character for character in text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    text = re.sub(r"^[,;:\s]+|,(?=[,.!?])", "", text)
    return text if any(character.isalnum() for character in text) else ""
