"""A real loudspeaker or headphones through PortAudio."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import numpy as np

from voice_agent.audio.devices import SoundDevice, portaudio
from voice_agent.audio.paced_speaker import Tap
from voice_agent.audio.protocols import BLOCK_S, QUEUE_S, Int16Array
from voice_agent.clock import Clock
from voice_agent.errors import EngineError

FADE_S = 0.005
"""A cut in the middle of a wave clicks; five milliseconds down do not."""
POLL_S = 0.02
SILENT_DRIVER_S = 3.0
"""A Bluetooth speaker may take two seconds to wake."""
_CURE = "plug it in again or choose another speaker"


class DeviceSpeaker:
    """See `Speaker`. The callback copies from a ring buffer and does nothing else."""

    def __init__(self, device: SoundDevice, clock: Clock, *, tap: Tap | None = None) -> None:
        self.name = device.name
        self.sample_rate_hz = device.sample_rate_hz
        self.underruns = 0
        self._device = device
        self._clock = clock
        self._tap = tap
        self._ring = np.zeros(round((QUEUE_S + 2) * self.sample_rate_hz), np.int16)
        # Places in the stream of samples; `clear` takes back what is written and not yet read.
        self._written = 0
        self._read = 0
        self._lock = threading.Lock()
        self._stream: Any = None
        self._latency_s = 0.0
        self._callbacks = 0
        self._seen_callbacks = (0, 0.0)
        self._fade = np.linspace(1.0, 0.0, max(1, round(FADE_S * self.sample_rate_hz)), dtype=np.float32)

    async def open(self) -> None:
        await asyncio.to_thread(self._open)
        self._seen_callbacks = (0, self._clock.now_s())

    def _open(self) -> None:
        sounddevice = portaudio()
        try:
            self._stream = sounddevice.RawOutputStream(
                samplerate=self.sample_rate_hz,
                blocksize=round(self.sample_rate_hz * BLOCK_S),
                device=self._device.index,
                channels=1,
                dtype="int16",
                latency="low",
                callback=self._on_block,
            )
            self._stream.start()
            self._latency_s = float(self._stream.latency)
        except (sounddevice.PortAudioError, ValueError) as error:
            raise EngineError("speaker", f"{self.name} can't be opened: {error}", cure=_CURE) from error

    async def write(self, samples: Int16Array) -> None:
        while self.queued_samples() + len(samples) > QUEUE_S * self.sample_rate_hz:
            await self._clock.sleep(POLL_S)
            self._check()
        self._check()
        size, start = len(self._ring), self._written % len(self._ring)
        end = min(size, start + len(samples))
        self._ring[start:end] = samples[: end - start]
        self._ring[: len(samples) - (end - start)] = samples[end - start :]
        self._written += len(samples)

    def clear(self) -> int:
        with self._lock:
            fade = len(self._fade)
            queued = self._written - self._read
            if queued > fade:
                places = (self._read + np.arange(fade)) % len(self._ring)
                self._ring[places] = (self._ring[places] * self._fade).astype(np.int16)
                self._written = self._read + fade
        return self.heard_samples()

    def heard_samples(self) -> int:
        """Handed to the device, less what still waits inside it."""
        played = self._read
        if self._written > self._read:
            played -= round(self._latency_s * self.sample_rate_hz)
        return max(0, played)

    def queued_samples(self) -> int:
        return self._written - self._read

    async def drained(self) -> None:
        while self.queued_samples() > 0:
            await self._clock.sleep(POLL_S)
            self._check()
        await self._clock.sleep(self._latency_s)

    async def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await asyncio.to_thread(_close, stream)

    def _check(self) -> None:
        """Raise when the device has stopped asking for sound."""
        count, since_s = self._seen_callbacks
        now = self._clock.now_s()
        if self._callbacks != count:
            self._seen_callbacks = (self._callbacks, now)
        elif now - since_s > SILENT_DRIVER_S or self._stream is None:
            raise EngineError("speaker", f"{self.name} is gone", cure=_CURE)

    def _on_block(self, outdata: Any, frames: int, time: Any, status: Any) -> None:
        """On PortAudio's thread: copy from the ring. The lock is held for microseconds by `clear` alone."""
        out = np.frombuffer(outdata, np.int16)
        with self._lock:
            ready = min(frames, self._written - self._read)
            start = self._read % len(self._ring)
            end = min(len(self._ring), start + ready)
            out[: end - start] = self._ring[start:end]
            out[end - start : ready] = self._ring[: ready - (end - start)]
            out[ready:] = 0
            self._read += ready
        self._callbacks += 1
        if status:
            self.underruns += 1
        if self._tap is not None:
            self._tap(out.copy())


def _close(stream: Any) -> None:
    with suppress(Exception):
        stream.abort(ignore_errors=True)
    with suppress(Exception):
        stream.close(ignore_errors=True)
