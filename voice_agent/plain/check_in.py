"""A check-in asked and answered in lines of text."""

from __future__ import annotations

import re

from voice_agent.emotions import CheckIn, Feeling
from voice_agent.errors import UserError, nearest

CONFIDENCE_QUESTION = (
    "How confident are you that you can handle this talk, from 0 (not at all) to 100 (certain)? Press Enter to skip."
)
FEELINGS_QUESTION = (
    f"How strong are your feelings now, from 0 to 10? They are: {', '.join(Feeling)}. "
    "Name those that you feel, for example: fear 7, anger 3. Press Enter to skip."
)


def confidence_of(line: str) -> int | None:
    """0 to 100, or None when skipped. Raises UserError."""
    line = line.strip().rstrip("%").strip()
    if not line:
        return None
    if not line.isdigit() or int(line) > 100:
        raise UserError("that is no number from 0 to 100", cure="type a number, or press Enter to skip")
    return int(line)


def feelings_of(line: str) -> dict[Feeling, int]:
    """`fear 7, anger 3`; empty when skipped. Raises UserError."""
    found: dict[Feeling, int] = {}
    for part in re.split(r"[,;]+", line):
        if not part.strip():
            continue
        match = re.fullmatch(r"\s*([a-z]+)\D*(\d+)\s*", part.lower())
        if match is None:
            raise UserError(f'"{part.strip()}" is not understood', cure="type it like this: fear 7, anger 3")
        if match[1] not in set(Feeling):
            raise UserError(f'"{match[1]}" is not in the list', cure=nearest(match[1], list(Feeling)))
        if int(match[2]) > 10:
            raise UserError(f"{match[1]} is {match[2]}", cure="choose 0 to 10")
        found[Feeling(match[1])] = int(match[2])
    return found


class CheckInQuestions:
    """Asks one question after another; `answer` returns the check-in when all are answered."""

    def __init__(self) -> None:
        self._confidence: int | None = None
        self._asks_feelings = False

    @property
    def question(self) -> str:
        return FEELINGS_QUESTION if self._asks_feelings else CONFIDENCE_QUESTION

    def answer(self, line: str) -> CheckIn | None:
        """None while there is another question. Raises UserError: the same question stands."""
        if not self._asks_feelings:
            self._confidence = confidence_of(line)
            self._asks_feelings = True
            return None
        return CheckIn(feelings=feelings_of(line), self_efficacy=self._confidence)
