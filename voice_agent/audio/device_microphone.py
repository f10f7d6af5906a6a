"""A real microphone through PortAudio."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import numpy as np

from voice_agent.audio.devices import SoundDevice, portaudio
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, MicBlock
from voice_agent.audio.resampling import StreamResampler
from voice_agent.errors import EngineError

CAPACITY_BLOCKS = 250
"""Five seconds that the event loop may be late; older blocks stay, new ones are dropped and counted."""
STARTING_S = 6.0
"""A sound server or a Bluetooth headset may take seconds to begin."""
SILENT_DRIVER_S = 4.0
"""Sound servers pause for up to two seconds when another stream opens. After this long without a callback the
device is gone, even when the driver does not say so."""
_CURE = "plug it in again or choose another microphone"


class DeviceMicrophone:
    """See `Microphone`. Opened when `blocks` is first asked."""

    is_live = True

    def __init__(self, device: SoundDevice) -> None:
        self.name = device.name
        self.dropped_blocks = 0
        self._device = device
        self._incoming: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._channels = min(2, device.inputs)
        self._has_begun = False

    def hold(self, *, held: bool) -> None:
        """A person can't be held."""

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        self._loop = asyncio.get_running_loop()
        stream = await asyncio.to_thread(self._open)
        resampler = StreamResampler(self._device.sample_rate_hz, MIC_RATE_HZ)
        rest, count = np.zeros(0, np.int16), 0
        try:
            while True:
                raw = await self._next()
                frames = np.frombuffer(raw, np.int16)
                if self._channels > 1:
                    frames = frames.reshape(-1, self._channels).mean(axis=1, dtype=np.float32).astype(np.int16)
                rest = np.concatenate([rest, resampler.feed(frames)])
                while len(rest) >= BLOCK_SAMPLES:
                    yield MicBlock(rest[:BLOCK_SAMPLES], count * BLOCK_SAMPLES)
                    rest = rest[BLOCK_SAMPLES:]
                    count += 1
        finally:
            await asyncio.to_thread(_close, stream)

    def _open(self) -> Any:
        sounddevice = portaudio()
        try:
            stream = sounddevice.RawInputStream(
                samplerate=self._device.sample_rate_hz,
                blocksize=round(self._device.sample_rate_hz * BLOCK_S),
                device=self._device.index,
                channels=self._channels,
                dtype="int16",
                latency="low",
                callback=self._on_block,
            )
            stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise EngineError("microphone", f"{self.name} can't be opened: {error}", cure=_CURE) from error
        return stream

    def _on_block(self, indata: Any, frames: int, time: Any, status: Any) -> None:
        """On PortAudio's thread: copy, count, wake. No log, model, lock or await."""
        if len(self._incoming) < CAPACITY_BLOCKS:
            self._incoming.append(bytes(indata))
        else:
            self.dropped_blocks += 1
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # the loop is closing
                loop.call_soon_threadsafe(self._arrived.set)

    async def _next(self) -> bytes:
        while not self._incoming:
            self._arrived.clear()
            try:
                limit_s = SILENT_DRIVER_S if self._has_begun else STARTING_S
                await asyncio.wait_for(self._arrived.wait(), limit_s)
            except TimeoutError:
                raise EngineError("microphone", f"{self.name} is gone", cure=_CURE) from None
        self._has_begun = True
        return self._incoming.popleft()


def _close(stream: Any) -> None:
    # abort, not stop: a device that is gone never drains.
    with suppress(Exception):
        stream.abort(ignore_errors=True)
    with suppress(Exception):
        stream.close(ignore_errors=True)
