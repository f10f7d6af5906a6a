"""Where the voice lies in a growing stretch of sound: what holds none is never decoded.

Recognizers of Whisper's kind write words into silence and noise ("Thank you for watching"), so they are asked
only about sound that holds a voice, and only about the part that does.
"""

from __future__ import annotations

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.audio.silero import WINDOW_S, WINDOW_SAMPLES, SileroDetector

LEAST_CHANCE = 0.3
"""Lower than the detector's usual 0.5: a soft, hoarse or unusual voice must pass, and noise stays under 0.1."""
LEAST_VOICED_S = 0.09
"""A "no" has about 0.2 s."""
MARGIN_S = 0.3
"""Kept around the voice: soft first and last sounds."""


class VoicedSpan:
    """Fed with all sound of a segment; one thread at a time."""

    def __init__(self) -> None:
        """Raises EngineError when the detector can't be loaded."""
        self._detector = SileroDetector()
        self.reset()

    def reset(self) -> None:
        """A new segment."""
        self._detector.reset()
        self._windows = 0
        self._first: int | None = None
        self._last = 0
        self._voiced = 0

    def feed(self, samples: Int16Array) -> None:
        """samples: 16 kHz mono, any length."""
        for place in np.flatnonzero(chances := self._detector.feed(samples) >= LEAST_CHANCE):
            self._first = self._windows + int(place) if self._first is None else self._first
            self._last = self._windows + int(place) + 1
            self._voiced += 1
        self._windows += len(chances)

    @property
    def voiced_s(self) -> float:
        """Seconds with a voice so far."""
        return self._voiced * WINDOW_S

    @property
    def silent_s(self) -> float:
        """Seconds since the last voice; all of them where there was none."""
        return (self._windows - self._last) * WINDOW_S

    def find(self) -> tuple[int, int] | None:
        """[start, stop) in samples of the part with a voice, margins included; None where there is too little."""
        if self._first is None or self.voiced_s < LEAST_VOICED_S:
            return None
        margin = round(MARGIN_S * MIC_RATE_HZ)
        return max(0, self._first * WINDOW_SAMPLES - margin), self._last * WINDOW_SAMPLES + margin
