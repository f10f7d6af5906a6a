"""Both sides of a talk as one stereo WAV: the learner left, the partner right."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Protocol

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array, MicBlock, Microphone
from voice_agent.audio.resampling import StreamResampler
from voice_agent.audio.wav_file import WavWriter

HELD_S = 10.0
"""Sound of one side that waits for the other; a side that is this far behind is filled with silence."""
LATE_S = 0.5
"""A side that is this far behind the other when its next block comes was away (a device was lost or changed):
silence stands for the time. Blocks that only come late, in a burst, stay as they are."""


class _Side:
    """Samples that wait for the other side, and how far this side has come."""

    def __init__(self) -> None:
        self.waiting = np.zeros(0, np.int16)
        self.reached = 0
        """Samples there are, written or waiting."""
        self.at = 0
        """Samples that its time stands for: a resampler gives the last 25 ms only later."""
        self.has_begun = False

    def add(self, samples: Int16Array, length: int) -> None:
        self.waiting = np.concatenate([self.waiting, samples])
        self.reached += len(samples)
        self.at += length

    def be_silent(self, length: int) -> None:
        if length > 0:
            self.add(np.zeros(length, np.int16), length)


class StereoRecording:
    """Takes the blocks of both sides as they come and writes what both have reached. Bounded memory.

    Both sides run on the same time, so each is the other's clock: one that begins later, or was away, goes on
    where the other is by then.
    """

    def __init__(self, path: Path, *, speaker_rate_hz: int) -> None:
        """Raises UserError when the file can't be written."""
        self._file = WavWriter(path, MIC_RATE_HZ, channels=2)
        self._speaker_rate_hz = speaker_rate_hz
        self._from_speaker = StreamResampler(speaker_rate_hz, MIC_RATE_HZ)
        self._learner, self._partner = _Side(), _Side()
        self._is_closed = False

    def heard_learner(self, samples: Int16Array) -> None:
        """16 kHz mono."""
        self._heard(self._learner, self._partner, samples, len(samples))

    def heard_partner(self, samples: Int16Array) -> None:
        """At the speaker's rate; silence included."""
        length = round(len(samples) * MIC_RATE_HZ / self._speaker_rate_hz)
        self._heard(self._partner, self._learner, self._from_speaker.feed(samples), length)

    def close(self) -> None:
        """Write what waits, and end the file. Blocking for the last second's write.

        Raises EngineError when not everything could be written.
        """
        if not self._is_closed:
            self._is_closed = True
            self._partner.add(self._from_speaker.finish(), 0)
            self._write_up_to(max(self._learner.reached, self._partner.reached))
            self._file.close()
        if self._file.error is not None:
            raise self._file.error

    def _heard(self, side: _Side, other: _Side, samples: Int16Array, length: int) -> None:
        """length: time that the block stands for, in samples."""
        if self._is_closed:
            return
        behind = other.at - side.at - length
        if not side.has_begun or behind > LATE_S * MIC_RATE_HZ:
            side.be_silent(behind)
        side.has_begun = True
        side.add(samples, length)
        self._write_up_to(max(min(side.reached, other.reached), side.reached - round(HELD_S * MIC_RATE_HZ)))

    def _write_up_to(self, place: int) -> None:
        for side in (self._learner, self._partner):
            side.be_silent(place - side.reached)
        ready = place - (self._learner.reached - len(self._learner.waiting))
        if ready > 0:
            left, right = self._learner.waiting[:ready], self._partner.waiting[:ready]
            self._file.write(np.stack([left, right], axis=1))
            self._learner.waiting, self._partner.waiting = (
                self._learner.waiting[ready:],
                self._partner.waiting[ready:],
            )


class HearsLearner(Protocol):
    """What keeps the learner's side."""

    def heard_learner(self, samples: Int16Array) -> None: ...


class RecordedMicrophone:
    """A microphone whose blocks are also recorded; blocks that it lost are silence in the recording."""

    def __init__(self, microphone: Microphone, recording: HearsLearner) -> None:
        self.name = microphone.name
        self.is_live = microphone.is_live
        self._microphone = microphone
        self._recording = recording

    def hold(self, *, held: bool) -> None:
        self._microphone.hold(held=held)

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        expected = 0
        async with aclosing(self._microphone.blocks()) as blocks:
            async for block in blocks:
                if (lost := block.start_sample - expected) > 0:
                    self._recording.heard_learner(np.zeros(lost, np.int16))
                self._recording.heard_learner(block.samples)
                expected = block.start_sample + len(block.samples)
                yield block
