"""Time, passed in: the system's clock, and a virtual one that runs as fast as the work allows."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back, the time of day, and waiting."""

    def now_s(self) -> float:
        """Seconds since an arbitrary start; monotonic."""
        ...

    def wall(self) -> datetime:
        """Time of day in UTC; may jump."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time."""

    def now_s(self) -> float:
        return time.monotonic()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


SETTLE_ROUNDS = 24
"""Turns of the event loop without work in flight after which everything is taken to wait for time.

A block of sound passes through fewer than ten tasks before somebody sleeps again.
"""


class VirtualClock:
    """Time that moves only when every task waits: files run through the real lanes faster than real time.

    `in_flight` tells how many blocking calls run on worker threads; time stands still while there are any,
    so engines cost no virtual time and a run is repeatable. `run` must be running as a task.
    """

    def __init__(self, in_flight: Callable[[], int] = lambda: 0, *, start: datetime | None = None) -> None:
        self._now_s = 0.0
        self._start = start or datetime.now(UTC)
        self._in_flight = in_flight
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_s(self) -> float:
        return self._now_s

    def wall(self) -> datetime:
        return self._start + timedelta(seconds=self._now_s)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now_s + seconds, next(self._order), waiter))
        await waiter

    async def run(self, *, breath_s: float = 0.0) -> None:
        """Move time on for ever; cancel the task to stop.

        breath_s: real seconds between two steps, for those who share the loop and wait until it is idle.
        """
        while True:
            await self._settle()
            if breath_s:
                await asyncio.sleep(breath_s)
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if self._sleepers:
                self._now_s = max(self._now_s, self._sleepers[0][0])
                while self._sleepers and self._sleepers[0][0] <= self._now_s:
                    waiter = heapq.heappop(self._sleepers)[2]
                    if not waiter.done():
                        waiter.set_result(None)

    async def _settle(self) -> None:
        quiet_rounds = 0
        while quiet_rounds < SETTLE_ROUNDS:
            if self._in_flight():
                quiet_rounds = 0
                # A worker thread is busy: give it the processor instead of spinning.
                await asyncio.sleep(0.0002)
            else:
                quiet_rounds += 1
                await asyncio.sleep(0)
            if not self._sleepers and quiet_rounds >= SETTLE_ROUNDS:
                # Everything waits for something outside (a key, a socket): look again soon.
                await asyncio.sleep(0.001)
                quiet_rounds = 0
