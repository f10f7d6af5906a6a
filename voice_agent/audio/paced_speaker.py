"""Speakers without a sound card: they consume 20 ms every 20 ms of the clock, into a WAV file or into nothing."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, QUEUE_S, Int16Array
from voice_agent.clock import Clock
from voice_agent.errors import EngineError, UserError

PACED_RATE_HZ = 22_050
"""The rate of the embedded voices, so that nothing is resampled."""
FLUSH_EVERY_BLOCKS = 50
"""A killed program leaves a file that is at most a second short."""

Tap = Callable[[Int16Array], None]
"""Is given every block as it sounds, silence included."""


class SilentSpeaker:
    """Takes the time that sound takes, and sounds nowhere: for machines without a sound card."""

    def __init__(self, clock: Clock, *, name: str = "none", tap: Tap | None = None) -> None:
        self.name = name
        self.sample_rate_hz = PACED_RATE_HZ
        self._clock = clock
        self._tap = tap
        self._queue: deque[Int16Array] = deque()
        self._queued = 0
        self._heard = 0
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._error: EngineError | None = None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._play(), name="paced speaker")

    async def write(self, samples: Int16Array) -> None:
        while self._queued > QUEUE_S * self.sample_rate_hz:
            await self._change()
        if self._error:
            raise self._error
        self._queue.append(samples)
        self._queued += len(samples)

    def clear(self) -> int:
        self._queue.clear()
        self._queued = 0
        self._changed.set()
        return self._heard

    def heard_samples(self) -> int:
        return self._heard

    def queued_samples(self) -> int:
        return self._queued

    async def drained(self) -> None:
        while self._queued and not self._error:
            await self._change()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

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
            sound = self._take(due)
            block = np.pad(sound, (0, due - len(sound)))
            try:
                self._sound(block)
            except (OSError, RuntimeError) as error:
                self._error = EngineError("speaker", f"{self.name}: {error}", cure="choose another speaker")
                self._changed.set()
                return
            self._heard += len(sound)
            if self._tap is not None:
                self._tap(block)
            if len(sound):
                self._changed.set()

    def _take(self, wanted: int) -> Int16Array:
        parts: list[Int16Array] = []
        missing = wanted
        while self._queue and missing:
            head = self._queue.popleft()
            if len(head) > missing:
                self._queue.appendleft(head[missing:])
                head = head[:missing]
            parts.append(head)
            missing -= len(head)
        sound = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        self._queued -= len(sound)
        return sound

    def _sound(self, block: Int16Array) -> None:
        """Nowhere."""


class FileSpeaker(SilentSpeaker):
    """Writes what sounds to a WAV file, silence included, so that the file is aligned with the talk's time."""

    def __init__(self, path: Path, clock: Clock, *, tap: Tap | None = None) -> None:
        super().__init__(clock, name=path.name, tap=tap)
        self._path = path
        self._file: Any = None
        self._unflushed = 0

    async def open(self) -> None:
        """Raises UserError when the file can't be written."""
        self._file = open_wav(self._path, self.sample_rate_hz, channels=1)
        await super().open()

    async def close(self) -> None:
        await super().close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _sound(self, block: Int16Array) -> None:
        self._file.write(block)
        self._unflushed += 1
        if self._unflushed >= FLUSH_EVERY_BLOCKS:
            self._file.flush()
            self._unflushed = 0


def open_wav(path: Path, rate_hz: int, *, channels: int) -> Any:
    """A new 16-bit WAV file (soundfile.SoundFile), readable by the user alone.

    Raises UserError when the file can't be written.
    """
    import soundfile  # 30 ms

    try:
        path.touch(mode=0o600)
        return soundfile.SoundFile(
            str(path), "w", samplerate=rate_hz, channels=channels, format="WAV", subtype="PCM_16"
        )
    except (OSError, soundfile.LibsndfileError) as error:
        cause = getattr(error, "strerror", None) or "cannot be written"
        raise UserError(cause, place=str(path), cure="choose a folder that exists and is writable") from error
