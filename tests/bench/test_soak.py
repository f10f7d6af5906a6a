"""When the soak counts the speaker as starved."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np

from benchmarks.soak import Soak, is_writing, reported, table
from tests.fakes.engines import FakeSynthesizer
from tests.scenes import scene
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.clock import VirtualClock
from voice_agent.commands import Say
from voice_agent.events import PartnerSpoke, TalkState
from voice_agent.speech.protocols import Delivery, SpeechBlock

DUE = np.zeros(441, np.int16)


def soaked(*, in_a_sentence: bool = False) -> Soak:
    soak = Soak(in_a_sentence=lambda: in_a_sentence)
    soak.speaker = SilentSpeaker(VirtualClock(), tap=soak.block)
    return soak


def test_a_speaker_that_runs_dry_inside_a_sentence_is_an_underrun() -> None:
    soak = soaked(in_a_sentence=True)
    soak.block(DUE)
    assert (soak.underruns, soak.missing) == (1, 441)


async def test_a_speaker_with_enough_to_play_is_none() -> None:
    soak = soaked(in_a_sentence=True)
    await soak.speaker.write(np.zeros(500, np.int16))
    soak.block(DUE)
    assert soak.underruns == 0


def test_silence_outside_a_sentence_is_told_apart() -> None:
    soak = soaked()
    soak.is_speaking = True
    soak.block(DUE)
    assert (soak.underruns, soak.idle) == (0, 441)
    soak.is_speaking = False
    soak.block(DUE)
    assert soak.idle == 441


class Watched(FakeSynthesizer):
    """Holds back each block after the first until the test has looked."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = threading.Event()

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        for count, block in enumerate(super().speak(text, delivery, stop)):
            if count == 1:
                self.looked.wait(20)
            yield block


async def test_a_sentence_is_being_written_from_its_first_block_to_its_last() -> None:
    voice = Watched()
    async with scene(synthesizer=voice) as talk:
        talker = talk.rehearsal._talker
        assert not is_writing(talker)
        await talk.until(lambda: is_writing(talker))
        voice.looked.set()
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you wash up"))
        await talk.until_event(PartnerSpoke, 2)
        assert not is_writing(talker)


def test_the_report_compares_the_end_with_the_warm_beginning() -> None:
    soak = soaked()
    soak.memory_mb = [100.0, 150.0, *[160.0] * 6, 170.0, 170.0]
    soak.queues = {"store's events": [0, 3, 1]}
    report = reported(soak, [0.0, 0.001, 0.002, 0.08], wall_s=60, cpu_s=30, shape="base")
    assert (report.memory_first_mb, report.memory_last_mb) == (150.0, 170.0)
    assert (report.loop_stalls, report.loop_late_max_ms, report.cpu) == (1, 80.0, 0.5)
    assert any("150 MB warm, 170 MB at the end" in line for line in table(report))
