"""How a speaker gives way to a voice: softer, or silent until it may go on at the word where it was."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import Int16Array

RAMP_S = 0.02
"""From full loudness to silence, or back: no click, and part of what an interruption waits for."""
REWIND_S = 0.45
"""Two words may lie in what is said again after a halt, not more."""
_FRAME_S = 0.02


class Ramp:
    """A gain that moves evenly to where it should be."""

    def __init__(self, rate_hz: int) -> None:
        self.gain = 1.0
        self._step = 1.0 / (RAMP_S * rate_hz)

    def to_silence(self) -> int:
        """Samples until nothing sounds any more."""
        return int(np.ceil(self.gain / self._step))

    def apply(self, samples: Int16Array, target: float) -> Int16Array:
        """The samples at the gain on its way to target."""
        if self.gain == target == 1.0:
            return samples
        gains: npt.NDArray[np.float64] = self.gain + np.sign(target - self.gain) * self._step * np.arange(
            1, len(samples) + 1
        )
        gains = np.clip(gains, min(self.gain, target), max(self.gain, target))
        if len(gains):
            self.gain = float(gains[-1])
        return (samples * gains).astype(np.int16)


def rewind_samples(past: Int16Array, rate_hz: int) -> int:
    """How far to go back so that a word that was broken off is said whole.

    past: what sounded last, at most `REWIND_S` of it counts. The quietest 20 ms of it is taken for the gap
    between two words; what sounds evenly is gone on with where it was.
    """
    size = round(_FRAME_S * rate_hz)
    recent = past[-round(REWIND_S * rate_hz) :]
    frames = recent[len(recent) % size :].reshape(-1, size).astype(np.float64)
    if not len(frames):
        return 0
    energy = np.square(frames).mean(axis=1)
    quietest = len(energy) - 1 - int(np.argmin(energy[::-1]))
    if energy[quietest] > energy.max() / 4:
        return 0
    return (len(frames) - quietest) * size - size // 2
