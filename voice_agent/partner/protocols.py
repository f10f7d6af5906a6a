"""What the program asks of a partner."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Protocol

from voice_agent.conversation import Moment, ReplyPart


class Partner(Protocol):
    """Answers in the role of a scenario's person. Holds no memory of the talk: all of it is in the moment."""

    name: str

    def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        """The answer in pieces, in order; closing the generator ends the work behind it.

        The last part that carries a move tells what the answer did. Raises EngineError("partner", ...).
        """
        ...

    async def close(self) -> None: ...
