"""One thread for one blocking engine, so that the event loop never waits on a model, a file or a device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkCounter:
    """How many blocking calls are under way on threads; a virtual clock stands still meanwhile."""

    in_threads: ClassVar[int] = 0
    """Calls of `in_thread`, whoever made them; changed by the event loop's thread alone."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> int:
        """Those counted here, and those of `in_thread`."""
        return self._count + self.in_threads

    def began(self) -> None:
        self._count += 1

    def ended(self) -> None:
        self._count -= 1


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`asyncio.to_thread` for short blocking calls that no worker is for; counted by every `WorkCounter`."""
    WorkCounter.in_threads += 1
    try:
        return await asyncio.to_thread(call, *args, **kwargs)
    finally:
        WorkCounter.in_threads -= 1


class Worker:
    """A named thread that runs calls one after another, in the order they were handed over.

    Cancelling the awaiting task does not stop a call that has begun: calls that can be long take a
    `threading.Event` to look at.
    """

    def __init__(self, name: str, counter: WorkCounter | None = None) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._counter = counter or WorkCounter()

    async def run(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `call`, or its exception; waits for the calls handed over before it."""
        self._counter.began()
        future = self._pool.submit(call, *args, **kwargs)
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._counter.ended()

    def close(self) -> None:
        """Drop calls that have not begun; does not wait for the one under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)
