"""Makes a voice louder or softer without clipping."""

from __future__ import annotations

import numpy as np

from voice_agent.audio.protocols import Int16Array

_LINEAR_TO, _CEILING = 0.7, 0.98
"""Shares of full scale: peaks above the first are bent and never reach the second."""


def with_gain(samples: Int16Array, gain: float) -> Int16Array:
    """A copy of mono 16-bit samples, times a linear gain; peaks are bent towards the ceiling instead of cut."""
    scaled = samples.astype(np.float32) * (gain / 32768)
    size = np.abs(scaled)
    room = _CEILING - _LINEAR_TO
    bent = _LINEAR_TO + room * np.tanh((size - _LINEAR_TO) / room)
    limited: Int16Array = (np.where(size > _LINEAR_TO, np.sign(scaled) * bent, scaled) * 32767).astype(np.int16)
    return limited
