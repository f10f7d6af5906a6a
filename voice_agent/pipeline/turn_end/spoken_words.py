"""What the end-of-turn network reads of a turn: one row of numbers a word, and four about the partner's line.

A word's row holds its place in a space of English syntax: the leading directions of the neighbours it has in the
general language model that PocketSphinx carries, with that model's chance of a sentence ending after it. So words
that no training turn holds ("amiable") behave like those that stand in the same places ("young").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voice_agent.feedback.sounding import FILLERS

Floats = npt.NDArray[np.float32]

LONGEST_WORDS = 40
"""The last words of a turn tell whether it is over; more cost time."""
SUFFIXES = ("ing", "ed", "ly", "er", "s", "")
"""A word that the table lacks is taken for the mean of the rarer words with its ending."""
LINE_NUMBERS = 4

_QUESTION_OPENERS = frozenset(
    """
    do does did are is am was were will would can could should shall have has had may might must isn't aren't
    don't didn't doesn't won't wouldn't can't couldn't haven't
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
_OPEN_QUESTION = frozenset(["what", "why", "how", "who", "when", "where", "which", "whose"])
_ANSWERS = frozenset(
    """
    yes no yeah nope yep sure okay ok right exactly never always fine nothing none maybe absolutely definitely
    """.split()  # noqa: SIM905
)


def spoken_words(text: str) -> list[str]:
    """The words of a turn as a recognizer prints them, whoever typed it."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower().replace("\u2019", "'"))


@dataclass(frozen=True, slots=True)
class WordTable:
    """Rows of numbers for the words of English."""

    places: dict[str, int]
    rows: Floats
    """(words + suffixes, numbers): the words' rows, then one for each of `SUFFIXES`."""

    def row(self, word: str) -> Floats:
        place = self.places.get(word)
        if place is None:
            place = len(self.places) + next(i for i, suffix in enumerate(SUFFIXES) if word.endswith(suffix))
        found: Floats = self.rows[place]
        return found

    def read(self, words: Sequence[str]) -> Floats:
        """(words, numbers + 1): the last `LONGEST_WORDS` words; the added number marks a filler."""
        last = words[-LONGEST_WORDS:]
        rows = np.stack([self.row(word) for word in last])
        fillers = np.array([[1.0 if FILLERS.fullmatch(word) else 0.0] for word in last], np.float32)
        return np.hstack([rows, fillers])


def line_numbers(partner_line: str, said: Sequence[str]) -> Floats:
    """(4,): the partner asked for yes or no; asked openly; asked nothing; the turn begins with an answer word."""
    sentences = re.split(r"(?<=[.!?])\s+", partner_line.strip())
    words = spoken_words(sentences[-1])
    asked = sentences[-1].endswith("?")
    openly = asked and (not words or words[0] not in _QUESTION_OPENERS) and bool(_OPEN_QUESTION & set(words[:3]))
    begins = bool(said) and said[0] in _ANSWERS
    return np.array([asked and not openly, openly, not asked, begins], np.float32)
