"""A speaker that gives way: softer, halted, and going on at the word where it was."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.protocols import DUCKED_GAIN, Int16Array, Loudness
from voice_agent.audio.yielding import REWIND_S, rewind_samples
from voice_agent.clock import VirtualClock
from voice_agent.worker import WorkCounter

RATE_HZ = 22_050


def words(*spans: float) -> Int16Array:
    """Loud for the first span, still for the second, and so on; each loud sample tells its place."""
    parts = [np.full(round(span * RATE_HZ), 0 if place % 2 else 8000, np.int16) for place, span in enumerate(spans)]
    return np.concatenate(parts)


class Sounding:
    """A speaker and what it played."""

    def __init__(self) -> None:
        self.clock = VirtualClock(WorkCounter())
        self.blocks: list[Int16Array] = []
        self.speaker = SilentSpeaker(self.clock, tap=self.blocks.append)

    @property
    def heard(self) -> Int16Array:
        return np.concatenate(self.blocks)

    async def __aenter__(self) -> Sounding:
        self._ticking = asyncio.create_task(self.clock.run())
        await self.speaker.open()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.speaker.close()
        self._ticking.cancel()


async def test_a_halt_is_silence_within_two_blocks_and_loses_no_word() -> None:
    async with Sounding() as one:
        sound = words(0.3, 0.05, 0.4, 0.05, 0.4)
        await one.speaker.write(sound)
        await one.clock.sleep(0.5)
        one.speaker.set_loudness(Loudness.HELD)
        at = len(one.heard)
        await one.clock.sleep(1.0)
        assert not one.heard[at + round(0.04 * RATE_HZ) :].any()
        queued = one.speaker.queued_samples()
        one.speaker.set_loudness(Loudness.FULL)
        assert one.speaker.queued_samples() > queued, "it goes back to the start of the word"
        await one.speaker.drained()
        # The second word began after 0.35 s: it was broken off at 0.5 and is said again whole.
        loud = np.abs(one.heard[at + RATE_HZ :]) > 6000
        assert loud.sum() / RATE_HZ == pytest.approx(0.8, abs=0.03)
        assert one.speaker.heard_samples() == len(sound)


async def test_ducking_is_twelve_decibels_down_and_back_without_a_step() -> None:
    async with Sounding() as one:
        await one.speaker.write(words(1.5))
        await one.clock.sleep(0.3)
        one.speaker.set_loudness(Loudness.DUCKED)
        await one.clock.sleep(0.3)
        one.speaker.set_loudness(Loudness.FULL)
        await one.clock.sleep(0.3)
        heard = one.heard.astype(int)
        assert heard.min() == 0 or heard[1:].min() == pytest.approx(8000 * DUCKED_GAIN, abs=2)
        assert heard[-1] == 8000
        assert np.abs(np.diff(heard)).max() < 8000 * 0.01


async def test_clearing_a_halted_speaker_leaves_nothing_and_the_next_reply_is_loud() -> None:
    async with Sounding() as one:
        await one.speaker.write(words(1.0))
        await one.clock.sleep(0.3)
        one.speaker.set_loudness(Loudness.HELD)
        await one.clock.sleep(0.3)
        before = len(one.heard)
        one.speaker.clear()
        await one.clock.sleep(0.2)
        assert not one.heard[before:].any()
        await one.speaker.write(words(0.2))
        await one.clock.sleep(0.4)
        assert np.count_nonzero(one.heard[before:] == 8000) / RATE_HZ == pytest.approx(0.2, abs=0.001)


def test_what_sounds_evenly_is_gone_on_with_where_it_was() -> None:
    assert rewind_samples(words(1.0), RATE_HZ) == 0
    assert rewind_samples(np.zeros(0, np.int16), RATE_HZ) == 0


def test_going_back_is_bounded() -> None:
    assert rewind_samples(words(0.2, 0.05, 3.0), RATE_HZ) == 0, "the gap lies too far back"
    assert 0 < rewind_samples(words(0.5, 0.05, 0.3), RATE_HZ) <= REWIND_S * RATE_HZ
