"""When the soak counts the speaker as starved."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from benchmarks.soak import Sentences, Soak, reported, table
from tests.fakes.engines import FakeSynthesizer
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.clock import VirtualClock
from voice_agent.speech.protocols import Delivery, SpeechBlock

DUE = np.zeros(441, np.int16)


def soaked() -> tuple[Soak, Iterator[SpeechBlock]]:
    sentences = Sentences(FakeSynthesizer())
    soak = Soak(sentences)
    soak.speaker = SilentSpeaker(VirtualClock(), tap=soak.block)
    return soak, sentences.speak("three", Delivery(), threading.Event())


def test_a_speaker_that_runs_dry_inside_a_sentence_is_an_underrun() -> None:
    soak, blocks = soaked()
    next(blocks)
    soak.block(DUE)
    assert soak.underruns == 0, "the first block may not be written yet"
    next(blocks)
    soak.block(DUE)
    assert (soak.underruns, soak.missing) == (1, 441)


async def test_a_speaker_with_enough_to_play_is_none() -> None:
    soak, blocks = soaked()
    next(blocks)
    await soak.speaker.write(np.zeros(500, np.int16))
    next(blocks)
    soak.block(DUE)
    assert soak.underruns == 0


def test_silence_after_a_sentence_is_told_apart() -> None:
    soak, blocks = soaked()
    assert len(list(blocks)) == 5
    soak.is_speaking = True
    soak.block(DUE)
    assert (soak.underruns, soak.idle) == (0, 441)
    soak.is_speaking = False
    soak.block(DUE)
    assert soak.idle == 441


def test_the_report_compares_the_end_with_the_warm_beginning() -> None:
    soak, _ = soaked()
    soak.memory_mb = [100.0, 150.0, *[160.0] * 6, 170.0, 170.0]
    soak.queues = {"store's events": [0, 3, 1]}
    report = reported(soak, [0.0, 0.001, 0.002, 0.08], wall_s=60, cpu_s=30, shape="base")
    assert (report.memory_first_mb, report.memory_last_mb) == (150.0, 170.0)
    assert (report.loop_stalls, report.loop_late_max_ms, report.cpu) == (1, 80.0, 0.5)
    assert any("150 MB warm, 170 MB at the end" in line for line in table(report))
