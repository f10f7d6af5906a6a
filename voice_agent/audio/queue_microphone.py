"""A microphone that a program speaks into while it runs: for a synthetic learner."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, MicBlock
from voice_agent.audio.resampling import resampled
from voice_agent.clock import Clock

ROOM_NOISE = 12
"""Peak of the background noise, in steps of a sample (about -75 dBFS): a real microphone is never still."""


class QueueMicrophone:
    """Room noise until something is said, then that, in the clock's time."""

    is_live = False

    def __init__(self, clock: Clock, *, name: str = "synthetic learner", seed: int = 0) -> None:
        self.name = name
        self._clock = clock
        self._queue: deque[Int16Array] = deque()
        self._said = asyncio.Event()
        self._said.set()
        self._is_finished = False
        self._noise = np.random.default_rng(seed)

    def hold(self, *, held: bool) -> None:
        """A synthetic learner waits by itself."""

    def say(self, samples: Int16Array, rate_hz: int) -> None:
        """Queue mono speech; it sounds after what was queued before. Lost once the stream has ended."""
        if self._is_finished or not len(samples):
            return
        speech = resampled(samples, rate_hz, MIC_RATE_HZ)
        padded = np.pad(speech, (0, -len(speech) % BLOCK_SAMPLES))
        self._queue.extend(padded.reshape(-1, BLOCK_SAMPLES))
        self._said.clear()

    async def until_said(self) -> None:
        """Wait until everything queued has sounded, or the stream has ended."""
        await self._said.wait()

    def finish(self) -> None:
        """End the microphone's stream at its next block."""
        self._is_finished = True

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        start_s, count = self._clock.now_s(), 0
        try:
            while not self._is_finished:
                noise = self._noise.integers(-ROOM_NOISE, ROOM_NOISE, BLOCK_SAMPLES, dtype=np.int16)
                samples = noise
                if self._queue:
                    speech = self._queue.popleft().astype(np.int32) + noise
                    samples = np.clip(speech, -32768, 32767).astype(np.int16)
                else:
                    self._said.set()
                yield MicBlock(samples, count * BLOCK_SAMPLES)
                count += 1
                await self._clock.sleep(start_s + count * BLOCK_S - self._clock.now_s())
        finally:
            # Nobody hears the rest: who waits for it must not wait for ever.
            self._is_finished = True
            self._queue.clear()
            self._said.set()
