"""How loud the microphone is, and whether something is wrong with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, Int16Array

SILENCE_DBFS = -96.0
"""Below the step of a 16-bit sample."""
READING_BLOCKS = 5
"""Ten readings a second."""


@dataclass(frozen=True, slots=True)
class Level:
    rms_dbfs: float
    peak_dbfs: float


def dbfs(amplitude: float) -> float:
    """Decibels against full scale of an int16 amplitude."""
    return SILENCE_DBFS if amplitude < 1.0 else 20 * math.log10(amplitude / 32768.0)


def rms(samples: Int16Array) -> float:
    return math.sqrt(float(np.mean(np.square(samples, dtype=np.float32)))) if len(samples) else 0.0


class LevelMeter:
    """One reading for every five blocks: their mean level and their peak."""

    def __init__(self) -> None:
        self._squares = 0.0
        self._peak = 0.0
        self._blocks = 0

    def block(self, samples: Int16Array) -> Level | None:
        """samples: shape (320,), 16 kHz; a reading with every fifth block."""
        self._squares += rms(samples) ** 2
        self._peak = max(self._peak, float(np.abs(samples.astype(np.int32)).max(initial=0)))
        self._blocks += 1
        if self._blocks < READING_BLOCKS:
            return None
        reading = Level(round(dbfs(math.sqrt(self._squares / self._blocks)), 1), round(dbfs(self._peak), 1))
        self._squares = self._peak = 0.0
        self._blocks = 0
        return reading


@dataclass(frozen=True, slots=True)
class MicrophoneNotice:
    """Something to tell the user about the microphone."""

    category: str
    """`dead`, `clipping` or `too_quiet`."""
    sentence: str
    cure: str


DEAD_S = 3.0
"""A working microphone never delivers the same number for so long: even its own noise moves the last bit."""
QUIET_DBFS = -45.0
QUIET_SPEECH_S = 2.0
"""Speech whose mean level over this long stays below; a soft start of a sentence is no fault."""
CLIPPED_SAMPLES = 16
"""At full scale within a second; single samples are inaudible."""


class MicrophoneCheck:
    """Notices a dead, a too quiet, and a clipping microphone; tells each once until it has gone away."""

    def __init__(self) -> None:
        self._still_s = 0.0
        self._still_value: int | None = None
        self._speech_squares = 0.0
        self._speech_blocks = 0
        self._clipped = 0
        self._clip_blocks = 0
        self._told: set[str] = set()

    def block(self, samples: Int16Array, *, is_speech: bool) -> MicrophoneNotice | None:
        """samples: shape (320,), 16 kHz; a notice when one is due."""
        return self._dead(samples) or self._clipping(samples) or self._quiet(samples, is_speech=is_speech)

    def _dead(self, samples: Int16Array) -> MicrophoneNotice | None:
        first = int(samples[0])
        if (samples == first).all() and first == (self._still_value if self._still_s else first):
            self._still_s, self._still_value = self._still_s + BLOCK_S, first
        else:
            self._still_s = 0.0
            self._told.discard("dead")
        if self._still_s < DEAD_S:
            return None
        return self._tell(
            "dead",
            "The microphone sends no sound at all.",
            "check that it is not muted or switched off, or choose another one",
        )

    def _clipping(self, samples: Int16Array) -> MicrophoneNotice | None:
        self._clipped += int(np.count_nonzero(np.abs(samples.astype(np.int32)) >= 32_766))
        self._clip_blocks += 1
        if self._clipped > CLIPPED_SAMPLES:
            self._clipped = self._clip_blocks = 0
            return self._tell(
                "clipping",
                "The microphone is too loud: the sound is cut off at its peaks.",
                "turn its level down, or move away from it a little",
            )
        if self._clip_blocks * BLOCK_S >= 1.0:
            if not self._clipped:
                self._told.discard("clipping")
            self._clipped = self._clip_blocks = 0
        return None

    def _quiet(self, samples: Int16Array, *, is_speech: bool) -> MicrophoneNotice | None:
        if not is_speech:
            return None
        self._speech_squares += rms(samples) ** 2
        self._speech_blocks += 1
        if self._speech_blocks * BLOCK_S < QUIET_SPEECH_S:
            return None
        level = dbfs(math.sqrt(self._speech_squares / self._speech_blocks))
        self._speech_squares, self._speech_blocks = 0.0, 0
        if level >= QUIET_DBFS:
            self._told.discard("too_quiet")
            return None
        return self._tell("too_quiet", "The microphone is very quiet.", "turn its level up, or move closer to it")

    def _tell(self, category: str, sentence: str, cure: str) -> MicrophoneNotice | None:
        if category in self._told:
            return None
        self._told.add(category)
        return MicrophoneNotice(category, sentence, cure)
