"""Both sides of a talk as one stereo WAV: the learner left, the partner right."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.audio.paced_speaker import open_wav
from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array, MicBlock, Microphone
from voice_agent.audio.resampling import StreamResampler

HELD_S = 10.0
"""Sound of one side that waits for the other; a side that is this far behind is filled with silence."""


class StereoRecording:
    """Takes the blocks of both sides as they come and writes what both have reached. Bounded memory."""

    def __init__(self, path: Path, *, speaker_rate_hz: int) -> None:
        """Raises UserError when the file can't be written."""
        self._file: Any = open_wav(path, MIC_RATE_HZ, channels=2)
        self._from_speaker = StreamResampler(speaker_rate_hz, MIC_RATE_HZ)
        self._learner = np.zeros(0, np.int16)
        self._partner = np.zeros(0, np.int16)

    def heard_learner(self, samples: Int16Array) -> None:
        """16 kHz mono."""
        self._learner = np.concatenate([self._learner, samples])
        self._write()

    def heard_partner(self, samples: Int16Array) -> None:
        """At the speaker's rate; silence included."""
        self._partner = np.concatenate([self._partner, self._from_speaker.feed(samples)])
        self._write()

    def close(self) -> None:
        if self._file is None:
            return
        longest = max(len(self._learner), len(self._partner))
        self._learner, self._partner = _padded(self._learner, longest), _padded(self._partner, longest)
        self._write()
        self._file.close()
        self._file = None

    def _write(self) -> None:
        if self._file is None:
            return
        held = round(HELD_S * MIC_RATE_HZ)
        longest = max(len(self._learner), len(self._partner))
        if longest > held:
            self._learner = _padded(self._learner, longest - held)
            self._partner = _padded(self._partner, longest - held)
        ready = min(len(self._learner), len(self._partner))
        if ready:
            self._file.write(np.stack([self._learner[:ready], self._partner[:ready]], axis=1))
            self._learner, self._partner = self._learner[ready:], self._partner[ready:]


def _padded(samples: Int16Array, length: int) -> Int16Array:
    return np.pad(samples, (0, max(0, length - len(samples))))


class RecordedMicrophone:
    """A microphone whose blocks are also recorded."""

    def __init__(self, microphone: Microphone, recording: StereoRecording) -> None:
        self.name = microphone.name
        self.is_live = microphone.is_live
        self._microphone = microphone
        self._recording = recording

    def hold(self, *, held: bool) -> None:
        self._microphone.hold(held=held)

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        async with aclosing(self._microphone.blocks()) as blocks:
            async for block in blocks:
                self._recording.heard_learner(block.samples)
                yield block
