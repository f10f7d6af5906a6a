"""How finished a turn sounds: melody, level and pace of its last seconds, as numbers and as log odds.

What they go by: a turn that ends falls to the foot of the speaker's range, gets softer, and draws out its last
syllable; one that pauses stays up or level (Local, Kelly and Wells 1986; Gravano and Hirschberg 2011, "Turn-taking
cues in task-oriented dialogue"). Pitch by Praat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.feedback.sounding import STEP_S, levels, pitch_hz, syllable_nuclei

Floats = npt.NDArray[np.float64]

HEARD_S = 2.5
"""Of the turn's end: holds two or three phrases to compare the last one with, and costs Praat about 5 ms."""
MEASURES = ("final_st", "above_foot_st", "final_db", "fading_s", "last_syllable")
"""Semitones of the last voice against the median and above the foot of the range; decibels of the last 0.1 s under
the loudest parts; seconds since it was nearly loud; log of the last syllable's length against the usual one."""
_CREAK_ST, _CREAK_ABOVE_FOOT_ST = 5.0, 9.0
"""A last voice this far up is creak whose pitch Praat doubles: the deepest voice there is (seen at three of six ends
of read sentences)."""
_AS_CREAK = (-3.0, -0.5)
_SOUNDING_DB = 25.0
_LEAST_FRAMES = 30


def measures(samples: Int16Array) -> Floats | None:
    """Shape (`len(MEASURES)`,) for a turn up to its pause, 16 kHz mono; None when there is too little sound.

    Blocking: about 6 ms on one core, after 0.1 s for loading Praat at the first call.
    """
    import parselmouth  # 0.1 s

    samples = samples[-round(HEARD_S * MIC_RATE_HZ) :]
    if len(samples) < _LEAST_FRAMES * STEP_S * MIC_RATE_HZ:
        return None
    level_db, times = levels(samples)
    loud_db = float(np.percentile(level_db, 95))
    threshold_db = loud_db - _SOUNDING_DB
    sounding = np.flatnonzero(level_db >= threshold_db)
    end = int(sounding[-1]) + 1
    if end < _LEAST_FRAMES:
        return None
    sound = parselmouth.Sound(samples.astype(np.float64) / 32768.0, sampling_frequency=MIC_RATE_HZ)
    pitch = pitch_hz(sound, times)[:end]
    level_db = level_db[:end]
    voiced = ~np.isnan(pitch) & (level_db >= threshold_db)
    nuclei = syllable_nuclei(level_db, voiced, threshold_db)
    last_loud = int(np.flatnonzero(level_db >= loud_db - 10)[-1])
    return np.array(
        [
            *_melody(pitch, voiced),
            float(np.mean(level_db[-10:])) - loud_db,
            min(0.6, (end - last_loud) * STEP_S),
            _last_syllable(nuclei, end),
        ]
    )


def _melody(pitch: Floats, voiced: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Semitones of the last 0.1 s of voice: against the median, and above the lowest tenth."""
    frames = np.flatnonzero(voiced)
    if len(frames) < 10:
        return 0.0, 0.0
    st = 12 * np.log2(pitch[frames])
    final = float(np.median(st[frames > frames[-1] - 10]))
    against, above = final - float(np.median(st)), final - float(np.percentile(st, 10))
    if against >= _CREAK_ST or above >= _CREAK_ABOVE_FOOT_ST:
        return _AS_CREAK
    return max(-8.0, against), max(-6.0, above)


def _last_syllable(nuclei: npt.NDArray[np.intp], end: int) -> float:
    if len(nuclei) < 4:
        return 0.0
    usual = float(np.median(np.diff(nuclei)[:-1]))
    return float(np.clip(np.log(max(1, end - nuclei[-1]) / usual), -2, 2))


@dataclass(frozen=True, slots=True)
class MelodyModel:
    """A logistic regression over `MEASURES`."""

    means: Sequence[float]
    scales: Sequence[float]
    weights: Sequence[float]
    bias: float

    def log_odds(self, measured: Floats) -> float:
        """Natural log odds that a learner who sounds like this has finished."""
        standing = (measured - np.array(self.means)) / np.array(self.scales)
        return float(np.clip(standing, -4, 4) @ np.array(self.weights) + self.bias)
