"""Evens out the silences that engines put before and after what they speak."""

from __future__ import annotations

import numpy as np

from voice_agent.audio.protocols import Int16Array

QUIET = 160
"""Of 32768: the silence before and after speech stays under it."""
_KEPT_BEFORE_S = 0.03
"""Engines begin with up to 0.2 s of silence, which a listener takes for a slow answer: nearly all of it goes."""
SENTENCE_S = 0.3
"""A breath after a part, counted from its last sound."""


class Pauses:
    """Shortens the silence before one part of a text and evens out the one after it."""

    def __init__(self, rate_hz: int, breath_s: float = SENTENCE_S) -> None:
        """rate_hz: of the mono samples. breath_s: silence after the part's last sound, in seconds."""
        self._kept_before = round(_KEPT_BEFORE_S * rate_hz)
        self._breath = round(breath_s * rate_hz)
        self._has_begun = False
        self._quiet_at_end = 0

    def without_lead(self, samples: Int16Array) -> Int16Array:
        """What is left of the part's next samples without the silence before its first sound; may be empty."""
        sounding = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET)
        if not len(sounding):
            self._quiet_at_end += len(samples)
            return samples if self._has_begun else samples[:0]
        self._quiet_at_end = len(samples) - 1 - int(sounding[-1])
        if self._has_begun:
            return samples
        self._has_begun = True
        return samples[max(0, int(sounding[0]) - self._kept_before) :]

    def breath(self) -> Int16Array:
        """The silence that is missing after the part's last sound; nothing after a part without sound."""
        return np.zeros(max(0, self._breath - self._quiet_at_end) if self._has_begun else 0, np.int16)
