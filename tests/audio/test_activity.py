"""Voice activity: a voice is one also in a noisy room, and a room is none however loud."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.audio.signals import int16, tone
from voice_agent.audio.level import dbfs, rms
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ
from voice_agent.audio.webrtc_activity import SPEC, WebrtcActivity, WebrtcOptions

SPEECH = Path(os.environ.get("VOICE_AGENT_SPEECH", Path(__file__).resolve().parents[3] / "shared" / "audio"))
needs_speech = pytest.mark.skipif(
    not list(SPEECH.glob("sense*.wav")), reason="no real speech beside the project (VOICE_AGENT_SPEECH)"
)


def blocks_of(sound: Any) -> Any:
    return sound[: len(sound) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)


def judged(activity: WebrtcActivity, sound: Any) -> Any:
    return np.array([activity.is_speech(block) for block in blocks_of(sound)])


def white(seconds: float, level_dbfs: float) -> Any:
    noise = np.random.default_rng(0).normal(0, 1, int(seconds * MIC_RATE_HZ))
    return noise * 32768 * 10 ** (level_dbfs / 20)


def fan(seconds: float, level_dbfs: float) -> Any:
    """Pink noise: the low frequencies of fans and traffic, which the detector alone takes for speech."""
    spectrum = np.fft.rfft(white(seconds, 0))
    hertz = np.arange(len(spectrum)) / seconds
    spectrum[hertz < 20] = 0  # no microphone hears lower
    spectrum[hertz >= 20] /= np.sqrt(hertz[hertz >= 20])
    noise = np.fft.irfft(spectrum)
    return noise / np.std(noise) * 32768 * 10 ** (level_dbfs / 20)


def hum(seconds: float, level_dbfs: float) -> Any:
    """Mains hum with its overtones."""
    sound = sum(tone(seconds, MIC_RATE_HZ, 50 * k, 1 / k) for k in range(1, 8))
    return sound / np.std(sound) * 32768 * 10 ** (level_dbfs / 20)


def chord(seconds: float, level_dbfs: float) -> Any:
    """A held chord of an organ, swelling a little."""
    sound = sum(tone(seconds, MIC_RATE_HZ, hertz) for hertz in (220, 277, 330, 440))
    swell = 1 + 0.2 * np.sin(np.pi * np.arange(len(sound)) / MIC_RATE_HZ)
    return sound * swell / np.std(sound) * 32768 * 10 ** (level_dbfs / 20)


def test_silence_and_a_still_room_are_never_speech() -> None:
    for sound in (np.zeros(5 * MIC_RATE_HZ), white(5, -70)):
        assert not judged(SPEC.open(SPEC.options()), sound.astype(np.int16)).any()


@pytest.mark.parametrize("level_dbfs", [-50, -35, -20])
@pytest.mark.parametrize("source", [white, fan, hum, chord])
def test_a_constant_sound_is_no_speech_once_the_room_is_known(source: Any, level_dbfs: float) -> None:
    speech = judged(WebrtcActivity(WebrtcOptions()), source(8, level_dbfs).astype(np.int16))
    # A single block of noise may stand out; a turn takes several to begin.
    assert speech[round(1.1 / BLOCK_S) :].mean() < 0.01


@pytest.mark.parametrize("source", [fan, hum])
def test_a_fan_that_is_switched_on_counts_for_five_seconds_at_most(source: Any) -> None:
    activity = WebrtcActivity(WebrtcOptions())
    assert not judged(activity, white(5, -65).astype(np.int16)).any()
    assert not judged(activity, source(15, -35).astype(np.int16))[round(5 / BLOCK_S) :].any()


def test_when_the_fan_stops_the_floor_falls_at_once() -> None:
    activity = WebrtcActivity(WebrtcOptions())
    judged(activity, fan(5, -30).astype(np.int16))
    assert activity.floor_dbfs > -40
    judged(activity, white(0.6, -65).astype(np.int16))
    assert activity.floor_dbfs < -55


def test_a_new_stretch_of_listening_keeps_what_is_known_of_the_room() -> None:
    activity = WebrtcActivity(WebrtcOptions())
    judged(activity, hum(5, -30).astype(np.int16))
    floor = activity.floor_dbfs
    activity.reset()
    assert activity.floor_dbfs == floor
    assert not judged(activity, hum(1, -30).astype(np.int16)).any()


@needs_speech
@pytest.mark.parametrize(
    ("noise_db", "found", "mistaken"),
    [(None, 0.9, 0.35), (20, 0.85, 0.2), (10, 0.65, 0.1)],
    ids=["no noise", "20 dB under the voice", "10 dB under the voice"],
)
def test_real_speech_is_found_in_a_noisy_room(noise_db: float | None, found: float, mistaken: float) -> None:
    """Loud blocks of the clean recording are the voice; blocks 25 dB under its loudest are the pauses.

    The detector holds on for a few blocks after a word, and most pauses inside a sentence are short.
    """
    in_voice, in_pauses = [], []
    for path in sorted(SPEECH.glob("sense*.wav")):
        clean, rate = soundfile.read(path, dtype="int16")
        assert rate == MIC_RATE_HZ
        voice_dbfs = dbfs(rms(clean))
        noise = np.zeros(len(clean) + 3 * MIC_RATE_HZ)
        if noise_db is not None:
            noise = fan(len(noise) / MIC_RATE_HZ + 0.001, voice_dbfs - noise_db)[: len(noise)]
        sound = np.concatenate([np.zeros(3 * MIC_RATE_HZ), clean]) + noise
        heard = np.clip(sound, -32768, 32767).astype(np.int16)
        speech = judged(WebrtcActivity(WebrtcOptions()), heard)[round(3 / BLOCK_S) :]
        levels = np.array([dbfs(rms(block)) for block in blocks_of(clean)])
        is_voice = levels > levels.max() - 25
        in_voice.append(speech[is_voice])
        in_pauses.append(speech[~is_voice])
    assert np.concatenate(in_voice).mean() > found
    assert np.concatenate(in_pauses).mean() < mistaken


@needs_speech
def test_a_voice_is_noticed_within_a_fifth_of_a_second() -> None:
    clean, _ = soundfile.read(min(SPEECH.glob("sense*.wav")), dtype="int16")
    levels = np.array([dbfs(rms(block)) for block in blocks_of(clean)])
    onset = int(np.flatnonzero(levels > levels.max() - 25)[0])
    activity = WebrtcActivity(WebrtcOptions())
    judged(activity, white(3, -60).astype(np.int16))
    first = int(np.flatnonzero(judged(activity, clean))[0])
    assert abs(first - onset) * BLOCK_S < 0.2


def test_a_tone_that_is_as_loud_as_the_room_is_none() -> None:
    activity = WebrtcActivity(WebrtcOptions(above_floor_db=6))
    judged(activity, white(5, -40).astype(np.int16))
    quiet = int16(tone(1, MIC_RATE_HZ, 200, 0.01))
    assert not judged(activity, (quiet + white(1, -40)).astype(np.int16)).any()
