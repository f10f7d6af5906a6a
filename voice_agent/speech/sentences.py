"""Splits text into sentences while it is still being made, so that the first one can be spoken at once."""

from __future__ import annotations

import re

LONGEST_UNSPOKEN_CHARS = 160
"""A sentence longer than this is cut at a clause, so that the voice does not wait for its end."""

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)")
_CLAUSE = re.compile(r"[,;:—–](?=\s)")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st sr jr vs etc e.g i.e a.m p.m no approx dept mt".split())  # noqa: SIM905
"""Words after which a full stop ends nothing (`no.` only before a digit)."""


class SentenceSplitter:
    """`feed` pieces of text, then `finish`. Nothing is lost: the parts joined are the text."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> list[str]:
        """Sentences that are surely complete; each keeps the white space that follows it."""
        self._text += piece
        parts = []
        while (end := self._boundary()) is not None:
            parts.append(self._text[:end])
            self._text = self._text[end:]
        return parts

    def finish(self) -> list[str]:
        """What is left."""
        rest, self._text = self._text, ""
        return [rest] if rest else []

    def _boundary(self) -> int | None:
        """Where the first sentence ends; None while that can't be told."""
        for match in _END.finditer(self._text):
            following = re.compile(r"\s+").match(self._text, match.end())
            if following is None or following.end() == len(self._text):
                break  # what comes next may still show that this is no end
            if not self._is_inside(match, self._text[following.end()]):
                return following.end()
        if len(self._text) > LONGEST_UNSPOKEN_CHARS:
            clauses = [m.end() for m in _CLAUSE.finditer(self._text, 40, LONGEST_UNSPOKEN_CHARS)]
            if clauses:
                return clauses[-1] + 1
        return None

    def _is_inside(self, match: re.Match[str], following: str) -> bool:
        """Whether this punctuation stands inside a sentence."""
        if match.group()[0] != "." or len(match.group().rstrip("\"'”’)]")) > 1:
            # "Wait... what?": after an ellipsis or ?! a small letter goes on.
            return following.islower()
        word = re.search(r"[\w.]*$", self._text[: match.start()])
        before = word.group().lower() if word else ""
        if before == "no":
            return following.isdigit()
        if before in ("a.m", "p.m"):
            return not following.isupper()
        is_initial = len(before) == 1 and before.isalpha() and before != "i"
        return before in _ABBREVIATIONS or is_initial or following.islower()
