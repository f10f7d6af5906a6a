"""A talk as one stereo file: both sides in their place, whoever begins late or goes away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MicBlock
from voice_agent.audio.recording import HELD_S, RecordedMicrophone, StereoRecording
from voice_agent.errors import UserError

RATE_HZ = 48_000
MARK_S = 0.1
"""A mark is 0.1 s of loud sound on both sides at the same time."""


def record(path: Path, seconds: float, *, learner: Iterable[tuple[float, float]], partner: Iterable[tuple[float, float]],
           marks: Iterable[float]) -> Any:  # fmt: skip
    """A talk of some seconds; each side is there in its spans, and both hear the marks."""
    recording = StereoRecording(path, speaker_rate_hz=RATE_HZ)

    def there(spans: Iterable[tuple[float, float]], at_s: float) -> bool:
        return any(start <= at_s < stop for start, stop in spans)

    for count in range(round(seconds / BLOCK_S)):
        at_s = (count + 0.5) * BLOCK_S
        level = 10_000 if any(mark <= at_s < mark + MARK_S for mark in marks) else 0
        if there(learner, at_s):
            recording.heard_learner(np.full(BLOCK_SAMPLES, level, np.int16))
        if there(partner, at_s):
            recording.heard_partner(np.full(round(RATE_HZ * BLOCK_S), level, np.int16))
    recording.close()
    sound, rate = soundfile.read(path)
    assert rate == 16_000
    return sound


def onsets(side: Any) -> list[float]:
    loud = np.abs(side) > 0.15
    return [float(place) / 16_000 for place in np.flatnonzero(loud[1:] & ~loud[:-1])]


@pytest.mark.parametrize("late", ["learner", "partner"])
def test_a_side_that_begins_later_lies_where_it_was_heard(tmp_path: Path, late: str) -> None:
    spans = {"learner": [(0.0, 9.0)], "partner": [(0.0, 9.0)], late: [(3.0, 9.0)]}
    sound = record(tmp_path / "both.wav", 6, learner=spans["learner"], partner=spans["partner"], marks=[4.0, 5.0])
    for side in (0, 1):
        assert onsets(sound[:, side]) == pytest.approx([4.0, 5.0], abs=0.021)


@pytest.mark.parametrize("gone", ["learner", "partner"])
@pytest.mark.parametrize("away_s", [2.0, HELD_S + 5])
def test_a_side_that_was_away_is_silent_meanwhile_and_comes_back_in_its_place(
    tmp_path: Path, gone: str, away_s: float
) -> None:
    end = 4.0 + away_s
    spans = {"learner": [(0.0, end)], "partner": [(0.0, end)], gone: [(0.0, 2.0), (2.0 + away_s, end)]}
    marks = [1.0, end - 1.0]
    sound = record(tmp_path / "both.wav", end, learner=spans["learner"], partner=spans["partner"], marks=marks)
    for side in (0, 1):
        assert onsets(sound[:, side]) == pytest.approx(marks, abs=0.05)
    assert len(sound) / 16_000 == pytest.approx(end, abs=0.03)


def test_one_side_alone_is_recorded_whole(tmp_path: Path) -> None:
    sound = record(tmp_path / "both.wav", 15, learner=[(0.0, 15.0)], partner=[], marks=[1.0, 14.0])
    assert onsets(sound[:, 0]) == pytest.approx([1.0, 14.0], abs=0.001)
    assert not sound[:, 1].any()
    assert len(sound) == 15 * 16_000


class _Lossy:
    """A microphone that lost the blocks between the third and the tenth."""

    name = "lossy"
    is_live = True

    def hold(self, *, held: bool) -> None:
        pass

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        for count in (0, 1, 2, 10, 11):
            yield MicBlock(np.full(BLOCK_SAMPLES, count + 1, np.int16), count * BLOCK_SAMPLES)


async def test_lost_blocks_are_silence_of_their_length(tmp_path: Path) -> None:
    path = tmp_path / "both.wav"
    recording = StereoRecording(path, speaker_rate_hz=RATE_HZ)
    async with aclosing(RecordedMicrophone(_Lossy(), recording).blocks()) as blocks:
        passed = [int(block.samples[0]) async for block in blocks]
    assert passed == [1, 2, 3, 11, 12]
    await asyncio.to_thread(recording.close)
    sound, _ = soundfile.read(path, dtype="int16")
    assert sound[::BLOCK_SAMPLES, 0].tolist() == [1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 11, 12]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_order_of_blocks_loses_what_the_learner_said(
    tmp_path_factory: pytest.TempPathFactory, bursts: list[tuple[bool, int]]
) -> None:
    path = tmp_path_factory.mktemp("recording") / "both.wav"
    recording = StereoRecording(path, speaker_rate_hz=16_000)
    said = 0
    for is_learner, blocks in bursts:
        for _ in range(blocks):
            if is_learner:
                said += 1
                recording.heard_learner(np.full(BLOCK_SAMPLES, said, np.int16))
            else:
                recording.heard_partner(np.zeros(BLOCK_SAMPLES, np.int16))
    recording.close()
    sound, _ = soundfile.read(path, dtype="int16", always_2d=True)
    left = sound[:, 0]
    assert left[left != 0].tolist() == np.repeat(np.arange(1, said + 1), BLOCK_SAMPLES).tolist()


def test_a_recording_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing.*choose a folder"):
        StereoRecording(tmp_path / "missing" / "both.wav", speaker_rate_hz=RATE_HZ)


FULL = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from voice_agent.audio.recording import StereoRecording
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
recording = StereoRecording(Path(sys.argv[1]), speaker_rate_hz=16_000)
for _ in range(500):
    recording.heard_learner(np.ones(320, np.int16))
    recording.heard_partner(np.ones(320, np.int16))
try:
    recording.close()
except Exception as error:
    print(repr(error))
"""


def test_a_recording_that_ran_out_of_disk_says_so_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "both.wav"
    ran = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, timeout=60)
    assert ran.stdout.startswith("EngineError"), ran.stderr
    assert "make room on the disk" in ran.stdout
    assert soundfile.info(path).frames == 16_000
