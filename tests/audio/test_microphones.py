"""Microphones without a sound card: broken files are named, endings are clean, nobody waits for ever."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.signals import int16, ticking, tone
from voice_agent.audio.file_microphone import LONGEST_FILE_S, FileMicrophone
from voice_agent.audio.level import LevelMeter
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.clock import SystemClock, VirtualClock
from voice_agent.errors import EngineError, UserError


def test_a_folder_and_a_file_over_four_hours_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        FileMicrophone(tmp_path, VirtualClock(), waits=False)
    long = tmp_path / "long.wav"
    soundfile.write(long, np.zeros(8), 8_000, subtype="PCM_U8")
    header = bytearray(long.read_bytes()[:44])
    samples = (LONGEST_FILE_S + 60) * 8_000
    header[4:8], header[40:44] = (samples + 36).to_bytes(4, "little"), samples.to_bytes(4, "little")
    long.write_bytes(header)
    os.truncate(long, 44 + samples)  # a hole: it takes no room on the disk
    with pytest.raises(UserError, match=r"long\.wav: is 4\.0 hours long; give at most 4 hours"):
        FileMicrophone(long, VirtualClock(), waits=False)


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = tmp_path / "secret.wav"
    soundfile.write(path, tone(0.1, 8_000), 8_000)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UserError, match="Permission denied"):
        FileMicrophone(path, VirtualClock(), waits=False)


@pytest.mark.parametrize("kind", ["wav", "flac"])
async def test_a_recording_cut_off_in_the_middle_is_heard_up_to_there(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"tone.{kind}"
    soundfile.write(path, tone(10, 44_100), 44_100)
    os.truncate(path, path.stat().st_size // 2)
    loud, told = 0, ""
    async with ticking() as clock:
        try:
            async for block in FileMicrophone(path, clock, waits=False, tail_s=0.2).blocks():
                loud += bool(np.abs(block.samples.astype(int)).max() > 5000)
        except EngineError as error:
            told = str(error)
    assert 3 < loud * BLOCK_S < 5.1
    # A WAV file ends where it ends; FLAC's frames show that something is missing.
    assert told == ("microphone: tone.flac can't be read on; check the file" if kind == "flac" else "")


async def test_broken_float_samples_do_not_become_noise(tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    sound = np.zeros(MIC_RATE_HZ, np.float32)
    sound[100:200], sound[300] = np.nan, np.inf
    soundfile.write(path, sound, MIC_RATE_HZ, subtype="FLOAT")
    async with ticking() as clock:
        blocks = [b.samples async for b in FileMicrophone(path, clock, waits=False, tail_s=0).blocks()]
    assert np.flatnonzero(np.concatenate(blocks)).tolist() == [300]


async def test_a_recording_keeps_real_time_without_drift(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, tone(0.5, MIC_RATE_HZ), MIC_RATE_HZ)
    start = time.monotonic()
    late = [
        time.monotonic() - start - block.start_sample / MIC_RATE_HZ
        async for block in FileMicrophone(path, SystemClock(), waits=False, tail_s=0).blocks()
    ]
    assert len(late) == 25
    # Single blocks may come late on a busy machine; sleeping 20 ms after each would add up instead.
    assert min(late[-5:]) < 0.015


async def test_what_is_said_sounds_once_and_whole_over_a_room_that_is_never_still() -> None:
    async with ticking() as clock:
        microphone = QueueMicrophone(clock)
        blocks = []
        async with aclosing(microphone.blocks()) as stream:
            async for block in stream:
                blocks.append(block)
                if len(blocks) == 10:
                    microphone.say(int16(tone(0.5, 22_050)), 22_050)
                    saying = asyncio.create_task(microphone.until_said())
                if len(blocks) > 10 and saying.done():
                    microphone.finish()
    assert [block.start_sample for block in blocks] == [n * BLOCK_SAMPLES for n in range(len(blocks))]
    assert all(block.samples.any() for block in blocks)
    sound = np.concatenate([block.samples for block in blocks]).astype(int)
    loud = np.flatnonzero(np.abs(sound) > 1000)
    assert (loud[-1] - loud[0]) / MIC_RATE_HZ == pytest.approx(0.5, abs=0.01)
    assert loud[0] / MIC_RATE_HZ == pytest.approx(10 * BLOCK_S, abs=0.02)
    assert len(blocks) == pytest.approx(10 + 25 + 2, abs=2)


async def test_nobody_waits_for_words_that_no_microphone_takes_any_more() -> None:
    async with ticking() as clock:
        microphone = QueueMicrophone(clock)
        microphone.say(int16(tone(5, MIC_RATE_HZ)), MIC_RATE_HZ)
        waiting = asyncio.create_task(microphone.until_said())
        async with aclosing(microphone.blocks()) as stream:
            await anext(stream)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 5)
        microphone.say(int16(tone(1, MIC_RATE_HZ)), MIC_RATE_HZ)
        await asyncio.wait_for(microphone.until_said(), 5)


def test_the_level_meter_reads_ten_times_a_second_in_decibels_of_full_scale() -> None:
    meter = LevelMeter()
    sound = int16(tone(2, MIC_RATE_HZ, 440, 0.1)).reshape(-1, BLOCK_SAMPLES)
    readings = [reading for block in sound if (reading := meter.block(block)) is not None]
    assert len(readings) == 20
    for reading in readings:
        assert reading.peak_dbfs == pytest.approx(-20, abs=0.1)
        assert reading.rms_dbfs == pytest.approx(-23, abs=0.1)
