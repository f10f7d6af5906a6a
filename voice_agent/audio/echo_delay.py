"""How late the loudspeaker comes back through the microphone, followed while both run.

Cross-correlation with whitened spectra, which sharpens the peak of a voice in a room. Source: C. Knapp and G. Carter,
"The generalized correlation method for estimation of time delay" (1976), the phase transform.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, MIC_RATE_HZ, Int16Array

WINDOW_S = 2.0
"""A few words: less tells nothing in a noisy room, more follows a change too slowly."""
EVERY_S = 0.5
EARLIEST_S, LATEST_S = -0.2, 1.0
"""An echo before its own sound shows that the streams slipped; Bluetooth loudspeakers are half a second late."""
PLAYS_DBFS = -50.0
"""Level from which something sounds."""
_THIN = 4
"""The delay is looked for at 4 kHz: a quarter of a millisecond is more exact than a canceller needs."""
_RATE_HZ = MIC_RATE_HZ // _THIN
_LEAST_PEAK = 7.0
"""Times the correlation's own spread; a voice that is not the loudspeaker's stays under 5."""
_SEGMENT = 512
_AGREE_S = 0.004
_LEAST_SOUNDING = 0.3
"""Of the window something must sound."""


class EchoDelay:
    """Block by block; `seconds` is the delay of the echo behind what is given as played, None until it is sure."""

    def __init__(self) -> None:
        blocks = round(WINDOW_S / BLOCK_S)
        self._played: deque[Int16Array] = deque(maxlen=blocks)
        self._heard: deque[Int16Array] = deque(maxlen=blocks)
        self._sounding: deque[bool] = deque(maxlen=blocks)
        self._since = 0
        self._last_s: float | None = None
        self.seconds: float | None = None

    def block(self, played: Int16Array, heard: Int16Array, *, sounds: bool) -> bool:
        """One block of 20 ms each, 16 kHz; whether the delay was found anew."""
        self._played.append(played)
        self._heard.append(heard)
        self._sounding.append(sounds)
        self._since += 1
        if self._since * BLOCK_S < EVERY_S or sum(self._sounding) < _LEAST_SOUNDING * (self._sounding.maxlen or 0):
            return False
        self._since = 0
        found = delay_s(np.concatenate(self._played), np.concatenate(self._heard))
        agrees = found is not None and self._last_s is not None and abs(found - self._last_s) < _AGREE_S
        self._last_s = found
        if agrees:
            self.seconds = found
        return agrees

    def reset(self) -> None:
        """The streams were shifted against each other."""
        self._played.clear()
        self._heard.clear()
        self._sounding.clear()
        self._last_s = self.seconds = None


def delay_s(played: Int16Array, heard: Int16Array) -> float | None:
    """Of the echo of one recording in another of the same length, 16 kHz; None where there is no clear one."""
    one, other = _thinned(played), _thinned(heard)
    size = 1 << (2 * len(one)).bit_length()
    cross = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    likeness = np.fft.irfft(cross / (np.abs(cross) + 1e-9 * np.abs(cross).max(initial=0.0) + 1e-9), size)
    early = round(-EARLIEST_S * _RATE_HZ)
    near = np.abs(np.concatenate([likeness[-early:], likeness[: round(LATEST_S * _RATE_HZ)]]))
    place = int(np.argmax(near))
    if near[place] < _LEAST_PEAK * float(np.sqrt(np.mean(near**2))):
        return None
    return (place - early) / _RATE_HZ


def share_of(played: Int16Array, heard: Int16Array, late_s: float) -> float:
    """How much of the energy of what is heard can be made from what was played `late_s` before, in [0, 1].

    Coherence of the two, weighted by the energy at each frequency. Source: G. Carter, "Coherence and time delay
    estimation" (1987). Both of the same length, 16 kHz.
    """
    late = round(late_s * MIC_RATE_HZ)
    if abs(late) > len(played) - 4 * _SEGMENT:
        return 0.0
    one, other = (played[: len(played) - late], heard[late:]) if late >= 0 else (played[-late:], heard[:late])
    window = np.hanning(_SEGMENT)
    places = np.arange(0, len(one) - _SEGMENT, _SEGMENT // 2)[:, np.newaxis] + np.arange(_SEGMENT)
    far, near = (np.fft.rfft(side[places] * window, axis=1) for side in (one, other))
    cross = np.abs(np.sum(near * np.conj(far), axis=0)) ** 2
    far_energy, near_energy = (np.sum(np.abs(side) ** 2, axis=0) for side in (far, near))
    explained = np.sum(cross / (far_energy + 1.0))
    return float(explained / (np.sum(near_energy) + 1.0))


def _thinned(samples: Int16Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    whole = samples[: len(samples) // _THIN * _THIN].astype(np.float64)
    return np.asarray(whole.reshape(-1, _THIN).mean(axis=1))
