"""How loudly, and how late, a microphone hears the loudspeaker: a short sweep is played and looked for.

The sweep is found by its matched filter (cross-correlation), which holds in noise and tells the delay to a sample.
Source: A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique" (2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array

SWEEP_S = 0.3
_FROM_HZ, _TO_HZ = 500.0, 3_500.0
"""What small loudspeakers play and every microphone hears."""
_AMPLITUDE = 0.25
"""Of full scale: as loud as a partner speaks."""
_FADE_S = 0.02
_LEAST_PEAK = 8.0
"""Times the usual size of the correlation; noise alone stays under 6 over some seconds."""
_LEAST_SHARE = 0.15
"""Of what is heard at that place must be the sweep: the edges of a loud voice are not."""


@dataclass(frozen=True, slots=True)
class Echo:
    level_db: float
    """What comes in against what was sent, digital to digital; 0 for a wire, -30 a usual laptop."""
    place: int
    """Sample of the recording, at 16 kHz, at which the sweep begins."""


def sweep(rate_hz: int) -> Int16Array:
    """The test sound, mono."""
    t = np.arange(round(SWEEP_S * rate_hz)) / rate_hz
    phase = 2 * np.pi * (_FROM_HZ * t + (_TO_HZ - _FROM_HZ) * t**2 / (2 * SWEEP_S))
    fade = np.minimum(1.0, np.minimum(t, SWEEP_S - t) / _FADE_S)
    return (32767 * _AMPLITUDE * np.maximum(0.0, fade) * np.sin(phase)).astype(np.int16)


MURMUR_S = 4.0
"""A canceller that works has settled after less than two."""


def murmur(rate_hz: int) -> Int16Array:
    """A canceller's test sound, mono: noise with the spectrum and the syllables of a voice, at -26 dBFS."""
    count = round(MURMUR_S * rate_hz)
    t = np.arange(count) / rate_hz
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(0, 1, count))
    frequencies = np.fft.rfftfreq(count, 1 / rate_hz)
    # Flat to 500 Hz, then 9 dB an octave down; nothing below what small loudspeakers play.
    spectrum *= (frequencies > 100) / (1 + (frequencies / 500) ** 1.5)
    voice = np.fft.irfft(spectrum, count) * (0.15 + np.sin(np.pi * 4 * t) ** 2) * np.minimum(1.0, t / _FADE_S)
    voice *= 10 ** (-26 / 20) / np.sqrt(np.mean(voice**2))
    return (32767 * voice).clip(-32768, 32767).astype(np.int16)


def find_echo(heard: Int16Array) -> Echo | None:
    """The sweep in a recording at 16 kHz; None when it is not in it."""
    sent = sweep(MIC_RATE_HZ).astype(np.float64)
    if len(heard) <= len(sent):
        return None
    size = 1 << (len(heard) + len(sent)).bit_length()
    spectrum = np.fft.rfft(heard.astype(np.float64), size) * np.conj(np.fft.rfft(sent, size))
    likeness = np.abs(np.fft.irfft(spectrum, size)[: len(heard) - len(sent)])
    place = int(np.argmax(likeness))
    usual = float(np.median(likeness))
    energy = float(np.sum(np.square(heard[place : place + len(sent)], dtype=np.float64)))
    share = float(likeness[place]) / math.sqrt(max(1.0, energy) * float(sent @ sent))
    if likeness[place] < _LEAST_PEAK * max(usual, 1.0) or share < _LEAST_SHARE:
        return None
    gain = float(likeness[place]) / float(sent @ sent)
    return Echo(round(20 * math.log10(gain), 1), place)
