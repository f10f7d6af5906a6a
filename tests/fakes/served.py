"""A fake server on a thread of its own: the engines that ask it block theirs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Fake(Protocol):
    url: str

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


@contextmanager
def served(fake: Fake) -> Iterator[None]:
    """Serve it, its address in `url`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name=type(fake).__name__, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_started(fake), loop).result(5)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _started(fake: Fake) -> asyncio.Server:
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    return server


async def _stopped(server: asyncio.Server) -> None:
    server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
