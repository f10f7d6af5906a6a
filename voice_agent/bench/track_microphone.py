"""A track in the microphone's place: it begins when it is told to, runs on whatever happens, and knows its time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MicBlock, Microphone
from voice_agent.audio.queue_microphone import ROOM_NOISE
from voice_agent.clock import Clock


class TrackMicrophone:
    """See `Microphone`. Room noise until `begin`, so that the partner's first line is over by then."""

    is_live = False

    def __init__(self, recording: Microphone, clock: Clock) -> None:
        """recording: must not wait while it is held."""
        self.name = recording.name
        self._recording = recording
        self._clock = clock
        self._has_begun = False
        self._noise = np.random.default_rng(0)
        self.began_at_s: float | None = None
        """When the track's first sample sounded, by the clock; None before. A block is given when its last sample
        has sounded, as a sound card does."""

    def begin(self) -> None:
        self._has_begun = True

    def hold(self, *, held: bool) -> None:
        """A track runs on."""

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        start_s, count = self._clock.now_s(), 0
        while not self._has_begun:
            noise = self._noise.integers(-ROOM_NOISE, ROOM_NOISE, BLOCK_SAMPLES, dtype=np.int16)
            yield MicBlock(noise, count * BLOCK_SAMPLES)
            count += 1
            await self._clock.sleep(start_s + count * BLOCK_S - self._clock.now_s())
        async with aclosing(self._recording.blocks()) as blocks:
            async for block in blocks:
                if self.began_at_s is None:
                    self.began_at_s = self._clock.now_s() - BLOCK_S
                yield MicBlock(block.samples, count * BLOCK_SAMPLES + block.start_sample)
