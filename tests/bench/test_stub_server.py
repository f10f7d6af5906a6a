"""The stand-in for a language model: what it costs, and that it notices when nobody listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from voice_agent.bench.stub_replies import reply
from voice_agent.bench.stub_server import StubCosts, stub_server, stub_server_thread
from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.server import ChatServer
from voice_agent.partner.llm_guard import MOST_SENTENCES, Guard

pytestmark = pytest.mark.loopback
ASK = [Message("user", "would you wash the dishes")]


def test_no_reply_comes_twice_and_the_guard_lets_all_of_a_long_track_through() -> None:
    said: set[str] = set()
    for number in range(99):
        text = reply(number)
        guard = Guard("Sam", frozenset(said))
        spoken = "".join([*guard.feed(text), *guard.finish()])
        assert spoken.split() == text.split()
        assert 1 <= text.count(".") + text.count("?") <= MOST_SENTENCES
        assert len(text.split()) <= 20, "the room for a reply on a track is made for that"
        said.add(text)


async def test_an_answer_is_streamed_at_its_cost_and_the_connection_is_kept() -> None:
    async with stub_server(StubCosts(first_token_s=0.1, words_per_s=100)) as stub:
        server = ChatServer(ChatOptions(base_url=stub.url, model="stub"), component="partner")
        await server.warm()
        for number in range(2):
            start = time.monotonic()
            came = [(time.monotonic() - start, piece) async for piece in server.stream(ASK, max_tokens=50)]
            assert "".join(piece for _, piece in came) == reply(number)
            assert came[0][0] >= 0.1
            assert came[-1][0] >= 0.1 + (len(came) - 1) / 100
        assert await server.models() == ["stub"]
        assert [call.words_sent for call in stub.calls] == [len(reply(0).split()), len(reply(1).split())]
        assert stub.connections == 1
        await server.close()


@pytest.mark.parametrize("after", [0, 2])
async def test_a_call_that_is_given_up_ends_at_the_server(after: int) -> None:
    async with stub_server(StubCosts(first_token_s=0.2, words_per_s=20)) as stub:
        server = ChatServer(ChatOptions(base_url=stub.url, model="stub"), component="partner")
        await server.warm()

        async def listen() -> None:
            count = 0
            async with aclosing(server.stream(ASK, max_tokens=50)) as pieces:
                async for _ in pieces:
                    count += 1
                    if count == after:
                        return

        listening = asyncio.create_task(listen())
        if after:
            await listening
        else:
            await until(lambda: bool(stub.calls))
            listening.cancel()
        await until(lambda: stub.calls[0].was_cancelled)
        assert stub.calls[0].words_sent <= after + 1
        await server.close()


async def until(holds: Callable[[], bool]) -> None:
    """The server's own time passes, on the other side of a socket."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what changes is a plain list
            await asyncio.sleep(0.005)


def test_on_a_thread_of_its_own_it_answers_and_ends() -> None:
    async def answer(url: str) -> str:
        server = ChatServer(ChatOptions(base_url=url, model="stub"), component="partner")
        try:
            return await server.complete(ASK, max_tokens=50)
        finally:
            await server.close()

    with stub_server_thread(StubCosts(first_token_s=0, words_per_s=1000)) as stub:
        assert asyncio.run(answer(stub.url)) == reply(0)
    assert [call.said for call in stub.calls] == [ASK[0].content]


async def test_what_is_no_chat_request_is_refused() -> None:
    async with stub_server() as stub:
        port = int(stub.url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert (await reader.readline()).startswith(b"HTTP/1.1 400")
        writer.close()
    assert stub.calls == []
