"""What gives the learner the word while the partner speaks, and what does not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from voice_agent.audio.protocols import BLOCK_S
from voice_agent.pipeline.barge_in import (
    CONFIRMED_S,
    LONGEST_DUCK_S,
    BargeIn,
    BargeSignal,
    interrupts,
    is_backchannel,
    repeats,
)

WINDOW_S = 0.032


def told(policy: BargeIn, seconds: float, *, sounds: bool, likelihood: float) -> list[tuple[float, BargeSignal]]:
    """What the policy says in a stretch of the same sound, and when from its start."""
    said, windows = [], 0.0
    for block in range(round(seconds / BLOCK_S)):
        windows += BLOCK_S
        voices = []
        if windows >= WINDOW_S:
            windows -= WINDOW_S
            voices = [likelihood]
        if (signal := policy.block(is_speech=sounds, voices=voices)) is not None:
            said.append((round((block + 1) * BLOCK_S, 3), signal))
    return said


def signals(said: Iterable[tuple[float, BargeSignal]]) -> list[BargeSignal]:
    return [signal for _, signal in said]


@pytest.fixture
def policy() -> BargeIn:
    return BargeIn(WINDOW_S)


def test_a_cough_is_only_spoken_softer_for(policy: BargeIn) -> None:
    said = told(policy, 0.3, sounds=True, likelihood=0.1) + told(policy, 0.4, sounds=False, likelihood=0.0)
    assert signals(said) == [BargeSignal.DUCK, BargeSignal.RELEASE]


def test_a_voice_halts_the_partner_at_once_and_gets_the_word_when_it_goes_on(policy: BargeIn) -> None:
    said = told(policy, CONFIRMED_S + 0.1, sounds=True, likelihood=0.9)
    assert signals(said)[:2] == [BargeSignal.HOLD, BargeSignal.CONFIRMED]
    assert said[0][0] <= 0.04
    assert said[1][0] == pytest.approx(CONFIRMED_S, abs=0.05)


@pytest.mark.parametrize(
    ("words", "signal"),
    [
        ("stop", BargeSignal.CONFIRMED),
        ("No.", BargeSignal.CONFIRMED),
        ("that is not", BargeSignal.CONFIRMED),
        ("Mm-hm.", BargeSignal.RELEASE),
        ("yeah, yeah", BargeSignal.RELEASE),
        ("the", BargeSignal.RELEASE),
        ("", BargeSignal.RELEASE),
    ],
)
def test_a_short_voice_is_told_by_its_words(policy: BargeIn, words: str, signal: BargeSignal) -> None:
    said = told(policy, 0.35, sounds=True, likelihood=0.9) + told(policy, 0.3, sounds=False, likelihood=0.0)
    assert signals(said) == [BargeSignal.HOLD, BargeSignal.ENDED]
    assert policy.decide(words) is signal
    assert policy.decide(words) is None, "it is decided once"


def test_a_recognizer_that_never_answers_leaves_it_to_the_length_of_the_voice() -> None:
    for voice_s, signal in ((0.3, BargeSignal.RELEASE), (1.2, BargeSignal.CONFIRMED)):
        policy = BargeIn(WINDOW_S)
        said = told(policy, voice_s, sounds=True, likelihood=0.9) + told(policy, 1.2, sounds=False, likelihood=0.0)
        assert signals(said) == [BargeSignal.HOLD, BargeSignal.ENDED, signal]


def test_a_voice_that_comes_back_while_it_is_judged_has_the_word(policy: BargeIn) -> None:
    told(policy, 0.3, sounds=True, likelihood=0.9)
    told(policy, 0.3, sounds=False, likelihood=0.0)
    assert signals(told(policy, 0.1, sounds=True, likelihood=0.9))[0] is BargeSignal.CONFIRMED


def test_words_that_come_early_need_no_more_voice(policy: BargeIn) -> None:
    told(policy, 0.4, sounds=True, likelihood=0.9)
    assert policy.words("mm hm") is None
    assert policy.words("please let") is BargeSignal.CONFIRMED


def test_a_vacuum_cleaner_makes_the_partner_soft_for_a_second_only(policy: BargeIn) -> None:
    said = told(policy, 10.0, sounds=True, likelihood=0.1)
    assert signals(said) == [BargeSignal.DUCK, BargeSignal.RELEASE]
    assert said[1][0] - said[0][0] == pytest.approx(LONGEST_DUCK_S, abs=0.05)


def test_without_a_second_detector_the_cheap_one_halts_the_partner() -> None:
    policy = BargeIn()
    assert [policy.block(is_speech=True) for _ in range(3)] == [None, None, BargeSignal.HOLD]


def test_the_partners_own_words_are_known_again() -> None:
    line = "I didn't do it at you. But I get that it lands on you."
    assert repeats("i'd didn't do it at you but i get that it lands on you", line)
    assert not repeats("wait please let me finish", line)
    assert not repeats("on you", line), "too short to tell"


def test_listening_sounds_and_words_that_ask_for_the_word() -> None:
    assert is_backchannel("Mm-hm.")
    assert is_backchannel("okay")
    assert is_backchannel("uh huh, I see")
    assert not is_backchannel("okay but i want to say something")
    assert not is_backchannel("")
    assert interrupts("okay but i want to say something")
    assert interrupts("wait")
    assert not interrupts("hmm")
