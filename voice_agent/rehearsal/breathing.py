"""A minute of paced breathing: in for four seconds, out for six, told and sounded second by second.

Slow breathing with the longer breath out is a distress tolerance skill of DBT (Linehan, *DBT Skills Training
Manual*, 2nd ed., TIPP: paced breathing, about five to six breaths a minute).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.events import BreathPaced

IN_S, OUT_S, WHOLE_S = 4, 6, 60
_LOW_HZ, _HIGH_HZ = 174.0, 220.0
_PEAK_DBFS = -26.0
_BLOCK_S = 0.1


def breath_at(second: int) -> BreathPaced:
    """What to do in this second of the minute."""
    place = second % (IN_S + OUT_S)
    is_in = place < IN_S
    return BreathPaced(
        is_in=is_in,
        count=(place if is_in else place - IN_S) + 1,
        of=IN_S if is_in else OUT_S,
        left_s=max(0, WHOLE_S - second),
    )


class BreathTone:
    """A soft tone, at most -26 dBFS: it rises while breathing in and falls while breathing out. See `Sound`."""

    def __init__(self, seconds: int, *, is_in: bool) -> None:
        self._seconds = seconds
        self._is_in = is_in

    def __call__(self, sample_rate_hz: int) -> Iterator[Int16Array]:
        count = self._seconds * sample_rate_hz
        place = np.arange(count) / max(1, count)
        way = place if self._is_in else 1 - place
        pitch = _LOW_HZ + (_HIGH_HZ - _LOW_HZ) * way
        phase = 2 * np.pi * np.cumsum(pitch) / sample_rate_hz
        # Fades at both ends: no click, and a breath between.
        loudness = np.sin(np.pi * place) ** 0.5 * 10 ** (_PEAK_DBFS / 20)
        samples: Int16Array = (np.sin(phase) * loudness * 32767).astype(np.int16)
        step = round(_BLOCK_S * sample_rate_hz)
        for start in range(0, count, step):
            yield samples[start : start + step]
