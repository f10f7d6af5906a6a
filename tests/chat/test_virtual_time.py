"""A rehearsal on a virtual clock waits for its server: real answers take no virtual time."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.chat_server import Reply, chat_server, streamed
from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.server import ChatServer
from voice_agent.clock import VirtualClock
from voice_agent.worker import WorkCounter


@pytest.mark.loopback
@pytest.mark.parametrize(
    "script", [[Reply(streamed("Not tonight."), silent_s=0.1)], [Reply(status=500), Reply(["No."])]]
)
async def test_virtual_time_stands_still_while_a_server_is_asked(script: list[Reply]) -> None:
    clock = VirtualClock(WorkCounter())
    async with chat_server(*script) as fake:
        server = ChatServer(ChatOptions(base_url=fake.url, model="m"), component="partner")
        await server.warm()
        waiting = asyncio.create_task(clock.sleep(3600))
        running = asyncio.create_task(clock.run())
        assert await server.complete([Message("user", "Now?")], max_tokens=9)
        assert not waiting.done()
        await server.close()
    await waiting
    running.cancel()
