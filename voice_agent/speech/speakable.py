"""Text made speakable: what a reader sees but a voice must not read out goes, and figures become words.

English only. What comes out has letters, spaces and the marks of plain sentences, nothing else, and is not
changed by going through again.
"""

from __future__ import annotations

import re
import unicodedata

from voice_agent.speech.figures import in_words
from voice_agent.speech.markup import without_marks, without_markup
from voice_agent.speech.short_forms import spelled_out

_SENTENCE_MARKS = frozenset(".,;:!?'\"()-“”")
_MOST_ROUNDS = 8
"""What one round takes out may lay bare something for the next: `((sighs) [x])`."""


def speakable(text: str) -> str:
    """One line for a voice, without figures or markup; empty when nothing in it can be said."""
    for _ in range(_MOST_ROUNDS):
        before, text = text, _round(text)
        if text == before:
            break
    return text


def _round(text: str) -> str:
    text = without_marks(spelled_out(in_words(without_markup(text))))
    return _tidied("".join(character if _can_be_said(character) else " " for character in text))


def _can_be_said(character: str) -> bool:
    return character in _SENTENCE_MARKS or character == " " or unicodedata.category(character)[0] == "L"


def _tidied(text: str) -> str:
    """Single spaces, and marks as a writer would set them after words have gone."""
    text = re.sub(r"(?<=\w)-(?=\s|$)|(?<!\w)-(?=\w)|(?<!\S)-(?!\S)|\(\s*\)", " ", text)
    text = re.sub(r"\s+([,.;:!?)])", r"\1", " ".join(text.split()))
    text = re.sub(r"\(\s+", "(", text)
    text = re.sub(r"[!?]*\?[!?]*", "?", re.sub(r"!{2,}", "!", text))
    text = re.sub(r",+(?=[,.;:!?])|(?<=[.;:!?]),+", "", text)
    text = re.sub(r"^[\s,.;:!?)-]+", "", text)
    return text if any(character.isalnum() for character in text) else ""
