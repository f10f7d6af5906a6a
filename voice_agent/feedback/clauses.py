"""Cuts a turn into clauses, so that advice can quote the one it is about and keep the others."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = re.compile(r"(?<=[.!?;:\u2014])\s+|,\s+|\s+-\s+")
_JOINTS = re.compile(
    r"\s+(?=(?:but|because|so|then|or else|and (?:i|you|we|it|then|if|that|my|your)|if (?:you|we|that|it|i)|"
    r"would you|could you|can you|i (?:feel|felt|need|want|would|wish|know|think|guess|just|am)|i'(?:m|d|ll|ve)|"
    r"when (?:you|i|we)|please|maybe|sorry)\b)",
    re.IGNORECASE,
)
_TWO_BEFORE = re.compile(r"(?:\S+\s+){0,2}\S*$")
_FOUR_AFTER = re.compile(r"^\S*(?:\s+\S+){0,4}")
_SHORT_WORDS = 3
_LOOSE_ENDS = frozenset(("and", "but", "so", "because", "or", "then", "um", "uh", "if", "what", "before", "when"))
_LOOSE_QUESTION = re.compile(r" (?:can|could|will|would) you$", re.IGNORECASE)
LONGEST_QUOTE_WORDS = 12


def clauses(said: str) -> list[str]:
    """The turn's clauses in order, letter by letter as said; typed text is cut at its punctuation, recognised text at
    joining words."""
    found: list[tuple[int, int]] = []
    for start, stop in _pieces(said):
        if found and (_is_short(said[start:stop]) or _is_short(said[slice(*found[-1])])):
            found[-1] = found[-1][0], stop
        else:
            found.append((start, stop))
    return [said[start:stop] for start, stop in found]


def _pieces(said: str) -> Iterator[tuple[int, int]]:
    """Where the text between marks and joints begins and ends."""
    start = 0
    for gap in sorted(match.span() for cut in (_MARKS, _JOINTS) for match in cut.finditer(said)):
        if said[start : gap[0]].strip():
            yield start, gap[0]
        start = max(start, gap[1])
    if said[start:].strip():
        yield start, len(said.rstrip())


def _is_short(piece: str) -> bool:
    return len(piece.split()) < _SHORT_WORDS


def quote(words: str) -> str:
    """The words as a quotation of at most `LONGEST_QUOTE_WORDS` words."""
    parts = without_loose_end(words.strip(" .,;:!?\u2014-")).split()
    cut = " ".join(parts[:LONGEST_QUOTE_WORDS]).rstrip(" .,;:!?\u2014-")
    return f'"{cut} ..."' if len(parts) > LONGEST_QUOTE_WORDS else f'"{cut}"'


def whole(said: str, clause: str) -> str:
    """The sentence that holds the clause, where it is short enough to be quoted; else the clause."""
    for sentence in sentences(said):
        if clause in sentence and len(sentence.split()) <= LONGEST_QUOTE_WORDS:
            return sentence
    return clause


def sentences(said: str) -> list[str]:
    """The turn's sentences; recognised words without punctuation are one."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", said) if part.strip()]


def without_loose_end(words: str) -> str:
    """The words without a joining word, a filler or the beginning of a question at their end."""
    parts = _LOOSE_QUESTION.sub("", words).split()
    while len(parts) > 2 and parts[-1].lower() in _LOOSE_ENDS:
        parts.pop()
    return " ".join(parts)


def around(said: str, start: int, stop: int) -> str:
    """The clause of `said` that holds the characters [start, stop), or a few words about them."""
    place = 0
    for clause in clauses(said):
        found = said.find(clause, place)
        if found >= 0:
            place = found + len(clause)
            if found <= start and stop <= place and len(clause.split()) <= LONGEST_QUOTE_WORDS:
                return clause
    if len(said[start:stop].split()) < _SHORT_WORDS:
        start = start - len(_TWO_BEFORE.findall(said[:start])[0])
    return said[start : stop + len(_FOUR_AFTER.findall(said[stop:])[0])]
