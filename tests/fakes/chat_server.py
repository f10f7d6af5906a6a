"""An OpenAI-compatible chat server on loopback that does what a script says, faults included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """One answer. pieces are streamed; `gap_s` between them."""

    pieces: Sequence[str] = ()
    status: int = 200
    gap_s: float = 0.0
    silent_s: float = 0.0
    """Before anything is sent."""
    breaks_off: bool = False
    """Close the connection without an end."""
    says_stop: bool = True
    """Whether the last piece names the reason for the end, as most servers do."""
    raw: bytes = b""
    """Sent instead of a stream."""


Answering = Callable[[dict[str, Any]], Reply]
"""What to answer to a request."""


@dataclass
class ChatServerFake:
    url: str = ""
    replies: list[Reply | Answering] = field(default_factory=list)
    """One for each request; the last is repeated."""
    requests: list[dict[str, object]] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)
    models: list[str] | None = None
    """What it tells of its models; None: it does not know the question."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                ),
                0,
            )
            self.authorizations += [
                line.decode() for line in head.split(b"\r\n") if line.lower().startswith(b"authorization")
            ]
            if head.startswith(b"GET"):
                self._tell_models(writer)
                return
            self.requests.append(json.loads(await reader.readexactly(length)))
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            await self._answer(reply(self.requests[-1]) if callable(reply) else reply, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _tell_models(self, writer: asyncio.StreamWriter) -> None:
        status = 404 if self.models is None else 200
        models = [{"id": name, "object": "model", "created": 1, "owned_by": "me"} for name in self.models or []]
        body = json.dumps({"object": "list", "data": models}).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)

    async def _answer(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(reply.silent_s)
        kind = "text/event-stream" if reply.status == 200 and not reply.raw else "application/json"
        writer.write(f"HTTP/1.1 {reply.status} X\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        if reply.raw or reply.status != 200:
            writer.write(reply.raw or b'{"error": {"message": "no"}}')
            await writer.drain()
            return
        for piece in reply.pieces:
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
            writer.write(f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode())
            await writer.drain()
            await asyncio.sleep(reply.gap_s)
        if reply.breaks_off:
            writer.transport.abort()
            return
        if reply.says_stop:
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            writer.write(f"data: {json.dumps({**chunk, 'choices': [end]})}\n\n".encode())
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()


@asynccontextmanager
async def chat_server(*replies: Reply | Answering) -> AsyncIterator[ChatServerFake]:
    fake = ChatServerFake(replies=list(replies))
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield fake


def streamed(text: str, size: int = 12) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]
