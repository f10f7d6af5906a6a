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

from tests.rig import START, STOP, SoundCard
from tests.scenes import SITUATION

pytestmark = pytest.mark.xdist_group("sound card")

SETUP = """
import asyncio, json, subprocess, sys, numpy as np
from contextlib import aclosing
from voice_agent.audio.devices import find_device, refresh
from voice_agent.audio.device_microphone import DeviceMicrophone
from voice_agent.audio.device_speaker import DeviceSpeaker
from voice_agent.clock import SystemClock
from voice_agent.errors import EngineError, UserError
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


def test_speech_is_heard_whole_and_clear_is_silence_within_150_ms(sound_card: SoundCard, tmp_path: Path) -> None:
    """One second is played to its end; then a tone of 24 s, longer than the queue, is cut after 0.7 s of it."""
    wav = tmp_path / "heard.wav"
    with sound_card.hearing(wav):
        ran = sound_card.python(
            SETUP
            + """
async def main():
    one = await speaker()
    for part in np.array_split(tone(one, 1), 15):
        await one.write(part)
    await one.drained()
    before = one.heard_samples()
    await asyncio.sleep(0.3)
    writing = asyncio.create_task(one.write(tone(one, 24)))
    while one.heard_samples() < before + 0.7 * one.sample_rate_hz:
        await asyncio.sleep(0.002)
    writing.cancel()
    heard = one.clear()
    queued = one.queued_samples()
    await asyncio.sleep(0.4)
    print(json.dumps([before, heard - before, queued, one.heard_samples() - heard, one.sample_rate_hz]))
    await one.close()
asyncio.run(main())
"""
        )
    assert ran.returncode == 0, ran.stderr
    first, second, queued, after_clear, rate = json.loads(ran.stdout)
    assert first == rate
    assert queued == after_clear == 0
    spans = loud_spans(wav)
    assert len(spans) == 2, spans
    (begin, end), (cut_begin, cut_end) = spans
    assert end - begin == pytest.approx(1.0, abs=0.06)
    sound, hertz = soundfile.read(wav)
    middle = sound[round((begin + 0.25) * hertz) : round((begin + 0.75) * hertz)]
    assert np.argmax(np.abs(np.fft.rfft(middle))) * hertz / len(middle) == pytest.approx(440, abs=3)
    # Before it less than the fade could have been lost, after it comes what the device already held.
    assert second / rate - 0.06 < cut_end - cut_begin < second / rate + 0.15


def test_the_microphone_hears_what_is_said(sound_card: SoundCard, tmp_path: Path) -> None:
    """A second program plays noise into the microphone: it comes out once, whole, in time."""
    talk = tmp_path / "talk.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    soundfile.write(talk, noise, 16_000)
    ran = sound_card.python(
        SETUP
        + """
async def main():
    mic = DeviceMicrophone(find_device("PULS", "input"))
    playing, parts = None, []
    async with aclosing(mic.blocks()) as blocks:
        async for block in blocks:
            assert block.samples.shape == (320,) and block.samples.dtype == np.int16
            assert block.start_sample == 320 * len(parts)
            playing = playing or subprocess.Popen(["paplay", "--device=micsink", sys.argv[1]])
            parts.append(block.samples)
            if len(parts) == 100:
                break
    playing.wait()
    np.save(sys.argv[2], np.concatenate(parts))
    print(mic.dropped_blocks)
asyncio.run(main())
""",
        str(talk),
        str(tmp_path / "heard.npy"),
    )
    assert ran.returncode == 0, ran.stderr
    heard = np.load(tmp_path / "heard.npy") / 32767
    likeness = np.correlate(heard, noise, "valid")
    start = int(np.argmax(likeness))
    part = heard[start : start + len(noise)]
    # Resampling to the device's rate and back loses the highest frequencies of noise.
    assert likeness[start] / np.sqrt(np.sum(part**2) * np.sum(noise**2)) > 0.9
    assert ran.stdout.strip() == "0"


def test_a_lost_device_is_an_error_and_can_be_opened_anew(sound_card: SoundCard) -> None:
    ran = sound_card.python(
        SETUP
        + """
