"""Speakers without a sound card: they consume 20 ms every 20 ms of the clock, into a WAV file or into nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, QUEUE_S, Int16Array, Loudness
from voice_agent.audio.wav_file import WavWriter
from voice_agent.audio.yielding import REWIND_S, Ramp, rewind_samples
from voice_agent.clock import Clock
from voice_agent.errors import EngineError

PACED_RATE_HZ = 22_050
"""The rate of the embedded voices, so that nothing is resampled."""
FADE_S = 0.005
"""A cut in the middle of a wave clicks; five milliseconds down do not."""

Tap = Callable[[Int16Array], None]
"""Is given every block as it sounds, silence included, mono at the speaker's rate."""


class SilentSpeaker:
    """Takes the time that sound takes, and sounds nowhere: for machines without a sound card. See `Speaker`."""

    def __init__(self, clock: Clock, *, name: str = "none", tap: Tap | None = None) -> None:
        self.name = name
        self.sample_rate_hz = PACED_RATE_HZ
        self._clock = clock
        self._tap = tap
        self._queue: deque[Int16Array] = deque()
        self._queued = 0
        self._heard = 0
        self._fading = np.zeros(0, np.int16)
        """What still sounds after `clear`; it is not counted."""
        self._loudness = Loudness.FULL
        self._ramp = Ramp(self.sample_rate_hz)
        self._past = np.zeros(0, np.int16)
        """What sounded last, to go back in."""
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._error: EngineError | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._play(), name="paced speaker")

    async def write(self, samples: Int16Array) -> None:
        self._check()
        while self._queued > QUEUE_S * self.sample_rate_hz:
            await self._change()
            self._check()
        self._queue.append(samples)
        self._queued += len(samples)

    def clear(self) -> int:
        fade = np.linspace(1.0, 0.0, round(FADE_S * self.sample_rate_hz), dtype=np.float32)
        # With nothing queued, a fade that has not sounded yet stays.
        if self._queued:
            ending = _take(self._queue, len(fade))
            self._fading = (ending * self._ramp.gain * fade[: len(ending)]).astype(np.int16)
        self._queue.clear()
        self._queued = 0
        self._loudness, self._ramp.gain, self._past = Loudness.FULL, 1.0, self._past[:0]
        self._changed.set()
        return self._heard

    def set_loudness(self, loudness: Loudness) -> None:
        if self._loudness is Loudness.HELD is not loudness and self._queued:
            again = min(rewind_samples(self._past, self.sample_rate_hz), self._heard)
            if again:
                self._queue.appendleft(self._past[-again:])
                self._past = self._past[:-again]
                self._queued, self._heard = self._queued + again, self._heard - again
        self._loudness = loudness

    def heard_samples(self) -> int:
        return self._heard

    def queued_samples(self) -> int:
        return self._queued

    async def drained(self) -> None:
        while self._queued:
            self._check()
            await self._change()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._queue.clear()
        self._queued = 0
        self._fail("was closed")

    def _fail(self, cause: str) -> None:
        """Everyone who waits, and every later `write`, learns of it."""
        self._error = self._error or EngineError("speaker", f"{self.name} {cause}", cure="choose another speaker")
        self._changed.set()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _play(self) -> None:
        start_s, count, played = self._clock.now_s(), 0, 0
        while True:
            count += 1
            await self._clock.sleep(start_s + count * BLOCK_S - self._clock.now_s())
            # 20 ms is no whole number of samples at every rate: what is due is counted from the start.
            due = round(count * BLOCK_S * self.sample_rate_hz) - played
            played += due
            tail, self._fading = self._fading[:due], self._fading[due:]
            wanted = due - len(tail)
            if self._loudness is Loudness.HELD:
                wanted = min(wanted, self._ramp.to_silence())
            taken = _take(self._queue, wanted)
            sound = self._ramp.apply(taken, self._loudness.value)
            block = np.concatenate([tail, sound, np.zeros(due - len(tail) - len(sound), np.int16)])
            try:
                self._sound(block)
                if self._tap is not None:
                    self._tap(block)
            except Exception as error:  # noqa: BLE001 - whoever waits for sound would wait for ever
                self._fail(f"failed: {error.cause if isinstance(error, EngineError) else error}")
                return
            if len(sound):
                self._queued -= len(sound)
                self._heard += len(sound)
                self._past = np.concatenate([self._past, taken])[-round(REWIND_S * self.sample_rate_hz) :]
                self._changed.set()

    def _sound(self, block: Int16Array) -> None:
        """Nowhere."""


class FileSpeaker(SilentSpeaker):
    """Writes what sounds to a WAV file, silence included, so that the file is aligned with the talk's time."""

    def __init__(self, path: Path, clock: Clock, *, tap: Tap | None = None) -> None:
        super().__init__(clock, name=path.name, tap=tap)
        self._path = path
        self._file: WavWriter | None = None

    async def open(self) -> None:
        """Raises UserError when the file can't be written."""
        self._file = await asyncio.to_thread(WavWriter, self._path, self.sample_rate_hz, channels=1)
        await super().open()

    async def close(self) -> None:
        await super().close()
        if self._file is not None:
            await asyncio.to_thread(self._file.close)

    def _sound(self, block: Int16Array) -> None:
        if self._file is not None:
            self._file.write(block)
            if self._file.error is not None:
                raise self._file.error


def _take(queue: deque[Int16Array], wanted: int) -> Int16Array:
    """The next samples of a queue, at most as many as wanted."""
    parts: list[Int16Array] = []
    missing = wanted
    while queue and missing:
        head = queue.popleft()
        if len(head) > missing:
            queue.appendleft(head[missing:])
            head = head[:missing]
        parts.append(head)
        missing -= len(head)
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)
