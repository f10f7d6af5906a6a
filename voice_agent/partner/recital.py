"""Whether a model recites what it was told instead of saying it in its own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

RUN_WORDS = 6
"""So many words in a row that are the same are no accident."""


class Recital:
    """What must not be recited: a text, but for the parts of it that may be said."""

    def __init__(self, secret: str, sayable: Iterable[str] = ()) -> None:
        self._secret = f" {plain(secret)} "
        self._runs = set(_runs(self._secret)) - {run for text in sayable for run in _runs(plain(text))}

    def recites(self, sentence: str) -> bool:
        """Whether a run of the sentence's words stands so in the secret."""
        return any(run in self._runs for run in _runs(plain(sentence)))

    def may_begin(self, clause: str) -> bool:
        """Whether the words, fewer than a run, stand so in the secret: the rest will tell."""
        return f" {plain(clause)} " in self._secret


def plain(text: str) -> str:
    """Lower-case words with single spaces."""
    return " ".join(re.sub(r"[^\w' ]+", " ", text.lower().replace("\u2019", "'")).split())


def _runs(words: str) -> Iterator[tuple[str, ...]]:
    split = words.split()
    return (tuple(split[at : at + RUN_WORDS]) for at in range(len(split) - RUN_WORDS + 1))
