"""The doctor on the microphone's level and on echo: made-up rooms, and real PortAudio streams where there are any."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.engines import LoudBlocks
from tests.rig import SoundCard
from voice_agent.audio.echo import Echo, find_echo, sweep
from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.doctor.findings import Verdict
from voice_agent.doctor.sound import judged, judged_echo
from voice_agent.settings import Duplex

RANDOM = np.random.default_rng(3)


def noise(dbfs: float, seconds: float = 3.0) -> Int16Array:
    size = 32767 * 10 ** (dbfs / 20)
    return RANDOM.normal(0, size, round(seconds * MIC_RATE_HZ)).clip(-32768, 32767).astype(np.int16)


def with_speech(room: Int16Array, dbfs: float) -> Int16Array:
    """A second of a loud voice in it."""
    spoken = room.astype(np.float64)
    t = np.arange(MIC_RATE_HZ) / MIC_RATE_HZ
    spoken[MIC_RATE_HZ : 2 * MIC_RATE_HZ] += 32767 * 10 ** (dbfs / 20) * np.sqrt(2) * np.sin(2 * np.pi * 200 * t)
    return spoken.clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize(
    ("heard", "verdict", "told"),
    [
        (noise(-65), Verdict.OK, "dBFS; nobody spoke"),
        (with_speech(noise(-65), -22), Verdict.OK, "dBFS, speech -22 dBFS"),
        (with_speech(noise(-26.5), -20), Verdict.WARNING, "look for a quieter place"),
        (with_speech(noise(-65), 6), Verdict.WARNING, "turn its level down"),
        (np.full(48_000, -1, np.int16), Verdict.FAILED, "it sends no sound at all"),
        (RANDOM.integers(-1, 2, 48_000, np.int16), Verdict.FAILED, "it sends no sound at all"),
        (np.zeros(0, np.int16), Verdict.FAILED, "it sends no sound at all"),
    ],
)
def test_a_microphone_is_judged_by_room_and_speech(heard: Int16Array, verdict: Verdict, told: str) -> None:
    found = judged(heard, LoudBlocks())
    assert found.verdict is verdict
    assert told in f"{found.told}; {found.cure}"
    assert found.is_needed is (verdict is Verdict.FAILED)


def room(level_db: float, delay_s: float, noise_dbfs: float) -> Int16Array:
    """What a microphone hears of the sweep, with a reflection of the wall."""
    heard = noise(noise_dbfs, 2.0).astype(np.float64)
    sent, place = sweep(MIC_RATE_HZ) * 10 ** (level_db / 20), round(delay_s * MIC_RATE_HZ)
    heard[place : place + len(sent)] += sent
    heard[place + 300 : place + 300 + len(sent)] += 0.4 * sent
    return heard.clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("level_db", [-3.0, -20.0, -40.0])
@pytest.mark.parametrize("noise_dbfs", [-70.0, -50.0])
def test_an_echo_is_measured_in_level_and_delay(level_db: float, noise_dbfs: float) -> None:
    found = find_echo(room(level_db, 0.72, noise_dbfs))
    assert found is not None
    assert found.level_db == pytest.approx(level_db, abs=1.5)
    assert found.place == pytest.approx(0.72 * MIC_RATE_HZ, abs=2)


@pytest.mark.parametrize(
    "heard",
    [noise(-70), noise(-30), with_speech(noise(-60), -20), np.zeros(48_000, np.int16), np.zeros(10, np.int16)],
    ids=["quiet", "loud", "speech", "nothing", "too short"],
)
def test_no_echo_is_found_where_there_is_none(heard: Int16Array) -> None:
    assert find_echo(heard) is None


def test_an_echo_is_no_fault_but_something_for_the_canceller_or_for_half_duplex() -> None:
    echo = Echo(-24.0, 9_600)
    half, unset = (judged_echo(echo, 8_000, duplex) for duplex in (Duplex.HALF, None))
    assert (half.verdict, unset.verdict) == (Verdict.OK, Verdict.OK)
    assert "at -24 dB, 100 ms after it was sent; so it rests" in half.told
    assert unset.told.endswith("the echo canceller has to take it out")
    assert judged_echo(None, 0, None).verdict is Verdict.OK


@pytest.mark.xdist_group("sound card")
def test_a_real_microphone_and_its_echo_are_measured(sound_card: SoundCard, tmp_path: Path) -> None:
    """A silent microphone first; then one with hiss, into which the sound server plays the speaker back."""
    hiss = tmp_path / "hiss.wav"
    soundfile.write(hiss, RANDOM.normal(0, 0.002, 60 * 16_000), 16_000)
    code = """
import json, subprocess, sys
from voice_agent.audio.webrtc_activity import WebrtcActivity, WebrtcOptions
from voice_agent.doctor import sound
from voice_agent.settings import Duplex
sound.LISTENED_S = 1.0
finding, mic, speaker = sound.devices(None, None)
activity = WebrtcActivity(WebrtcOptions())
told = [finding.told, sound.microphone(mic, activity, ready=lambda: None).told]
told.append(sound.echo(mic, speaker, Duplex.HALF).told)
playing = subprocess.Popen(["paplay", "--device=micsink", sys.argv[1]])
subprocess.run(["pactl", "load-module", "module-loopback", "source=spk.monitor", "sink=micsink", "latency_msec=60"],
               check=True, stdout=subprocess.DEVNULL)
told.append(sound.microphone(mic, activity, ready=lambda: None).told)
told.append(sound.echo(mic, speaker, Duplex.HALF).told)
cancelled = sound.canceller(mic, speaker)
told += [cancelled.verdict.value, cancelled.told]
playing.terminate()
print(json.dumps(told))
"""
    ran = sound_card.python(code, str(hiss))
    assert ran.returncode == 0, ran.stderr
    found, silent, no_echo, hissing, echo, verdict, cancelled = json.loads(ran.stdout)
    assert "speaker default" in found
    assert silent == "it sends no sound at all"
    assert no_echo.startswith("the microphone does not hear the speaker")
    assert hissing.startswith("room -5"), "hiss of 0.002 is -54 dBFS"
    assert "the microphone hears the speaker at" in echo
    assert verdict == "ok", cancelled
    assert "dB softer after it" in cancelled