start, stop = json.loads(sys.argv[1])
async def listen(until_block):
    mic = DeviceMicrophone(find_device(None, "input"))
    async with aclosing(mic.blocks()) as blocks:
        async for block in blocks:
            if block.start_sample >= 320 * until_block:
                return
            if block.start_sample == 320 * 10 and until_block > 100:
                await asyncio.to_thread(subprocess.run, stop)
async def main():
    one = await speaker()
    await one.write(tone(one, 5))
    for waiting in (listen(1000), one.drained(), one.write(tone(one, 1))):
        try:
            await asyncio.wait_for(waiting, 8)
        except EngineError as error:
            print(error)
    await one.close()
    await asyncio.to_thread(subprocess.run, start, check=True)
    refresh()
    await asyncio.wait_for(listen(25), 8)
    one = await speaker()
    await one.write(tone(one, 0.2))
    await asyncio.wait_for(one.drained(), 8)
    print(one.heard_samples() / one.sample_rate_hz)
    await one.close()
asyncio.run(main())
""",
        json.dumps([START, STOP]),
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "microphone: default is gone; plug it in again or choose another microphone",
        *["speaker: default is gone; plug it in again or choose another speaker"] * 2,
        "0.2",
    ]


def test_open_devices_survive_a_look_for_new_ones(sound_card: SoundCard) -> None:
    ran = sound_card.python(
        SETUP
        + """
async def main():
    one, mic = await speaker(), DeviceMicrophone(find_device(None, "input"))
    await one.write(tone(one, 0.5))
    count = 0
    async with aclosing(mic.blocks()) as blocks:
        async for block in blocks:
            count += 1
            if count == 10:
                refresh()
            if count == 40:
                break
    await asyncio.wait_for(one.drained(), 8)
    print(count, one.heard_samples() / one.sample_rate_hz)
    await one.close()
asyncio.run(main())
"""
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["40", "0.5"]


def test_blocks_that_nobody_took_are_counted_and_leave_a_gap(sound_card: SoundCard) -> None:
    ran = sound_card.python(
        SETUP
        + """
from voice_agent.audio import device_microphone
device_microphone.CAPACITY_BLOCKS = 10
async def main():
    mic, places = DeviceMicrophone(find_device(None, "input")), []
    async with aclosing(mic.blocks()) as blocks:
        async for block in blocks:
            if len(places) == 10:
                await asyncio.sleep(0.6)
            places.append(block.start_sample)
            if len(places) == 40:
                break
    gaps = {b - a for a, b in zip(places, places[1:])} - {320}
    print(json.dumps([sorted(gaps), mic.dropped_blocks]))
asyncio.run(main())
"""
    )
    assert ran.returncode == 0, ran.stderr
    gaps, dropped = json.loads(ran.stdout)
    assert 10 < dropped < 40
    assert gaps == [(dropped + 1) * 320]


def test_a_device_is_chosen_by_number_or_by_any_part_of_its_name(sound_card: SoundCard) -> None:
    ran = sound_card.python(
        SETUP
        + """
pulse = find_device("pulse", "output")
print(find_device("PuLs", "output") == find_device(str(pulse.index), "output") == pulse, pulse.name)
for wanted in ("pulze", "ul", "99", "²"):
    try:
        print(find_device(wanted, "output"))
    except UserError as error:
        print(error)
