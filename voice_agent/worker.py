"""One thread for one blocking engine, so that the event loop never waits on a model, a file or a device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ClassVar, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class WorkCounter:
    """How much work is under way on threads and servers; a virtual clock stands still meanwhile."""

    elsewhere: ClassVar[int] = 0
    """What stands in `under_way`, whoever does it; changed by the event loop's thread alone."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self) -> int:
        """What is counted here, and what is under way elsewhere."""
        return self._count + self.elsewhere

    def began(self) -> None:
        self._count += 1

    def ended(self) -> None:
        self._count -= 1


@contextmanager
def under_way() -> Iterator[None]:
    """What is awaited in it takes real time and no virtual; counted by every `WorkCounter`."""
    WorkCounter.elsewhere += 1
    try:
        yield
    finally:
        WorkCounter.elsewhere -= 1


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """`asyncio.to_thread` for short blocking calls that no worker is for; counted by every `WorkCounter`."""
    with under_way():
        return await asyncio.to_thread(call, *args, **kwargs)


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
