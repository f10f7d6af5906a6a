"""The real sound card path, through PortAudio and a sound server of the tests' own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.rig import SoundCard
from tests.scenes import SITUATION

pytestmark = pytest.mark.xdist_group("sound card")

OPEN_SPEAKER = """
import asyncio, sys, numpy as np
from voice_agent.audio.devices import find_device
from voice_agent.audio.device_speaker import DeviceSpeaker
from voice_agent.clock import SystemClock
async def speaker():
    one = DeviceSpeaker(find_device(None, "output"), SystemClock())
    await one.open()
    return one
def tone(one, seconds):
    t = np.arange(int(seconds * one.sample_rate_hz)) / one.sample_rate_hz
    return (9000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16)
"""


def loud_spans(wav: Path, *, block_s: float = 0.01) -> list[tuple[float, float]]:
    """[start, stop) in seconds of what is louder than -40 dBFS; gaps under 50 ms are closed."""
    sound, rate = soundfile.read(wav, dtype="float32")
    size = int(rate * block_s)
    rms = np.sqrt(np.mean(np.square(sound[: len(sound) // size * size].reshape(-1, size)), axis=1))
    spans: list[tuple[float, float]] = []
    for place in np.flatnonzero(rms > 0.01):
        start = float(place * block_s)
        if spans and start - spans[-1][1] < 0.05:
            spans[-1] = (spans[-1][0], start + block_s)
        else:
            spans.append((start, start + block_s))
    return spans


def test_what_is_played_is_heard_whole(sound_card: SoundCard, tmp_path: Path) -> None:
    wav = tmp_path / "heard.wav"
    recording = sound_card.hear(wav, 3.5)
    ran = sound_card.python(
        OPEN_SPEAKER
        + """
async def main():
    one = await speaker()
    for part in np.array_split(tone(one, 1.5), 15):
        await one.write(part)
    await one.drained()
    print(one.heard_samples() / one.sample_rate_hz, one.underruns)
    await one.close()
asyncio.run(main())
"""
    )
    recording.wait()
    assert ran.returncode == 0, ran.stderr
    heard_s = float(ran.stdout.split()[0])
    assert heard_s == pytest.approx(1.5, abs=0.02)
    spans = loud_spans(wav)
    assert len(spans) == 1, spans
    assert spans[0][1] - spans[0][0] == pytest.approx(1.5, abs=0.12)


def test_clear_is_silence_within_150_ms(sound_card: SoundCard, tmp_path: Path) -> None:
    """The tone would last 4 s; it is cleared after 1 s as the program counts what was heard."""
    wav = tmp_path / "heard.wav"
    recording = sound_card.hear(wav, 4)
    ran = sound_card.python(
        OPEN_SPEAKER
        + """
async def main():
    one = await speaker()
    await one.write(tone(one, 4))
    while one.heard_samples() < one.sample_rate_hz:
        await asyncio.sleep(0.002)
    heard = one.clear()
    await asyncio.sleep(1)
    print(heard / one.sample_rate_hz)
    await one.close()
asyncio.run(main())
"""
    )
    recording.wait()
    assert ran.returncode == 0, ran.stderr
    (start, stop) = loud_spans(wav)[0]
    assert stop - start < float(ran.stdout) + 0.15


def test_the_microphone_hears_what_is_said(sound_card: SoundCard, tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    rate = 44_100
    t = np.arange(rate) / rate
    soundfile.write(talk, (0.4 * np.sin(2 * np.pi * 500 * t)).astype(np.float32), rate)
    code = """
import asyncio, sys, subprocess, numpy as np
from contextlib import aclosing
from voice_agent.audio.devices import find_device
from voice_agent.audio.device_microphone import DeviceMicrophone
async def main():
    mic = DeviceMicrophone(find_device("pulse", "input"))
    playing, parts = None, []
    async with aclosing(mic.blocks()) as blocks:
        async for block in blocks:
            assert block.samples.shape == (320,) and block.samples.dtype == np.int16
            playing = playing or subprocess.Popen(["paplay", "--device=micsink", sys.argv[1]])
            parts.append(block.samples)
            if len(parts) == 125:
                break
    sound = np.concatenate(parts).astype(float)
    loud = np.flatnonzero(np.abs(sound) > 3000)
    span = (loud[-1] - loud[0]) / 16000
    middle = sound[loud[0] + 4000 : loud[0] + 12000]
    hertz = np.argmax(np.abs(np.fft.rfft(middle))) * 16000 / len(middle)
    print(span, hertz, mic.dropped_blocks)
