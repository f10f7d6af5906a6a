"""Files, levels, and voice activity: any format in, honest words about the microphone, no speech in noise."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.signals import ticking, tone
from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.audio.level import MicrophoneCheck, dbfs
from voice_agent.audio.paced_speaker import FileSpeaker, SilentSpeaker
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.audio.recording import RecordedMicrophone, StereoRecording
from voice_agent.audio.resampling import resampled, to_mono_int16
from voice_agent.clock import VirtualClock
from voice_agent.errors import UserError

SPEECH = Path(os.environ.get("VOICE_AGENT_SPEECH", Path(__file__).resolve().parents[3] / "shared" / "audio"))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("channels", "kind"), [(1, "PCM_16"), (2, "PCM_24"), (6, "FLOAT"), (1, "PCM_U8")])
async def test_any_rate_channels_and_format_become_16_khz_mono(
    tmp_path: Path, rate: int, channels: int, kind: str
) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.repeat(tone(1.0, rate)[:, None], channels, axis=1), rate, subtype=kind)
    async with ticking() as clock:
        microphone = FileMicrophone(path, clock, waits=False, tail_s=0.2)
        blocks = [block async for block in microphone.blocks()]
    sound = np.concatenate([block.samples for block in blocks]).astype(float)
    assert [block.start_sample for block in blocks] == [n * BLOCK_SAMPLES for n in range(len(blocks))]
    assert clock.now_s() == pytest.approx(len(blocks) * BLOCK_S)
    assert len(sound) / MIC_RATE_HZ == pytest.approx(1.2, abs=0.05)
    middle = sound[4000:12000]
    assert np.argmax(np.abs(np.fft.rfft(middle))) * MIC_RATE_HZ / len(middle) == pytest.approx(440, abs=3)
    assert np.abs(middle).max() == pytest.approx(0.3 * 32767, rel=0.05)


async def test_a_held_recording_waits_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    soundfile.write(path, tone(0.5, MIC_RATE_HZ), MIC_RATE_HZ)
    loud = 0
    async with ticking() as clock:
        microphone = FileMicrophone(path, clock, waits=True, tail_s=0.1)
        count = 0
        async for block in microphone.blocks():
            count += 1
            microphone.hold(held=5 <= count < 105)
            loud += bool(np.abs(block.samples.astype(int)).max() > 1000)
    assert loud == pytest.approx(25, abs=1)
    assert count == pytest.approx(25 + 100 + 5, abs=2)


@given(st.integers(100, 30_000), st.sampled_from([8_000, 16_000, 22_050, 44_100]))
@settings(max_examples=30, deadline=None)
def test_resampling_keeps_the_duration(length: int, rate: int) -> None:
    out = resampled(np.zeros(length, np.int16), rate, 16_000)
    assert len(out) == pytest.approx(length * 16_000 / rate, abs=2)


def test_stereo_is_averaged_and_floats_are_clipped() -> None:
    assert to_mono_int16(np.array([[1000, 3000]], np.int16)).tolist() == [2000]
    assert to_mono_int16(np.array([2.0, -2.0], np.float32)).tolist() == [32767, -32768]


async def test_the_speaker_file_is_aligned_with_the_talks_time(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    async with ticking() as clock:
        speaker = FileSpeaker(path, clock)
        await speaker.open()
        await clock.sleep(1.0)
        await speaker.write((tone(0.5, speaker.sample_rate_hz) * 32767).astype(np.int16))
        await speaker.drained()
        await clock.sleep(0.5)
        await speaker.close()
    sound, rate = soundfile.read(path)
    loud = np.flatnonzero(np.abs(sound) > 0.05) / rate
    assert loud[0] == pytest.approx(1.0, abs=0.03)
    assert loud[-1] == pytest.approx(1.5, abs=0.03)
    assert path.stat().st_mode & 0o077 == 0


async def test_clear_drops_what_was_not_heard_and_tells_what_was() -> None:
    async with ticking() as clock:
        speaker = SilentSpeaker(clock)
        await speaker.open()
        await speaker.write(np.ones(speaker.sample_rate_hz * 3, np.int16))
        await clock.sleep(1.0)
        heard = speaker.clear()
        assert heard / speaker.sample_rate_hz == pytest.approx(1.0, abs=0.03)
        assert speaker.queued_samples() == 0
        await clock.sleep(0.5)
        assert speaker.heard_samples() == heard
        await speaker.close()


async def test_both_voices_lie_on_their_side_of_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "both.wav"
    async with ticking() as clock:
        recording = await asyncio.to_thread(StereoRecording, path, speaker_rate_hz=22_050)
        speaker = SilentSpeaker(clock, tap=recording.heard_partner)
        await speaker.open()
        inner = QueueMicrophone(clock)
        microphone = RecordedMicrophone(inner, recording)

        async def listen() -> None:
            async for _ in microphone.blocks():
                pass

        listening = asyncio.create_task(listen())
        inner.say((tone(0.5, 16_000) * 32767).astype(np.int16), 16_000)
        await inner.until_said()
        await speaker.write((tone(0.5, 22_050, 880) * 32767).astype(np.int16))
        await speaker.drained()
        inner.finish()
        await listening
        await speaker.close()
        await asyncio.to_thread(recording.close)
    sound, rate = soundfile.read(path)
    assert rate == 16_000
    left, right = (np.flatnonzero(np.abs(sound[:, side]) > 0.1) / rate for side in (0, 1))
    assert left[-1] < right[0]
    assert right[-1] - right[0] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", ["missing.wav", "text.wav", "empty.wav", "header.wav"])
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.wav").write_text("hello")
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "header.wav", np.zeros(0), 16_000)
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        FileMicrophone(tmp_path / name, VirtualClock(), waits=False)


def notices(check: MicrophoneCheck, blocks: Any, *, is_speech: bool = False) -> list[str]:
    return [n.category for block in blocks if (n := check.block(block, is_speech=is_speech)) is not None]


def test_dead_quiet_and_clipping_microphones_are_told_once() -> None:
    check, random = MicrophoneCheck(), np.random.default_rng(0)
    assert notices(check, [np.zeros(320, np.int16)] * 400) == ["dead"]
    assert notices(check, [random.integers(-20, 20, 320, dtype=np.int16)] * 50) == []
    assert notices(check, [np.full(320, 32767, np.int16)] * 100) == ["clipping"]
    quiet = [random.integers(-60, 60, 320, dtype=np.int16) for _ in range(300)]
    assert notices(check, quiet, is_speech=True) == ["too_quiet"]
    loud = [random.integers(-6000, 6000, 320, dtype=np.int16) for _ in range(300)]
    assert notices(MicrophoneCheck(), loud, is_speech=True) == []


def test_levels_are_in_decibels_of_full_scale() -> None:
    assert dbfs(32768) == 0
    assert dbfs(3276.8) == pytest.approx(-20)
    assert dbfs(0) == -96
