"""A recording in the microphone's place, paced by the clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, MicBlock
from voice_agent.audio.resampling import StreamResampler, to_mono_int16
from voice_agent.clock import Clock
from voice_agent.errors import EngineError, UserError

LONGEST_FILE_S = 4 * 3600
READ_S = 1.0
"""Seconds read from the file at a time."""
TAIL_S = 3.0
"""Silence after the end, so that the last turn is over; longer than the longest wait of any patience but "over"."""


class FileMicrophone:
    """See `Microphone`: WAV, FLAC or any other format of libsndfile, with any rate and channel count.

    A second is read at a time, on the event loop: about 1 ms, and every run hears the same.
    """

    is_live = False

    def __init__(self, path: Path, clock: Clock, *, waits: bool, tail_s: float = TAIL_S) -> None:
        """waits: stand still while held, as a polite speaker would; else the recording runs on.

        Raises UserError when the file is missing, no sound, empty or over four hours.
        """
        self.name = path.name
        self._path = path
        self._clock = clock
        self._waits = waits
        self._tail_s = tail_s
        self._held = False
        self._sound: Generator[Int16Array, None, None] | None = None
        """Goes on where the last listener stopped, as a person would."""
        _check(path)

    def hold(self, *, held: bool) -> None:
        self._held = held and self._waits

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        silence = np.zeros(BLOCK_SAMPLES, np.int16)
        tail_blocks = round(self._tail_s / BLOCK_S)
        start_s, count = self._clock.now_s(), 0
        sound = self._sound = self._sound or _blocks_of(self._path)
        while True:
            samples = silence
            if not self._held:
                samples = next(sound, silence)
                if samples is silence:
                    tail_blocks -= 1
                    if tail_blocks < 0:
                        return
            yield MicBlock(samples, count * BLOCK_SAMPLES)
            count += 1
            # Against the start, not the last block: errors of single sleeps don't add up.
            await self._clock.sleep(start_s + count * BLOCK_S - self._clock.now_s())


def _check(path: Path) -> None:
    import soundfile  # carries libsndfile, 30 ms

    if not path.is_file():
        raise UserError("there is no such file", place=str(path), cure="check the path")
    try:
        path.open("rb").close()
    except OSError as error:
        raise UserError(error.strerror or "can't be read", place=str(path), cure="make it readable") from error
    try:
        info = soundfile.info(str(path))
    except (soundfile.LibsndfileError, OSError) as error:
        raise UserError("is no sound file", place=str(path), cure="give a WAV or FLAC file") from error
    if info.frames == 0:
        raise UserError("holds no sound", place=str(path), cure="record it again")
    if info.duration > LONGEST_FILE_S:
        raise UserError(
            f"is {info.duration / 3600:.1f} hours long",
            place=str(path),
            cure=f"give at most {LONGEST_FILE_S // 3600} hours",
        )


def read_sound(path: Path) -> Int16Array:
    """The whole file at 16 kHz, sample for sample what the microphone gives. Raises UserError as it does."""
    _check(path)
    return np.concatenate(list(_blocks_of(path)))


def _blocks_of(path: Path) -> Generator[Int16Array, None, None]:
    """The file as 20 ms blocks at 16 kHz, the last one padded."""
    import soundfile

    rest = np.zeros(0, np.int16)
    try:
        with soundfile.SoundFile(str(path)) as file:
            resampler = StreamResampler(file.samplerate, MIC_RATE_HZ)
            for ready in _resampled(file, resampler):
                rest = np.concatenate([rest, ready])
                whole = len(rest) // BLOCK_SAMPLES * BLOCK_SAMPLES
                for start in range(0, whole, BLOCK_SAMPLES):
                    yield rest[start : start + BLOCK_SAMPLES]
                rest = rest[whole:]
    except (soundfile.LibsndfileError, OSError) as error:
        raise EngineError("microphone", f"{path.name} can't be read on", cure="check the file") from error
    if len(rest):
        yield np.pad(rest, (0, BLOCK_SAMPLES - len(rest)))


def _resampled(file: Any, resampler: StreamResampler) -> Iterator[Int16Array]:
    for samples in file.blocks(round(file.samplerate * READ_S), dtype="float32", always_2d=True):
        yield resampler.feed(to_mono_int16(samples))
    yield resampler.finish()
