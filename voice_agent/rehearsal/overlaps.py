"""Talking over the partner is no fault of the learner: who has to do it again and again gets more time instead."""

from __future__ import annotations

from voice_agent.settings import Patience

IN_A_ROW = 3
_MORE = {Patience.QUICK: Patience.NORMAL, Patience.NORMAL: Patience.PATIENT}
"""Whoever talks over three answers in a row was most likely not finished when they began."""


class Overlaps:
    """Counts replies that were talked over, one after another."""

    def __init__(self) -> None:
        self._count = 0

    def talked_over(self, patience: Patience) -> Patience | None:
        """The learner took the word from the partner; the patience that it deserves, when that is another one."""
        self._count += 1
        if self._count < IN_A_ROW:
            return None
        self._count = 0
        return _MORE.get(patience)

    def heard_out(self) -> None:
        """The learner let the partner end."""
        self._count = 0
