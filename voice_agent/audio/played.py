"""What the loudspeaker plays, kept for a moment and laid beside what the microphone hears."""

from __future__ import annotations

import numpy as np

from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import StreamResampler

_KEPT_SAMPLES = 4 * MIC_RATE_HZ
_SPARE_SAMPLES = 2 * BLOCK_SAMPLES
"""The two streams arrive unevenly; so much of what is played waits for the microphone."""


class Played:
    """A speaker's tap. Positions count samples at 16 kHz; used on the event loop alone.

    Both streams run by their own clocks, so a place in the one is a place in the other plus a lag, which is shifted
    when the echo's delay shows that it has to be.
    """

    def __init__(self) -> None:
        self._ring = np.zeros(_KEPT_SAMPLES, np.int16)
        self._written = 0
        self._lag: int | None = None
        """Microphone's place minus the place of what is played with it."""
        self._ahead = 0
        """Samples that were played and are not yet wanted."""
        self.set_rate(MIC_RATE_HZ)

    def set_rate(self, rate_hz: int) -> None:
        """The speaker's; also when another speaker takes over."""
        self._resampler = StreamResampler(rate_hz, MIC_RATE_HZ)
        self._lag = None

    def restart(self) -> None:
        """Another stream of a microphone begins, whose places count from 0."""
        self._lag = None

    def __call__(self, samples: Int16Array) -> None:
        """A block as it is handed to the speaker, silence included, mono at the speaker's rate."""
        ready = self._resampler.feed(samples)[-_KEPT_SAMPLES:]
        places = np.arange(self._written, self._written + len(ready)) % _KEPT_SAMPLES
        self._ring[places] = ready
        self._written += len(ready)

    def is_there(self, mic_place: int) -> bool:
        """Whether the block that belongs beside this place of the microphone has been played."""
        return self._lag is None or mic_place - self._lag + BLOCK_SAMPLES <= self._written

    def beside(self, mic_place: int) -> Int16Array:
        """The block that belongs beside the microphone's block at this place."""
        if self._lag is None:
            if not self._written:
                return np.zeros(BLOCK_SAMPLES, np.int16)
            self._lag = mic_place + BLOCK_SAMPLES + _SPARE_SAMPLES - self._written
        first = mic_place - self._lag
        if (late := first + BLOCK_SAMPLES - self._written) > 0:
            # The speaker's blocks come later than they did: everything is laid later from now on.
            self._lag += late + _SPARE_SAMPLES
            first = mic_place - self._lag
        self._ahead = self._written - first - BLOCK_SAMPLES
        if first < max(0, self._written - _KEPT_SAMPLES):
            return np.zeros(BLOCK_SAMPLES, np.int16)
        return self._ring[np.arange(first, first + BLOCK_SAMPLES) % _KEPT_SAMPLES]

    def shift(self, samples: int) -> bool:
        """Lay it later (negative: earlier, as far as it is there) against the microphone; False when it can't be."""
        samples = max(samples, min(0, BLOCK_SAMPLES - self._ahead))
        if self._lag is None or not samples:
            return False
        self._lag += samples
        return True
