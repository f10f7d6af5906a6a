"""Sounds that come while the partner speaks: made-up noises, listening sounds, and speech cut at its onset."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled, to_mono_int16
from voice_agent.catalog.voices import load_voice
from voice_agent.pipeline.stages import open_voice
from voice_agent.scenario import Scenario
from voice_agent.speech.protocols import Delivery, Synthesizer

Floats = npt.NDArray[np.float64]
VOICES = ("flite-slt", "flite-rms", "espeak-us-woman")
LISTENING = ("mm hm", "uh huh", "yeah", "okay", "right", "hmm", "I see")
INTERRUPTING = (
    "wait please let me finish",
    "No. That is not what I said.",
    "Can I say something?",
    "Stop.",
    "I hear you, but listen",
    "Sorry, but you agreed to this",
    "Hold on a second",
)
SPEECH_DBFS = -24.0
"""RMS of the spoken part: somebody before a laptop."""


def spoken(scenario: Scenario, lines: tuple[str, ...]) -> Iterator[tuple[str, Int16Array]]:
    """Each line by each voice that works here, at 16 kHz, from its first sound on."""
    for name in VOICES:
        opened, _ = open_voice(scenario, [load_voice(name)], keep_order=True, options={})
        if opened is not None:
            for line in lines:
                yield f"{name}: {line}", level(from_onset(synthesized(opened[1], line)))


def synthesized(voice: Synthesizer, text: str) -> Int16Array:
    blocks = [block.samples for block in voice.speak(text, Delivery(), threading.Event())]
    return resampled(np.concatenate(blocks), voice.sample_rate_hz, MIC_RATE_HZ)


def recorded(folder: Path) -> Iterator[tuple[str, Int16Array]]:
    """Real voices: each WAV from its first sound on, and from after each pause of 0.2 s in it."""
    for path in sorted(folder.glob("*.wav")):
        samples, rate_hz = soundfile.read(path, dtype="int16")
        sound = resampled(to_mono_int16(samples), rate_hz, MIC_RATE_HZ)
        loud = _loud(sound)
        still = 0
        for place, is_loud in enumerate(loud):
            if is_loud and (still >= 18 or place == int(np.argmax(loud))) and (len(loud) - place) > 100:
                yield f"{path.stem} at {place / 100:.2f} s", level(sound[place * 160 :][: 3 * MIC_RATE_HZ])
            still = 0 if is_loud else still + 1


def from_onset(sound: Int16Array) -> Int16Array:
    """Without the silence before it."""
    return sound[int(np.argmax(_loud(sound))) * 160 :]


def level(sound: Int16Array) -> Int16Array:
    """Speech at its usual loudness."""
    loud = sound[: len(sound) // 160 * 160].reshape(-1, 160)[_loud(sound)].astype(np.float64)
    gain = 32768 * 10 ** (SPEECH_DBFS / 20) / np.sqrt(np.mean(loud**2))
    levelled: Int16Array = (sound * gain).clip(-32768, 32767).astype(np.int16)
    return levelled


def _loud(sound: Int16Array) -> npt.NDArray[np.bool_]:
    """For each 10 ms: within 30 dB of the loudest."""
    energy = np.square(sound[: len(sound) // 160 * 160].reshape(-1, 160), dtype=np.float64).mean(axis=1)
    return np.asarray(energy > energy.max() / 1000)


def noises(random: np.random.Generator) -> Iterator[tuple[str, Int16Array]]:
    """Five of each kind; all made up: bursts of shaped noise, no recordings."""
    for kind, make in (
        ("cough", _cough),
        ("cough with a voice in it", _voiced_cough),
        ("clap", _claps),
        ("door", _door),
        ("breath", _breath),
        ("keys", _keys),
    ):
        for count in range(5):
            sound = make(random)
            yield f"{kind} {count}", (12_000 * sound / np.abs(sound).max()).astype(np.int16)


def _time(seconds: float) -> Floats:
    return np.arange(round(seconds * MIC_RATE_HZ)) / MIC_RATE_HZ


def _burst(random: np.random.Generator, seconds: float, decay_s: float) -> Floats:
    t = _time(seconds)
    return np.asarray(random.normal(0, 1, len(t)) * np.exp(-t / decay_s))


def _formants(sound: Floats, random: np.random.Generator) -> Floats:
    frequencies = np.fft.rfftfreq(len(sound), 1 / MIC_RATE_HZ)
    throat = sum(
        gain * np.exp(-0.5 * ((frequencies - centre) / width) ** 2)
        for centre, width, gain in ((random.uniform(400, 800), 200, 1.0), (1500, 400, 0.7), (3000, 800, 0.4))
    )
    return np.fft.irfft(np.fft.rfft(sound) * throat, len(sound))


def _cough(random: np.random.Generator) -> Floats:
    parts = []
    for _ in range(random.integers(1, 4)):
        sound = _burst(random, random.uniform(0.18, 0.32), random.uniform(0.05, 0.1))
        parts += [_formants(sound, random), np.zeros(round(random.uniform(0.08, 0.2) * MIC_RATE_HZ))]
    return np.concatenate(parts)


def _voiced_cough(random: np.random.Generator) -> Floats:
    """A burst, then 100 ms of the vocal folds."""
    burst = _formants(_burst(random, 0.12, 0.05), random)
    t = _time(0.1)
    pitch_hz = random.uniform(120, 260)
    voice = _formants(np.sign(np.sin(2 * np.pi * pitch_hz * t)) * np.exp(-t / 0.06), random)
    return np.concatenate([burst / np.abs(burst).max(), 0.6 * voice / np.abs(voice).max()])


def _claps(random: np.random.Generator) -> Floats:
    return np.concatenate([_burst(random, 0.25, 0.015) for _ in range(random.integers(1, 5))])


def _door(random: np.random.Generator) -> Floats:
    t = _time(0.4)
    return np.asarray(np.sin(2 * np.pi * 90 * t) * np.exp(-t / 0.08) + 0.4 * _burst(random, 0.4, 0.02))


def _breath(random: np.random.Generator) -> Floats:
    t = _time(0.7)
    return np.asarray(0.2 * random.normal(0, 1, len(t)) * np.sin(np.pi * t / t[-1]))


def _keys(random: np.random.Generator) -> Floats:
    return np.concatenate(
        [
            np.concatenate([_burst(random, 0.02, 0.004), np.zeros(round(random.uniform(0.08, 0.2) * MIC_RATE_HZ))])
            for _ in range(6)
        ]
    )
