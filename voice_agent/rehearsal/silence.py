"""When the learner says nothing for long: one patient word of the partner, then one offer of the coach."""

from __future__ import annotations

from enum import Enum, auto

from voice_agent.settings import Patience, Settings

_PATIENT = 2.0
"""A learner who asked for more patience inside a turn gets more of it before one, too."""


class SilenceStep(Enum):
    NUDGE = auto()
    """The partner says a word, in character."""
    OFFER = auto()
    """The coach offers a hint, a breath, a pause."""


_NEXT = {None: SilenceStep.NUDGE, SilenceStep.NUDGE: SilenceStep.OFFER, SilenceStep.OFFER: None}


class Silence:
    """Pure policy: each step comes once, and only something said begins it anew."""

    def __init__(self, *, types: bool) -> None:
        """types: the learner has no microphone, and thinks as long as they like."""
        self._types = types
        self._done: SilenceStep | None = None

    def broken(self, *, by_typing: bool = False) -> None:
        """The learner said something."""
        self._types, self._done = by_typing, None

    def step(self, listened_s: float, settings: Settings) -> SilenceStep | None:
        """What is due after so many seconds of listening to nothing; it counts as done."""
        due = _NEXT[self._done]
        is_off = self._types or not settings.silence_s or due is None
        if is_off or settings.patience in (Patience.PUSH_TO_TALK, Patience.OVER):
            return None
        if listened_s <= settings.silence_s * (_PATIENT if settings.patience is Patience.PATIENT else 1.0):
            return None
        self._done = due
        return due
