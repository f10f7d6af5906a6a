"""What the program asks of a rater."""

from __future__ import annotations

from typing import Protocol

import msgspec

from voice_agent.conversation import Reading
from voice_agent.scenario import Scenario


class RatedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """What a rater may look at."""

    said: str
    """The learner's turn as recognised or typed; empty for a silence."""
    partner_line: str
    """What the partner said just before; may be empty."""
    earlier: tuple[str, ...] = ()
    """The learner's earlier turns that the partner heard, oldest first."""
    scenario: Scenario


class Rater(Protocol):
    """Reads a turn under the DEAR MAN rubric. Blocking: called on its own worker thread."""

    name: str

    def read(self, turn: RatedTurn) -> Reading: ...
