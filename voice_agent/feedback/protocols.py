"""What the program asks of a rater and of an advisor."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from voice_agent.advice import Advice
from voice_agent.annotation import Situation
from voice_agent.conversation import Reading
from voice_agent.dearman import Skill
from voice_agent.emotions import Feeling
from voice_agent.scenario import Scenario


class RatedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What a rater may look at."""

    said: str
    """The learner's turn as recognised or typed; empty for a silence."""
    partner_line: str
    """What the partner said just before; may be empty."""
    earlier: tuple[str, ...] = ()
    """The learner's earlier turns that the partner heard, oldest first."""
    scenario: Scenario | None = None


class AdvisedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What an advisor may look at."""

    said: str
    """Empty only before the learner's first turn, when words to begin with are wanted; silence gets no advice."""
    partner_line: str
    earlier: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    """The partner's lines before `partner_line`, oldest first."""
    scenario: Scenario | None = None
    situation: Situation | None = None
    """What is known of the talk where there is no scenario."""
    reading: Reading
    """The rater's."""
    declared: Skill | None = None
    """The skill that the turn meant to use."""
    last: Advice | None = None
    """The advice before: it is not given again."""
    feelings: dict[Feeling, int] = {}
    """From the last check-in, 0 to 10."""
    doubtful: frozenset[str] = frozenset()
    """Words that the recognizer was not sure of: nobody should be told to say them again."""


class Rater(Protocol):
    """Reads a turn under the DEAR MAN rubric. Blocking: called on its own worker thread."""

    name: str

    def read(self, turn: RatedTurn) -> Reading: ...


class Advisor(Protocol):
    """Suggests one change, or words to say next. Called in the event loop; blocks nothing there."""

    name: str

    def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        """The advice as far as it has come, again and again; the last one is whole.

        Raises EngineError when it can't be had; closing the generator cancels.
        """
        ...

    async def close(self) -> None: ...
