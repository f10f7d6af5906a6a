"""Speakers without a sound card: nobody waits for ever, cuts do not click, files survive their program."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.signals import int16, ticking, tone
from voice_agent.audio.paced_speaker import FileSpeaker, SilentSpeaker
from voice_agent.audio.protocols import QUEUE_S, Int16Array
from voice_agent.errors import EngineError, UserError


async def test_a_cut_fades_and_what_fades_is_not_counted() -> None:
    blocks: list[Int16Array] = []
    async with ticking() as clock:
        speaker = SilentSpeaker(clock, tap=blocks.append)
        await speaker.open()
        await speaker.write(np.full(speaker.sample_rate_hz, 10_000, np.int16))
        await clock.sleep(0.5)
        heard = speaker.clear()
        await clock.sleep(0.1)
        assert speaker.heard_samples() == heard
        await speaker.close()
    sound = np.concatenate(blocks).astype(int)
    fade = sound[heard : heard + round(0.006 * speaker.sample_rate_hz)]
    assert np.abs(np.diff(fade)).max() < 200, "no step louder than -44 dBFS"
    assert fade[0] == 10_000
    assert not sound[heard + len(fade) :].any()


async def test_what_is_written_after_a_cut_sounds_whole() -> None:
    blocks: list[Int16Array] = []
    async with ticking() as clock:
        speaker = SilentSpeaker(clock, tap=blocks.append)
        await speaker.open()
        await speaker.write(np.full(50_000, 10_000, np.int16))
        await clock.sleep(0.5)
        heard = speaker.clear()
        await speaker.write(np.full(5_000, 77, np.int16))
        assert speaker.queued_samples() == 5_000
        await speaker.drained()
        assert speaker.heard_samples() == heard + 5_000
        await speaker.close()
    assert np.count_nonzero(np.concatenate(blocks) == 77) == 5_000


async def test_writing_waits_while_the_queue_is_full_and_goes_on_after_a_cut() -> None:
    async with ticking() as clock:
        speaker = SilentSpeaker(clock)
        await speaker.open()
        await speaker.write(np.zeros(round((QUEUE_S + 5) * speaker.sample_rate_hz), np.int16))
        await speaker.write(np.zeros(10, np.int16))
        assert clock.now_s() == pytest.approx(5, abs=0.05)
        await speaker.write(np.zeros(round(5 * speaker.sample_rate_hz), np.int16))
        writing = asyncio.create_task(speaker.write(np.zeros(10, np.int16)))
        await clock.sleep(0.5)
        assert not writing.done()
        speaker.clear()
        await writing
        assert clock.now_s() < 6
        await speaker.close()


async def test_closing_ends_every_wait() -> None:
    async with ticking() as clock:
        speaker = SilentSpeaker(clock)
        await speaker.open()
        await speaker.write(np.zeros(round(QUEUE_S * speaker.sample_rate_hz) + 1, np.int16))
        draining = asyncio.create_task(speaker.drained())
        writing = asyncio.create_task(speaker.write(np.zeros(10, np.int16)))
        await clock.sleep(0.02)
        await speaker.close()
        await asyncio.wait_for(draining, 5)
        with pytest.raises(EngineError, match="closed"):
            await asyncio.wait_for(writing, 5)


async def test_a_failing_listener_is_told_to_who_waits_for_the_sound() -> None:
    def broken(block: Int16Array) -> None:
        raise ValueError("no room")

    async with ticking() as clock:
        speaker = SilentSpeaker(clock, tap=broken)
        await speaker.open()
        await speaker.write(np.zeros(100, np.int16))
        with pytest.raises(EngineError, match="no room"):
            await asyncio.wait_for(speaker.drained(), 5)
        await speaker.close()


async def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    async with ticking() as clock:
        for path in (tmp_path / "missing" / "out.wav", tmp_path):
            with pytest.raises(UserError, match="choose a folder"):
                await FileSpeaker(path, clock).open()


async def test_a_disk_that_is_full_from_the_start_is_told_at_open() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    async with ticking() as clock:
        with pytest.raises(UserError, match="No space left"):
            await FileSpeaker(full, clock).open()


FILLS_UP = """
import asyncio, resource, signal, sys
import numpy as np
from pathlib import Path
from voice_agent.audio.paced_speaker import FileSpeaker
from voice_agent.clock import VirtualClock
from voice_agent.errors import EngineError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
async def main():
    clock = VirtualClock()
    ticking = asyncio.create_task(clock.run())
    speaker = FileSpeaker(Path(sys.argv[1]), clock)
    await speaker.open()
    await speaker.write(np.ones(speaker.sample_rate_hz * 15, np.int16))
    try:
        await asyncio.wait_for(speaker.drained(), 10)
    except EngineError as error:
        print(error)
    await speaker.close()
asyncio.run(main())
"""


def test_a_disk_that_fills_up_ends_the_sound_with_an_error_and_leaves_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    ran = subprocess.run([sys.executable, "-c", FILLS_UP, str(path)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("speaker: out.wav failed: out.wav: File too large")
    assert 1.0 <= soundfile.info(path).duration <= 100_000 / 2 / 22_050


SOUNDS_ON = """
import asyncio, sys
import numpy as np
from pathlib import Path
from voice_agent.audio.paced_speaker import FileSpeaker
from voice_agent.clock import VirtualClock
async def main():
    clock = VirtualClock()
    ticking = asyncio.create_task(clock.run())
    speaker = FileSpeaker(Path(sys.argv[1]), clock)
    await speaker.open()
    await speaker.write(np.full(speaker.sample_rate_hz * 10, 1000, np.int16))
    await speaker.drained()
    ticking.cancel()
    print("ten", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def test_a_killed_program_leaves_a_file_that_is_a_second_short_at_most(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    with subprocess.Popen([sys.executable, "-c", SOUNDS_ON, str(path)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ten\n"
        deadline = time.monotonic() + 10
        while path.stat().st_size < 9 * 22_050 * 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        program.send_signal(signal.SIGKILL)
    # Read by the header's own count; libsndfile would guess a missing one from the file's size.
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert len(sound) >= 9 * 22_050
    assert (sound == 1000).mean() > 0.98


async def test_a_cut_in_a_file_speaker_is_silence_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with ticking() as clock:
        speaker = FileSpeaker(path, clock)
        await speaker.open()
        await speaker.write(int16(tone(3, speaker.sample_rate_hz)))
        await clock.sleep(1.0)
        heard = speaker.clear()
        await clock.sleep(0.5)
        await speaker.close()
    sound, rate = soundfile.read(path)
    loud = np.flatnonzero(np.abs(sound) > 0.001)
    assert loud[-1] == pytest.approx(heard, abs=0.006 * rate)
    assert len(sound) / rate == pytest.approx(1.5, abs=0.03)