"""
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == [
        "True pulse",
        'speaker "pulze" not found; did you mean "pulse"? (`voice-agent devices` lists them)',
        'speaker "ul" fits 2 devices; give its number; `voice-agent devices` lists them',
        "there is no speaker number 99; `voice-agent devices` lists them",
        'speaker "²" not found; choose one of: default, pulse (`voice-agent devices` lists them)',
    ]


@pytest.mark.parametrize("options", [(), ("--loudspeaker",)], ids=["half duplex", "echo canceller"])
def test_a_partner_on_a_loudspeaker_does_not_answer_itself(
    sound_card: SoundCard, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The speaker comes back into the microphone 12 dB softer, a tenth of a second later."""
    scenario = tmp_path / "dishes.yaml"
    line = "Look, I only just came in from work, and I am tired, and I do not want to talk about plates tonight."
    scenario.write_text(SITUATION.replace('opening: "Hey. What\'s up?"', f'opening: "{line} {line}"'))
    loopback = ["pactl", "load-module", "module-loopback", "source=spk.monitor", "sink=micsink", "latency_msec=80"]
    subprocess.run(loopback, env=sound_card.environment, check=True, capture_output=True)
    listed = ["pactl", "list", "short", "sink-inputs"]
    inputs = subprocess.run(listed, env=sound_card.environment, check=True, capture_output=True, text=True).stdout
    softer = ["pactl", "set-sink-input-volume", inputs.split()[0], "63%"]
    subprocess.run(softer, env=sound_card.environment, check=True)
    program = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "voice_agent",
            "practice",
            str(scenario),
            "--json",
            "--no-check-in",
            "--silence",
            "0",
            *options,
        ],
        env={**sound_card.environment, "VOICE_AGENT_HOME": str(tmp_path / "home")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen: list[dict[str, Any]] = []
    watchdog = threading.Timer(90, program.kill)
    watchdog.start()
    with program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        for out in program.stdout:
            event = json.loads(out)["event"]
            seen.append(event)
            if event["kind"] == "StateChanged" and event["state"] == "listening":
                program.stdin.write('{"command": "GiveUp"}\n')
                program.stdin.flush()
        errors = program.stderr.read()
    watchdog.cancel()
    assert program.returncode == 0, errors
    assert seen[0]["settings"]["duplex"] == ("full" if options else "half")
    kinds = [one["kind"] for one in seen]
    assert not {"Fault", "TurnHeard"} & set(kinds), seen
    # With the canceller, a sound server that stumbles may let a word through: then the partner halts and goes on.
    assert options or "PartnerInterrupted" not in kinds
    assert next(one for one in seen if one["kind"] == "PartnerSpoke")["complete"]


def test_alsa_writes_nothing_on_the_terminal(sound_card: SoundCard) -> None:
    ran = sound_card.python(
        "import ctypes\n"
        "from voice_agent.audio.devices import portaudio\n"
        "portaudio()\n"
        "handle = ctypes.c_void_p()\n"
        "print(ctypes.CDLL('libasound.so.2').snd_pcm_open(ctypes.byref(handle), b'no such card', 0, 0))"
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert int(ran.stdout) < 0


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
    seen: list[dict[str, Any]] = []
    speaking: subprocess.Popen[bytes] | None = None
    # A program that says nothing more is ended, and then fails the test by its exit code.
    watchdog = threading.Timer(40, program.kill)
    watchdog.start()
    with sound_card.hearing(heard), program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        for line in program.stdout:
            event = json.loads(line)["event"]
            seen.append(event)
            if event["kind"] == "StateChanged" and event["state"] == "listening":
                if speaking is None:
                    speaking = sound_card.talk(talk)
                else:
                    program.stdin.write('{"command": "End"}\n')
                    program.stdin.flush()
        errors = program.stderr.read()
    watchdog.cancel()
    assert program.returncode == 0, errors
    assert speaking is not None
    speaking.wait()
    turns = [event for event in seen if event["kind"] == "TurnHeard"]
    assert len(turns) == 1, seen
    assert turns[0]["text"]
    answered = [event for event in seen if event["kind"] == "PartnerSpoke"]
    assert [event["complete"] for event in answered] == [True, True]
    times = next(event for event in seen if event["kind"] == "TurnTimed")
    assert times["first_sample_s"] is not None
    assert len(loud_spans(heard)) >= 2, "the opening and the answer sounded"
