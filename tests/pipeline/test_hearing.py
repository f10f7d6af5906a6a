"""The recognizer's lane: a turn that is dropped costs nothing more, and never another turn's words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np

from voice_agent.audio.protocols import BLOCK_SAMPLES, Int16Array
from voice_agent.conversation import Transcript
from voice_agent.pipeline.hearing import Hearing
from voice_agent.worker import Worker

BLOCK = np.zeros(BLOCK_SAMPLES, np.int16)


class SlowRecognizer:
    """Its `finish` takes until it is let go or cancelled."""

    name = "slow"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.at_work = threading.Event()
        self.let_go = threading.Event()
        self._dropped = threading.Event()

    def begin(self, *, continues: bool = False) -> None:
        self._dropped.clear()
        self.calls.append("begin")

    def feed(self, samples: Int16Array) -> str | None:
        self.calls.append("feed")
        return None

    def finish(self) -> Transcript:
        self.calls.append("finish")
        self.at_work.set()
        while not (self.let_go.wait(0.01) or self._dropped.is_set()):
            pass
        return Transcript("" if self._dropped.is_set() else "words")

    def cancel(self) -> None:
        self.calls.append("cancel")
        self._dropped.set()

    def close(self) -> None:
        pass


@asynccontextmanager
async def hearing(recognizer: SlowRecognizer) -> AsyncIterator[Hearing]:
    worker = Worker("recognizer")
    lane = Hearing(recognizer, worker, lambda words: None)
    running = asyncio.create_task(lane.run())
    try:
        yield lane
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        worker.close()


async def begun(lane: Hearing, recognizer: SlowRecognizer) -> None:
    """A turn whose final words are being made."""
    recognizer.at_work.clear()
    lane.begin(0)
    lane.feed(BLOCK)
    lane.finish()
    await asyncio.to_thread(recognizer.at_work.wait, 10)


async def test_dropping_a_turn_ends_the_work_for_it() -> None:
    recognizer = SlowRecognizer()
    async with hearing(recognizer) as lane:
        await begun(lane, recognizer)
        lane.cancel()
        recognizer.at_work.clear()
        await begun(lane, recognizer)
        recognizer.let_go.set()
        assert (await lane.words()).text == "words"


async def test_what_waits_for_a_dropped_turn_is_not_done() -> None:
    recognizer = SlowRecognizer()
    async with hearing(recognizer) as lane:
        await begun(lane, recognizer)
        first = lane.take()
        lane.begin(0)
        for _ in range(50):
            lane.feed(BLOCK)
        lane.finish()
        lane.cancel()
        recognizer.let_go.set()
        assert (await first()).text == "words"
        await begun(lane, recognizer)
    assert recognizer.calls.count("finish") == 2
    assert recognizer.calls.count("feed") == 2


async def test_dropping_a_turn_leaves_the_words_of_the_one_before() -> None:
    recognizer = SlowRecognizer()
    async with hearing(recognizer) as lane:
        await begun(lane, recognizer)
        words = lane.take()
        lane.begin(0)
        lane.cancel()
        assert "cancel" not in recognizer.calls
        recognizer.let_go.set()
        assert (await words()).text == "words"


async def test_the_end_of_the_lane_ends_the_work_under_way() -> None:
    recognizer = SlowRecognizer()
    async with hearing(recognizer) as lane:
        await begun(lane, recognizer)
    assert recognizer.calls[-1] == "cancel"
