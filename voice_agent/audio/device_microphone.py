"""A real microphone through PortAudio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import numpy as np

from voice_agent.audio.card_stream import CardStream, longest_silence_s
from voice_agent.audio.devices import SoundDevice
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, MicBlock
from voice_agent.audio.resampling import StreamResampler, to_mono_int16
from voice_agent.errors import EngineError

CAPACITY_BLOCKS = round(5.0 / BLOCK_S)
"""Five seconds that the event loop may be late; older blocks stay, new ones are dropped and counted."""
_CURE = "plug it in again or choose another microphone"


class DeviceMicrophone:
    """See `Microphone`. Opened when `blocks` is asked, and again when it is asked again."""

    is_live = True

    def __init__(self, device: SoundDevice) -> None:
        self.name = device.name
        self.dropped_blocks = 0
        """Blocks lost because nobody took them; each also leaves a gap in `MicBlock.start_sample`."""
        self._rate_hz = device.sample_rate_hz
        self._channels = min(2, device.inputs)
        self._device = device
        self._incoming: deque[tuple[bytes, int]] = deque()
        """Frames of the device, and how many blocks had been dropped before them."""
        self._arrived = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened_at_s = 0.0
        self._has_ended = False

    def hold(self, *, held: bool) -> None:
        """A person can't be held."""

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        self._loop = asyncio.get_running_loop()
        self._opened_at_s = self._loop.time()
        self._has_ended = False
        self._incoming.clear()
        stream = CardStream(
            self._device, "input", channels=self._channels, on_block=self._on_block, on_end=self._on_end
        )
        resampler = StreamResampler(self._rate_hz, MIC_RATE_HZ)
        rest, start, dropped_before = np.zeros(0, np.int16), 0, 0
        try:
            await asyncio.to_thread(stream.open)
            while True:
                frames, dropped = await self._next()
                start += (dropped - dropped_before) * BLOCK_SAMPLES
                dropped_before = dropped
                rest = np.concatenate([rest, resampler.feed(self._mono(frames))])
                while len(rest) >= BLOCK_SAMPLES:
                    yield MicBlock(rest[:BLOCK_SAMPLES], start)
                    rest = rest[BLOCK_SAMPLES:]
                    start += BLOCK_SAMPLES
        finally:
            await asyncio.to_thread(stream.close)

    def _mono(self, frames: bytes) -> Int16Array:
        return to_mono_int16(np.frombuffer(frames, np.int16).reshape(-1, self._channels))

    def _on_block(self, indata: Any, frames: int, time: Any, status: Any) -> None:
        """On PortAudio's thread: copy, count, wake. No log, model, lock or await."""
        if len(self._incoming) < CAPACITY_BLOCKS:
            self._incoming.append((bytes(indata), self.dropped_blocks))
        else:
            self.dropped_blocks += 1
        self._wake()

    def _on_end(self) -> None:
        self._has_ended = True
        self._wake()

    def _wake(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closing
                self._loop.call_soon_threadsafe(self._arrived.set)

    async def _next(self) -> tuple[bytes, int]:
        while not self._incoming:
            self._arrived.clear()
            # Looked at after the clear: an end that comes later sets the event again.
            if self._has_ended:
                raise EngineError("microphone", f"{self.name} is gone", cure=_CURE)
            # A driver's silence is real time, whatever clock the talk runs by.
            open_s = asyncio.get_running_loop().time() - self._opened_at_s
            try:
                await asyncio.wait_for(self._arrived.wait(), longest_silence_s(open_s))
            except TimeoutError:
                raise EngineError("microphone", f"{self.name} is gone", cure=_CURE) from None
        return self._incoming.popleft()
