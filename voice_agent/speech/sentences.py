"""Splits text into sentences while it is still being made, so that the first one can be spoken at once.

A cut too late costs a moment, a cut in the wrong place sounds wrong: where a full stop is doubtful, the
sentence goes on. Where the cuts fall depends on the text alone, never on the pieces it came in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

FIRST_CLAUSE_CHARS = 80
"""A first sentence longer than this is cut at a clause: its end would keep the listener waiting."""
LONGEST_UNSPOKEN_CHARS = 160
"""The same for later sentences, which are made while the one before is heard; ten seconds of speech."""
LIMITS = (FIRST_CLAUSE_CHARS, LONGEST_UNSPOKEN_CHARS)
LONGEST_PART_CHARS = 240
"""Without any punctuation a part is cut at a space here: no engine is given more at a time."""
_SHORTEST_CLAUSE_CHARS = 20
"""A shorter clause would be spoken before the next one is there."""

_SHORTEST_BEGINNING_CHARS = 10
"""The same while a text is still being made, when waiting costs the listener more than a breath."""

# Both stand before white space: so 3.5, 12:30 and example.com hold neither. Each run of marks is tried once.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*(?=\s)")
_CLAUSE = re.compile(r"(?<![,;:—–])[,;:—–]++[\"'”’)\]]*(?=\s)")
_ENDS_CLAUSE = re.compile(r"[,;:—–][\"'”’)\]]*\s+$")
_BEFORE_NAMES = frozenset(
    "mr mrs ms dr prof st mt gen sen rep capt lt col sgt rev hon e.g i.e vs approx dept fig".split()  # noqa: SIM905
)
"""Words whose full stop never ends a sentence: something always follows."""
_LETTERS_WITH_STOPS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
"""U.S, J.R: mostly before a name. `p.m` is not among them, since it often stands last."""


class SentenceSplitter:
    """`feed` pieces of text, then `finish`. Nothing is lost: the parts joined are the text."""

    def __init__(self, limits: Sequence[int] = LIMITS) -> None:
        """limits: characters from which a sentence is cut at a clause, for the first part, the second and so on;
        the last of them holds for all later ones. At most `LONGEST_PART_CHARS`.
        """
        self._limits = limits
        self._text = ""
        self._part = 0

    def feed(self, piece: str) -> list[str]:
        """Sentences, or clauses of long ones, that are surely complete; each keeps the white space after it."""
        self._text += piece
        parts, start = [], 0
        while (length := self._boundary(self._text[start : start + LONGEST_PART_CHARS])) is not None:
            parts.append(self._text[start : start + length])
            start += length
            self._part += 1
        self._text = self._text[start:]
        return parts

    def early(self) -> list[str]:
        """While nothing was given yet: what has come, when it ends a clause or, by all that can be told without the
        next letter, a sentence.
        """
        text = self._text
        if self._part:
            return []
        ends_clause = len(text) >= _SHORTEST_BEGINNING_CHARS and _ENDS_CLAUSE.search(text) is not None
        if not ends_clause and not _ends_sentence(text):
            return []
        self._text, self._part = "", 1
        return [text]

    def finish(self) -> list[str]:
        """What is left; the splitter is ready for another text."""
        rest, self._text, self._part = self._text, "", 0
        return [rest] if rest else []

    def _boundary(self, window: str) -> int | None:
        """Length of the first part; None while that can't be told. Looks no further than the window."""
        limit = self._limits[min(self._part, len(self._limits) - 1)]
        ends = list(_END.finditer(window))
        for end in ends:
            if end.end() <= limit and (length := _sentence_length(window, end)) != 0:
                return length or _forced_length(window)
        if len(window) <= limit:
            return None
        clauses = list(_CLAUSE.finditer(window))
        within = [clause.end() + 1 for clause in clauses if _SHORTEST_CLAUSE_CHARS <= clause.end() <= limit]
        if within:
            return within[-1]
        late = (match for match in chain(ends, clauses) if match.end() > limit)
        for match in sorted(late, key=re.Match.end):
            length = match.end() + 1 if match.re is _CLAUSE else _sentence_length(window, match)
            if length != 0:
                return length or _forced_length(window)
        return _forced_length(window)


def split_sentences(text: str, limits: Sequence[int] = LIMITS) -> list[str]:
    """A whole text in parts of at most `LONGEST_PART_CHARS`; joined, they are the text."""
    splitter = SentenceSplitter(limits)
    return splitter.feed(text) + splitter.finish()


def _sentence_length(window: str, end: re.Match[str]) -> int | None:
    """Length of the sentence with the white space after it; 0: it goes on; None: the next letter must tell."""
    following = re.compile(r"\s*").match(window, end.end())
    if following is None or following.end() == len(window):
        return None
    return 0 if _is_inside(window, end, window[following.end()]) else following.end()


def _ends_sentence(text: str) -> bool:
    """Whether white space after a sentence's mark stands last, and a capital letter may follow."""
    ends = list(_END.finditer(text))
    return bool(ends) and not text[ends[-1].end() :].strip() and not _is_inside(text, ends[-1], "A")


def _forced_length(window: str) -> int | None:
    """Where to cut a full window: at its last space, else at its end; None while it is not full."""
    if len(window) < LONGEST_PART_CHARS:
        return None
    spaces = [match.end() for match in re.finditer(r"\s", window) if match.end() >= _SHORTEST_CLAUSE_CHARS]
    return spaces[-1] if spaces else len(window)


def _is_inside(window: str, end: re.Match[str], following: str) -> bool:
    """Whether this punctuation stands inside a sentence; `following` is the next letter."""
    if following.islower():
        return True  # `Wait... what?`, `"Really?" she said`, `5 p.m. today`
    if end.group().rstrip("\"'”’)]") != ".":
        return False
    word = re.search(r"[\w.]*$", window[: end.start()])
    before = word.group().lower() if word else ""
    if before == "no":
        return following.isdigit()  # `No. 5`, but `No. I won't.`
    if before.isdigit():
        return end.start() == len(before)  # `1. The dishes`
    is_initial = len(before) == 1 and before.isalpha() and before != "i"
    has_stops = bool(_LETTERS_WITH_STOPS.fullmatch(before)) and before not in ("a.m", "p.m")
    return before in _BEFORE_NAMES or is_initial or has_stops
