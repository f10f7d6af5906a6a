"""A real loudspeaker or headphones through PortAudio."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np

from voice_agent.audio.card_stream import CardStream, longest_silence_s
from voice_agent.audio.devices import SoundDevice
from voice_agent.audio.paced_speaker import FADE_S, Tap
from voice_agent.audio.protocols import BLOCK_S, QUEUE_S, Int16Array, Loudness
from voice_agent.audio.yielding import REWIND_S, Ramp, rewind_samples
from voice_agent.clock import Clock
from voice_agent.errors import EngineError

POLL_S = 0.02
PIECE_S = 1.0
"""A long piece of sound is queued in parts of this length, so that it may be longer than the queue."""
_SPARE_S = 2.0
"""Room in the ring for what is being copied while the queue is full."""
_REMEMBERED_BLOCKS = round(5.0 / BLOCK_S)
"""Longer than the latency of any device; Bluetooth headphones have up to half a second."""


class DeviceSpeaker:
    """See `Speaker`.

    The event loop writes into a ring, PortAudio's thread reads from it, and each number has one writer, so
    neither waits for the other. Places count samples since `open`; `clear` moves `_cut`, and the reader
    jumps there; after a halt `_again` tells it how far to go back.
    """

    def __init__(self, device: SoundDevice, clock: Clock, *, tap: Tap | None = None) -> None:
        """tap: is given, on the event loop, every block that is handed to the device, silence included."""
        self.name = device.name
        self.sample_rate_hz = device.sample_rate_hz
        self.underruns = 0
        """Times that the device ran dry because this process was late."""
        self._clock = clock
        self._tap = tap
        self._channels = min(2, device.outputs)
        self._stream = CardStream(
            device, "output", channels=self._channels, on_block=self._on_block, on_end=self._on_end
        )
        self._ring = np.zeros(round((QUEUE_S + _SPARE_S) * self.sample_rate_hz), np.int16)
        self._fade = np.linspace(1.0, 0.0, max(1, round(FADE_S * self.sample_rate_hz)), dtype=np.float32)
        self._loop: asyncio.AbstractEventLoop | None = None
        # Written by the event loop.
        self._written = 0
        self._cut = 0
        self._heard_at_cut = 0
        self._heard_place = 0
        self._loudness = Loudness.FULL
        self._again = (0, 0)
        """(How many halts there were, the place to go on from after the last.)"""
        self._latency_s = 0.0
        # Written by PortAudio's thread.
        self._read = 0
        self._halts = 0
        self._ramp = Ramp(self.sample_rate_hz)
        self._handed: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED_BLOCKS)
        """(When a block will be in the air, the place of its end.)"""
        self._called_at_s = 0.0
        self._has_ended = False
        self._opened_at_s = 0.0

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._opened_at_s = self._called_at_s = self._clock.now_s()
        await asyncio.to_thread(self._stream.open)
        self._latency_s = self._stream.latency_s

    async def write(self, samples: Int16Array) -> None:
        piece_samples = round(PIECE_S * self.sample_rate_hz)
        for first in range(0, len(samples), piece_samples):
            await self._write(samples[first : first + piece_samples])

    async def _write(self, piece: Int16Array) -> None:
        self._check()
        while self._is_full(len(piece)):
            await self._clock.sleep(POLL_S)
            self._check()
        size, start = len(self._ring), self._written % len(self._ring)
        end = min(size, start + len(piece))
        self._ring[start:end] = piece[: end - start]
        self._ring[: len(piece) - (end - start)] = piece[end - start :]
        # Only now may the reader go there.
        self._written += len(piece)

    def _is_full(self, more: int) -> bool:
        # The ring itself is full for a moment after `clear`, until the reader has jumped.
        unread = self._written - self._read
        room = len(self._ring) - round(REWIND_S * self.sample_rate_hz)
        return self.queued_samples() > QUEUE_S * self.sample_rate_hz - more or unread + more > room

    def clear(self) -> int:
        """Silence comes after the device's own buffer and the fade; what that buffer holds is not counted."""
        heard = self.heard_samples()
        self._heard_at_cut, self._cut = heard, self._written
        self._loudness = Loudness.FULL
        return heard

    def set_loudness(self, loudness: Loudness) -> None:
        if self._loudness is Loudness.HELD is not loudness and self._read > self._cut:
            read = self._read
            first = max(self._cut, read - round(REWIND_S * self.sample_rate_hz))
            past = self._ring[np.arange(first, read) % len(self._ring)]
            self._again = (self._again[0] + 1, read - rewind_samples(past, self.sample_rate_hz))
        # Only now may the reader go on.
        self._loudness = loudness

    def heard_samples(self) -> int:
        now = self._clock.now_s()
        while self._handed and self._handed[0][0] <= now:
            self._heard_place = self._handed.popleft()[1]
        return self._heard_at_cut + max(0, self._heard_place - self._cut)

    def queued_samples(self) -> int:
        return self._written - self._cut - (self.heard_samples() - self._heard_at_cut)

    async def drained(self) -> None:
        while self.queued_samples() > 0:
            self._check()
            await self._clock.sleep(POLL_S)

    async def close(self) -> None:
        await asyncio.to_thread(self._stream.close)

    def _check(self) -> None:
        """Raise when the device has stopped asking for sound."""
        called_at_s = self._called_at_s
        silence_s = self._clock.now_s() - called_at_s
        if self._has_ended or silence_s > longest_silence_s(called_at_s - self._opened_at_s):
            raise EngineError("speaker", f"{self.name} is gone", cure="plug it in again or choose another speaker")

    def _on_block(self, outdata: Any, frames: int, time: Any, status: Any) -> None:
        """On PortAudio's thread: copy from the ring, count. No log, model, lock or await."""
        mono = np.zeros(frames, np.int16)
        at, read, cut, loudness = 0, self._read, self._cut, self._loudness
        halts, place = self._again
        if halts != self._halts:
            self._halts = halts
            read = min(read, place)
        if read < cut:
            at = min(frames, len(self._fade), cut - read) if self._ramp.gain else 0
            mono[:at] = self._ring[np.arange(read, read + at) % len(self._ring)] * self._fade[:at] * self._ramp.gain
            read, self._ramp.gain = cut, 1.0
        ready = min(frames - at, self._written - read)
        if loudness is Loudness.HELD:
            ready = min(ready, self._ramp.to_silence())
        start = read % len(self._ring)
        end = min(len(self._ring), start + ready)
        mono[at : at + end - start] = self._ring[start:end]
        mono[at + end - start : at + ready] = self._ring[: ready - (end - start)]
        mono[at : at + ready] = self._ramp.apply(mono[at : at + ready], loudness.value)
        np.frombuffer(outdata, np.int16).reshape(-1, self._channels)[:] = mono[:, np.newaxis]
        self._read = read + ready
        now = self._clock.now_s()
        self._handed.append((now + self._latency_s, self._read))
        self._called_at_s = now
        if status:
            self.underruns += 1
        if self._tap is not None and self._loop is not None:
            with suppress(RuntimeError):  # the loop is closing
                self._loop.call_soon_threadsafe(self._tap, mono)

    def _on_end(self) -> None:
        self._has_ended = True
