"""The loudspeaker taken out of the microphone: in made-up rooms, with the real canceller."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import cache

import numpy as np
import pytest

from voice_agent.audio.cancelling_microphone import CancellingMicrophone
from voice_agent.audio.echo import murmur
from voice_agent.audio.echo_canceller import EchoCanceller, WebrtcCanceller
from voice_agent.audio.echo_delay import EchoDelay, delay_s
from voice_agent.audio.echo_guard import HOPELESS_S, EchoGuard
from voice_agent.audio.paced_speaker import PACED_RATE_HZ, SilentSpeaker
from voice_agent.audio.played import Played
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, MicBlock, Trust
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.clock import VirtualClock
from voice_agent.doctor.findings import Verdict
from voice_agent.doctor.sound import judged_canceller
from voice_agent.registry import engine
from voice_agent.rehearsal.sound_check import canceller_found
from voice_agent.speech.protocols import Delivery
from voice_agent.testing.room import RoomMicrophone, impulse_response
from voice_agent.worker import WorkCounter

LINE = "I have told you before that I only just came in from work, and I am really tired. Can we do this another day?"

NEAR = "please let me say something now"


@cache
def spoken(text: str, rate_hz: int) -> Int16Array:
    voice = load_voice("espeak-us-man")
    spec = engine("synthesizer", voice.engine)
    opened = spec.open(spec.options(), voice)
    sound = np.concatenate([block.samples for block in opened.speak(text, Delivery(), threading.Event())])
    return resampled(sound, opened.sample_rate_hz, rate_hz)


@pytest.fixture(autouse=True)
def speeches() -> None:
    """Made before an event loop runs: voices are read from files."""
    for text, rate_hz in ((LINE, PACED_RATE_HZ), (LINE, MIC_RATE_HZ), (NEAR, MIC_RATE_HZ)):
        spoken(text, rate_hz)


class Nothing:
    """A canceller that is broken."""

    def process(self, played: Int16Array, heard: Int16Array) -> Int16Array:
        return heard

    def reset(self) -> None:
        pass


class Scene:
    def __init__(self, canceller: EchoCanceller, level_db: float | None, delay_s: float) -> None:
        self.clock = VirtualClock(WorkCounter())
        played = Played()

        def tap(block: Int16Array) -> None:
            self.room.played(block)
            played(block)

        self.speaker = SilentSpeaker(self.clock, tap=tap)
        response = None if level_db is None else impulse_response(level_db=level_db, delay_s=delay_s)
        self.room = RoomMicrophone(self.clock, self.speaker.sample_rate_hz, response)
        played.set_rate(self.speaker.sample_rate_hz)
        self.microphone = CancellingMicrophone(self.room, played, canceller)
        self.heard: list[MicBlock] = []

    async def listen(self, seconds: float) -> Int16Array:
        """What comes out of the canceller."""
        self.heard.clear()
        async with aclosing(self.microphone.blocks()) as blocks:
            async for block in blocks:
                self.heard.append(block)
                if len(self.heard) * BLOCK_S >= seconds:
                    break
        return np.concatenate([block.samples for block in self.heard])


@asynccontextmanager
async def scene(
    canceller: EchoCanceller | None = None, *, level_db: float | None, delay_s: float = 0.08
) -> AsyncIterator[Scene]:
    one = Scene(canceller or WebrtcCanceller(), level_db, delay_s)
    ticking = asyncio.create_task(one.clock.run())
    await one.speaker.open()
    yield one
    await one.speaker.close()
    ticking.cancel()


def rms_db(samples: Int16Array) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-3))


@pytest.mark.parametrize(("level_db", "delay_s"), [(-3.0, 0.05), (-12.0, 0.12), (-6.0, 0.45)])
async def test_a_partner_on_the_loudspeaker_is_twenty_decibels_softer(level_db: float, delay_s: float) -> None:
    async with scene(level_db=level_db, delay_s=delay_s) as one:
        await one.speaker.write(spoken(LINE, one.speaker.sample_rate_hz))
        await one.listen(5.5)
        trusts = [block.trust for block in one.heard]
        assert Trust.SURE not in trusts[20:50], "the first second is not believed"
        assert trusts[-1] is Trust.SURE
        assert one.microphone.guard.loss_db > 20


async def test_a_voice_beside_the_loudspeaker_stays() -> None:
    near = spoken(NEAR, MIC_RATE_HZ)
    async with scene(level_db=-12.0) as one:
        await one.speaker.write(np.tile(spoken(LINE, one.speaker.sample_rate_hz), 2))
        await one.listen(4.0)

        async def speak() -> None:
            await one.clock.sleep(0.5)
            one.room.say(near)

        speaking = asyncio.create_task(speak())
        heard = await one.listen(0.5 + len(near) / MIC_RATE_HZ)
        await speaking
        clean = heard[-len(near) :]
        assert rms_db(clean) == pytest.approx(rms_db(near), abs=5)
        assert rms_db(heard[:6000]) < rms_db(near) - 20


async def test_a_room_that_cannot_be_learnt_is_told_and_headphones_need_nothing() -> None:
    async with scene(Nothing(), level_db=-6.0) as one:
        await one.speaker.write(np.tile(murmur(one.speaker.sample_rate_hz), 3))
        await one.listen(HOPELESS_S + 1)
        trusts = [block.trust for block in one.heard[20:]]
        assert Trust.SURE not in trusts
        assert trusts[-1] is Trust.ECHO
    async with scene(Nothing(), level_db=None) as one:
        await one.speaker.write(spoken(LINE, one.speaker.sample_rate_hz))
        await one.listen(3.0)
        assert one.heard[-1].trust is Trust.SURE


async def test_doctor_and_sound_check_tell_what_the_canceller_does_and_the_cure() -> None:
    for canceller, verdict, words in (
        (None, Verdict.OK, "dB softer"),
        (Nothing(), Verdict.WARNING, "too little"),
    ):
        async with scene(canceller, level_db=-10.0) as one:
            await one.listen(1.0)
            await one.speaker.write(murmur(one.speaker.sample_rate_hz))
            await one.listen(4.2)
            found, checked = judged_canceller(one.microphone.guard), canceller_found(one.microphone.guard)
            assert (found.verdict.value, checked.verdict.value) == (verdict.value, verdict.value)
            assert words in found.told
            assert words in f"{checked.told}"
            assert bool(found.cure) is bool(checked.cure) is (verdict is Verdict.WARNING)


@pytest.mark.parametrize("late_s", [0.0, 0.03, 0.4, 0.9, -0.1])
def test_the_delay_of_an_echo_is_found(late_s: float) -> None:
    sound = spoken(LINE, MIC_RATE_HZ)[: 2 * MIC_RATE_HZ]
    shift = round(late_s * MIC_RATE_HZ)
    echo = np.roll(sound, shift) // 4 + np.random.default_rng(1).normal(0, 20, len(sound)).astype(np.int16)
    found = delay_s(sound, echo)
    assert found is not None
    assert found == pytest.approx(late_s, abs=0.002)


def test_another_voice_is_no_echo() -> None:
    one = spoken(LINE, MIC_RATE_HZ)[: 2 * MIC_RATE_HZ]
    other = spoken("No. That is not at all what I said to you on Monday evening.", MIC_RATE_HZ)[: len(one)]
    assert delay_s(one[: len(other)], other) is None
    delay = EchoDelay()
    for place in range(0, len(other) - BLOCK_SAMPLES, BLOCK_SAMPLES):
        span = slice(place, place + BLOCK_SAMPLES)
        assert not delay.block(one[span], other[span], sounds=True)


def test_what_was_played_is_laid_anew_when_the_speaker_falls_behind() -> None:
    played, block = Played(), np.ones(BLOCK_SAMPLES, np.int16)
    for count in range(10):
        played(block * count)
    assert played.beside(0)[0] == 7, "two blocks wait for an uneven arrival"
    for place in range(1, 6):
        found = played.beside(place * BLOCK_SAMPLES)
    assert found[0] in (7, 8, 9), "what has not come yet is not made up"
    assert len(found) == BLOCK_SAMPLES


def test_a_guard_that_is_unsettled_believes_nothing_until_it_has_settled_again() -> None:
    guard, trusts = EchoGuard(), list[Trust]()
    for _ in range(60):
        guard.block(sounds=True, heard_rms=1000.0, left_rms=10.0)
    trusts.append(guard.trust)
    assert guard.loss_db == 40.0
    guard.unsettle()
    trusts.append(guard.trust)
    for _ in range(20):
        guard.block(sounds=False, heard_rms=5.0, left_rms=5.0)
    trusts.append(guard.trust)
    assert trusts == [Trust.SURE, Trust.SETTLING, Trust.SURE], "at last nothing sounds"
