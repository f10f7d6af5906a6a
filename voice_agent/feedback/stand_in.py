"""An advisor with another behind it: where the first fails, the second's advice stands, and why is told."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

from voice_agent.advice import Advice
from voice_agent.errors import EngineError
from voice_agent.feedback.protocols import AdvisedTurn, Advisor

MOST_FAILURES = 3
"""After so many in a row the first is left alone."""


class WithStandIn:
    """See `Advisor`."""

    def __init__(self, first: Advisor, second: Advisor, tell: Callable[[EngineError], None]) -> None:
        self._first = first
        self._second = second
        self._tell = tell
        self._failures = 0
        self.name = first.name

    async def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        if self._failures < MOST_FAILURES:
            try:
                async for advice in self._first.advise(turn):
                    yield advice
            except EngineError as error:
                self._failures += 1
                self._tell(error)
            else:
                self._failures = 0
                return
        async for advice in self._second.advise(turn):
            yield advice

    async def close(self) -> None:
        await self._first.close()
        await self._second.close()
