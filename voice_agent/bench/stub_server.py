"""A chat server of a fixed cost: OpenAI's protocol, streamed, and it knows when nobody listens any more.

No model is behind it: it waits, then streams a reply from a list, word by word. Connections are kept alive, as those
of real servers are; one that the client closes ends the work for it at the next word.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

from voice_agent.bench.stub_replies import reply

MODEL = "stub"
UNUSED_URL = "http://127.0.0.1:1/v1"
"""Of a stub that is asked without a socket."""


class StubCosts(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer costs."""

    first_token_s: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.15
    words_per_s: Annotated[float, msgspec.Meta(gt=0, le=10_000)] = 40.0


class StubCall(msgspec.Struct, kw_only=True):
    """One request, and how far its answer came."""

    at_s: float
    """By the machine's monotonic clock."""
    said: str
    """The last message of the request."""
    reply: str
    words_sent: int = 0
    was_cancelled: bool = False
    """The client closed the connection before the end."""


@dataclass(slots=True)
class StubServer:
    """Serves connections on one event loop; `calls` may be read from another thread."""

    costs: StubCosts = field(default_factory=StubCosts)
    url: str = ""
    calls: list[StubCall] = field(default_factory=list)
    connections: int = 0
    """How often a client has connected."""
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        # Cancelled only by `close`: then the connection is to end, and nobody waits for the task but that.
        with suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            while await self._request(reader, writer):
                pass
        self._open.discard(task)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def close(self) -> None:
        """End all connections."""
        ending = list(self._open)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether another request may follow on the connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        if not head.startswith("POST"):
            await _send(writer, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
            return True
        try:
            asked: Any = msgspec.json.decode(body)
            said = str(asked["messages"][-1]["content"])
        except (msgspec.DecodeError, KeyError, IndexError, TypeError):
            await _send(writer, {"error": {"message": "no chat request"}}, status="400 Bad Request")
            return True
        call = StubCall(at_s=time.monotonic(), said=said[-500:], reply=reply(len(self.calls)))
        self.calls.append(call)
        if asked.get("stream"):
            return await self._stream(call, reader, writer)
        if await self._gone(reader, call.at_s + self.costs.first_token_s):
            call.was_cancelled = True
            return False
        await _send(writer, {"choices": [{"index": 0, "message": {"role": "assistant", "content": call.reply}}]})
        return True

    async def _stream(self, call: StubCall, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        words = call.reply.split()
        for number, word in enumerate(words):
            due_s = call.at_s + self.costs.first_token_s + number / self.costs.words_per_s
            if await self._gone(reader, due_s):
                call.was_cancelled = True
                return False
            if not number:
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
            text = word if number == len(words) - 1 else f"{word} "
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
            choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
            _write_chunk(writer, b"data: " + msgspec.json.encode({**chunk, "choices": [choice]}) + b"\n\n")
            await writer.drain()
            call.words_sent += 1
        _write_chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _gone(self, reader: asyncio.StreamReader, until_s: float) -> bool:
        """Wait until a time of the monotonic clock; True as soon as the client has closed the connection."""
        # A client that waits for its answer sends nothing: what can be read is the end.
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until_s - time.monotonic())):
                return not await reader.read(1)
        return False


@asynccontextmanager
async def stub_server(
    costs: StubCosts | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[StubServer]:
    """On this event loop. port 0: any that is free. Raises OSError when the port is taken."""
    stub = StubServer(costs or StubCosts())
    server = await asyncio.start_server(stub.serve, host, port)
    stub.url = f"http://{host}:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield stub
    finally:
        server.close()
        await stub.close()


@contextmanager
def stub_server_thread(costs: StubCosts | None = None) -> Iterator[StubServer]:
    """On a thread of its own, so that the measured event loop does none of its work."""
    ready: list[StubServer | Exception] = []
    started, loop = threading.Event(), asyncio.new_event_loop()

    async def serve(done: asyncio.Event) -> None:
        try:
            async with stub_server(costs) as stub:
                ready.append(stub)
                started.set()
                await done.wait()
        except OSError as error:
            ready.append(error)
            started.set()

    done = asyncio.Event()

    def run() -> None:
        loop.run_until_complete(serve(done))
        loop.close()

    thread = threading.Thread(target=run, name="stub server", daemon=True)
    thread.start()
    started.wait()
    try:
        if isinstance(ready[0], Exception):
            raise ready[0]
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _send(writer: asyncio.StreamWriter, answer: object, *, status: str = "200 OK") -> None:
    body = msgspec.json.encode(answer)
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
