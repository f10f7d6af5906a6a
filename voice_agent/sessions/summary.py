"""A session as lists show it."""

from __future__ import annotations

from datetime import datetime

import msgspec


class SessionSummary(msgspec.Struct, frozen=True, gc=False):
    """A line of the list; a struct, because ten thousand frozen dataclasses take four times as long to make."""

    id: str
    scenario: str
    title: str
    pipeline: str
    started: datetime
    ended: datetime | None
    turns: int
    """Turns of the learner with words in them, withdrawn ones included."""
    is_running: bool = False
    """Another program runs it now."""

    @property
    def turns_told(self) -> str:
        """`3 turns`."""
        return f"{self.turns} turn{'' if self.turns == 1 else 's'}"

    @property
    def state(self) -> str:
        """In words, as lists tell it."""
        return "ended" if self.ended else "running" if self.is_running else "can be resumed"
