"""An advisor with another behind it: where the first fails, the second's advice stands, and why is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from voice_agent.advice import Advice
from voice_agent.errors import EngineError
from voice_agent.feedback.protocols import AdvisedTurn, Advisor

MOST_FAILURES = 3
"""After so many in a row the first is left alone."""
LIMIT_S = 60.0
"""Advice that takes longer is given up, in seconds: engines have their own, shorter limits."""

Told = Callable[[EngineError, str], None]
"""Called with what failed and, as a sentence, what is done instead."""


class WithStandIn:
    """See `Advisor`; never raises EngineError: where both fail there is no advice."""

    def __init__(self, first: Advisor, second: Advisor, tell: Told = lambda error, done: None) -> None:
        """second: may be the first itself, when nothing stands behind it."""
        self._first = first
        self._second = second if second is not first else None
        self._tell = tell
        self._failures = 0
        self.name = first.name

    async def advise(self, turn: AdvisedTurn, tell: Told | None = None) -> AsyncGenerator[Advice, None]:
        """tell: of this turn's failures, in place of the one for all; what came before a failure does not count."""
        tell = tell or self._tell
        if self._second is None or self._failures < MOST_FAILURES:
            try:
                async with aclosing(_within_limit(self._first, turn)) as arriving:
                    async for advice in arriving:
                        yield advice
            except Exception as error:  # noqa: BLE001 - an engine may raise anything
                self._failures += 1
                tell(_named(error), self._done())
            else:
                self._failures = 0
                return
        if self._second is None:
            return
        try:
            async with aclosing(_within_limit(self._second, turn)) as arriving:
                async for advice in arriving:
                    yield advice
        except Exception as error:  # noqa: BLE001
            tell(_named(error), _WITHOUT)

    def _done(self) -> str:
        if self._second is None:
            return _WITHOUT
        return "The local advice is used from now on." if self._failures >= MOST_FAILURES else _ONCE

    async def close(self) -> None:
        await self._first.close()
        if self._second is not None:
            await self._second.close()


_ONCE = "The local advice stands."
_WITHOUT = "There is no advice on this turn."


async def _within_limit(advisor: Advisor, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
    until = asyncio.get_running_loop().time() + LIMIT_S
    async with aclosing(advisor.advise(turn)) as arriving:
        while True:
            async with asyncio.timeout_at(until):
                advice = await anext(arriving, None)
            if advice is None:
                return
            yield advice


def _named(error: Exception) -> EngineError:
    return error if isinstance(error, EngineError) else EngineError("advisor", str(error) or "it took too long")
