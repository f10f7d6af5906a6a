"""What engines of a fixed cost take, on a virtual clock: a track runs as fast as the machine can, and always alike.

Only set costs take time then, and the program's own waits; what the machine itself adds is measured in real time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from voice_agent.bench.stub_replies import reply
from voice_agent.bench.stub_server import MODEL, UNUSED_URL, StubCall, StubCosts
from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.server import ChatServer
from voice_agent.clock import VirtualClock
from voice_agent.worker import WorkCounter

_STEP_S = 0.01
"""How often a wait looks whether it is still wanted."""


def virtual_clock(counter: WorkCounter) -> VirtualClock:
    """A clock on which `ClockWait` can wait."""
    # A call whose caller has gone is no longer counted while it still waits: the count may be under 0.
    return VirtualClock(lambda: max(0, counter()))


class ClockWait:
    """Waits on an engine's thread, in the clock's time; in the place of `threading.Event.wait`."""

    def __init__(self, clock: VirtualClock, counter: WorkCounter) -> None:
        """Made on the event loop."""
        self._clock = clock
        self._counter = counter
        self._loop = asyncio.get_running_loop()

    def __call__(self, stop: threading.Event, seconds: float) -> bool:
        """Whether `stop` was set by then; from an engine's thread."""
        asyncio.run_coroutine_threadsafe(self._pass(stop, seconds), self._loop).result()
        return stop.is_set()

    async def _pass(self, stop: threading.Event, seconds: float) -> None:
        until_s = self._clock.now_s() + seconds
        # While it waits, the thread is not at work: the clock may move.
        self._counter.ended()
        try:
            while not stop.is_set() and (left_s := until_s - self._clock.now_s()) > 1e-9:
                await self._clock.sleep(min(_STEP_S, left_s))
        finally:
            self._counter.began()


class VirtualStub(ChatServer):
    """The stub server without a socket: the same replies at the same cost, on a clock."""

    def __init__(self, clock: VirtualClock, calls: list[StubCall], costs: StubCosts | None = None) -> None:
        super().__init__(ChatOptions(base_url=UNUSED_URL, model=MODEL), component="partner")
        self._clock = clock
        self._calls = calls
        self._costs = costs or StubCosts()

    async def warm(self) -> None:
        """There is no client to load."""

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[str, None]:
        call = StubCall(at_s=self._clock.now_s(), said=messages[-1].content[-500:], reply=reply(len(self._calls)))
        call.was_cancelled = True
        self._calls.append(call)
        words = call.reply.split()
        for number, word in enumerate(words):
            due_s = call.at_s + self._costs.first_token_s + number / self._costs.words_per_s
            await self._clock.sleep(due_s - self._clock.now_s())
            call.words_sent += 1
            yield word if number == len(words) - 1 else f"{word} "
        call.was_cancelled = False