asyncio.run(main())
"""
    ran = sound_card.python(code, str(talk))
    assert ran.returncode == 0, ran.stderr
    span, hertz, dropped = (float(number) for number in ran.stdout.split())
    assert span == pytest.approx(1.0, abs=0.05)
    assert hertz == pytest.approx(500, abs=3)
    assert dropped == 0


def test_unplugging_is_an_error_that_says_what_to_do(sound_card: SoundCard) -> None:
    code = """
import asyncio, subprocess
from contextlib import aclosing
from voice_agent.audio.devices import find_device
from voice_agent.audio.device_microphone import DeviceMicrophone
from voice_agent.errors import EngineError
async def main():
    mic = DeviceMicrophone(find_device(None, "input"))
    try:
        async with aclosing(mic.blocks()) as blocks:
            async for block in blocks:
                if block.start_sample == 320 * 20:
                    await asyncio.to_thread(subprocess.run, ["pulseaudio", "--kill"])
    except EngineError as error:
        print(error)
asyncio.run(main())
"""
    ran = sound_card.python(code)
    assert ran.returncode == 0, ran.stderr
    assert "is gone" in ran.stdout
    assert "choose another microphone" in ran.stdout


def test_an_unknown_device_is_named_with_the_nearest(sound_card: SoundCard) -> None:
    code = "from voice_agent.cli.main import run; import sys; sys.argv = ['voice-agent', 'voices', 'play', 'espeak-us-man', '--speaker', 'pulze']; run()"
    ran = sound_card.python(code)
    assert ran.returncode == 2
    assert ran.stderr.strip() == 'speaker "pulze" not found; did you mean "pulse"?'


def test_a_whole_turn_runs_through_the_sound_card(sound_card: SoundCard, tmp_path: Path) -> None:
    """A person (a WAV) speaks into the microphone; the program hears the turn and its answer comes out."""
    scenario = tmp_path / "dishes.yaml"
    scenario.write_text(SITUATION)
    talk = tmp_path / "talk.wav"
    say = sound_card.python(
        "from voice_agent.cli.main import run; import sys; sys.argv = ['voice-agent', 'voices', 'play', 'espeak-us-man',"
        f" 'would you please wash your dishes the same evening', '--speaker', {str(talk)!r}]; run()"
    )
    assert say.returncode == 0, say.stderr
    heard = tmp_path / "heard.wav"
    program = subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "practice", str(scenario), "--json", "--no-check-in"],
        env={**sound_card.environment, "VOICE_AGENT_HOME": str(tmp_path / "home")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    recording = sound_card.hear(heard, 12)
    seen: list[dict[str, Any]] = []
    watchdog = threading.Timer(60, program.kill)
    watchdog.start()
    listening = 0
    speaking: subprocess.Popen[bytes] | None = None
    for line in program.stdout:
        event = json.loads(line)["event"]
        seen.append(event)
        if event["kind"] == "StateChanged" and event["state"] == "listening":
            listening += 1
            if listening == 1:
                speaking = sound_card.talk(talk)
            else:
                program.stdin.write('{"command": "End"}\n')
                program.stdin.flush()
    watchdog.cancel()
    errors = program.stderr.read() if program.stderr else ""
    code = program.wait(10)
    for pipe in (program.stdin, program.stdout, program.stderr):
        if pipe is not None:
            pipe.close()
    recording.wait()
    if speaking is not None:
        speaking.wait()
    assert code == 0, (errors, seen)
    turns = [event for event in seen if event["kind"] == "TurnHeard"]
    assert len(turns) == 1, seen
    assert turns[0]["text"]
    answered = [event for event in seen if event["kind"] == "PartnerSpoke"]
    assert [event["complete"] for event in answered] == [True, True]
    times = next(event for event in seen if event["kind"] == "TurnTimed")
    assert times["first_sample_s"] is not None
    assert len(loud_spans(heard)) >= 2, "the opening and the answer sounded"
