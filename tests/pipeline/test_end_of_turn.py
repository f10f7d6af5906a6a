"""The policy that says when a turn is over."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.protocols import BLOCK_S
from voice_agent.pipeline.barge_in import BargeIn, is_backchannel
from voice_agent.pipeline.end_of_turn import EndOfTurn, TurnSignal, completeness
from voice_agent.settings import Patience

BEGAN, PROVISIONAL, WENT_ON, COMMITTED, DISMISSED = TurnSignal
PACED = [Patience.QUICK, Patience.NORMAL, Patience.PATIENT]


def run(policy: EndOfTurn, *spans: float) -> list[tuple[float, TurnSignal]]:
    """Seconds of speech (positive) and silence (negative); signals with their times."""
    signals, now = [], 0.0
    for span in spans:
        for _ in range(round(abs(span) / BLOCK_S)):
            now += BLOCK_S
            if (signal := policy.block(is_speech=span > 0)) is not None:
                signals.append((round(now, 2), signal))
    return signals


def test_a_turn_begins_pauses_and_ends_in_this_order() -> None:
    assert [signal for _, signal in run(EndOfTurn(Patience.NORMAL), 1.0, -3)] == [BEGAN, PROVISIONAL, COMMITTED]


def test_more_patience_waits_longer() -> None:
    ends = [run(EndOfTurn(patience), 1.0, -9)[-1][0] for patience in PACED]
    assert ends == sorted(ends)
    assert len(set(ends)) == 3


def test_unfinished_words_wait_longer_than_finished_ones() -> None:
    waits = {}
    for words in ("i was hurt because", "would you do it today"):
        policy = EndOfTurn(Patience.NORMAL)
        policy.words(words)
        run(policy, 1.0)
        policy.words(words)
        waits[words] = run(policy, -5)[-1][0]
    assert waits["i was hurt because"] > waits["would you do it today"] + 0.5


@pytest.mark.parametrize("pause", [0.4, 0.7])
def test_a_pause_inside_a_turn_does_not_end_it(pause: float) -> None:
    signals = run(EndOfTurn(Patience.NORMAL), 1.0, -pause, 1.0, -3)
    assert [signal for _, signal in signals].count(COMMITTED) == 1


def test_patient_stands_a_pause_of_two_seconds_after_an_open_word() -> None:
    policy = EndOfTurn(Patience.PATIENT)
    run(policy, 1.0)
    policy.words("when you said that i felt")
    policy.words("when you said that and")
    assert COMMITTED not in [signal for _, signal in run(policy, -2.0)]


def test_a_click_is_dismissed() -> None:
    assert [signal for _, signal in run(EndOfTurn(Patience.NORMAL), 0.1, -2)] in ([BEGAN, DISMISSED], [])


def test_push_to_talk_listens_to_the_key_alone() -> None:
    policy = EndOfTurn(Patience.PUSH_TO_TALK)
    assert run(policy, 2.0, -5) == []
    assert policy.key_down() is BEGAN
    assert run(policy, 1.0, -8, 1.0) == []
    assert policy.commit() is COMMITTED
    assert policy.commit() is None


def test_the_key_ends_a_turn_whatever_the_patience() -> None:
    policy = EndOfTurn(Patience.OVER)
    run(policy, 1.0, -1.0)
    assert policy.commit() is COMMITTED


@given(st.sampled_from(PACED), st.lists(st.booleans(), max_size=800))
def test_signals_always_alternate_as_a_turn_does(patience: Patience, blocks: list[bool]) -> None:
    policy = EndOfTurn(patience)
    signals = [signal for block in blocks if (signal := policy.block(is_speech=block)) is not None]
    allowed = {
        BEGAN: {PROVISIONAL, DISMISSED},
        PROVISIONAL: {WENT_ON, COMMITTED},
        WENT_ON: {PROVISIONAL},
        COMMITTED: {BEGAN},
        DISMISSED: {BEGAN},
    }
    assert not signals or signals[0] is BEGAN
    assert all(after in allowed[before] for before, after in pairwise(signals))


@given(st.text())
def test_completeness_is_a_share_for_any_text(text: str) -> None:
    assert 0.0 <= completeness(text) <= 1.0


def test_a_cough_does_not_count_as_barging_in_and_speech_does() -> None:
    cough, speech = BargeIn(), BargeIn()
    assert not any(cough.block(is_speech=block < 15) for block in range(100))
    assert any(speech.block(is_speech=True) for _ in range(30))


def test_listeners_sounds_are_backchannels() -> None:
    assert is_backchannel("Mm-hm.")
    assert is_backchannel("okay")
    assert not is_backchannel("okay but i want to say something")
