"""Any sample rate, channel count and sample format to what a stage wants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import Int16Array

_EMPTY = np.zeros(0, np.int16)


def to_mono_int16(samples: npt.NDArray[np.generic]) -> Int16Array:
    """Shape (n,) or (n, channels), int16 or float in [-1, 1] (beyond it clips), to mono int16 by the mean."""
    scale = 1.0 if samples.dtype == np.int16 else 32767.0
    # A broken float file may hold NaN, which has no integer, and numbers that overflow.
    mixed = np.clip(np.nan_to_num(samples.astype(np.float32)), -32768 / scale, 32767 / scale)
    if mixed.ndim == 2:
        mixed = mixed.mean(axis=1)
    mono: Int16Array = np.rint(mixed * scale).astype(np.int16)
    return mono


class StreamResampler:
    """Mono int16 from one rate to another, piece by piece, without clicks between pieces (soxr)."""

    def __init__(self, from_hz: float, to_hz: float) -> None:
        self._stream = None
        if from_hz != to_hz:
            import soxr  # 10 ms

            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="HQ")

    def feed(self, samples: Int16Array) -> Int16Array:
        """What is ready; the resampler keeps up to 25 ms back (measured, 48 and 44.1 to 16 kHz)."""
        if self._stream is None:
            return samples
        ready: Int16Array = self._stream.resample_chunk(samples)
        return ready

    def finish(self) -> Int16Array:
        """What was kept back; ends the stream."""
        if self._stream is None:
            return _EMPTY
        rest: Int16Array = self._stream.resample_chunk(_EMPTY, last=True)
        return rest


def resampled(samples: Int16Array, from_hz: float, to_hz: float) -> Int16Array:
    """A whole recording at another rate."""
    stream = StreamResampler(from_hz, to_hz)
    return np.concatenate([stream.feed(samples), stream.finish()])
