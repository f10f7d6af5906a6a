"""The policy that says when a turn is over."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.protocols import BLOCK_S
from voice_agent.pipeline.end_of_turn import WAITS, EndOfTurn, TurnSignal
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


ODDS = st.one_of(st.none(), st.floats(-60, 60))


def paused(patience: Patience, log_odds: float | None, *, stretch: float = 1.0, is_final: bool = True) -> EndOfTurn:
    """A turn of one second with 0.2 s of silence after it, judged."""
    policy = EndOfTurn(patience, stretch=stretch)
    run(policy, 1.0, -0.2)
    policy.judged(log_odds, is_final=is_final)
    return policy


def commits_after(policy: EndOfTurn, limit_s: float = 12.0) -> float:
    """Seconds of silence, those before the call included, until the commit."""
    before = policy.silence_s
    found = run(policy, -limit_s)
    assert found[-1][1] is COMMITTED
    return round(before + found[-1][0], 2)


@pytest.mark.parametrize("log_odds", [-4.0, -1.0, 0.0, 1.0, 4.0, None])
def test_more_patience_waits_longer(log_odds: float | None) -> None:
    waits = [commits_after(paused(patience, log_odds)) for patience in PACED]
    assert waits == sorted(waits)
    assert len(set(waits)) == 3


def test_a_turn_that_is_surely_over_is_answered_in_half_a_second_and_a_surely_open_one_in_two_or_more() -> None:
    assert commits_after(paused(Patience.NORMAL, 5.0)) <= 0.5
    assert commits_after(paused(Patience.NORMAL, -4.0)) >= 2.0


@given(st.sampled_from(PACED), ODDS, st.floats(0.8, 2.0), st.booleans())
def test_a_commit_always_comes_and_never_before_the_shortest_wait(
    patience: Patience, log_odds: float | None, stretch: float, is_final: bool
) -> None:
    waits = WAITS[patience]
    silence_s = commits_after(paused(patience, log_odds, stretch=stretch, is_final=is_final))
    assert waits.shortest_s - 1e-9 <= silence_s <= waits.unfinished_s + BLOCK_S


@given(st.sampled_from(PACED), st.floats(-60, 60), st.floats(-60, 60), st.floats(0.8, 2.0))
def test_the_more_finished_a_turn_sounds_the_sooner_it_is_answered(
    patience: Patience, one: float, other: float, stretch: float
) -> None:
    waits = [paused(patience, odds, stretch=stretch).wait_s() for odds in sorted((one, other))]
    assert waits[0] >= waits[1]


@given(st.sampled_from(PACED), st.floats(-60, 60), st.floats(0.8, 2.0), st.floats(0.8, 2.0))
def test_who_pauses_longer_is_given_longer(patience: Patience, log_odds: float, one: float, other: float) -> None:
    waits = [paused(patience, log_odds, stretch=stretch).wait_s() for stretch in sorted((one, other))]
    assert waits[0] <= waits[1] + 1e-9


def test_words_that_may_lack_the_last_one_do_not_end_a_turn_early() -> None:
    late = commits_after(paused(Patience.NORMAL, 5.0, is_final=False))
    assert late >= WAITS[Patience.NORMAL].unknown_s
    assert paused(Patience.NORMAL, 5.0, is_final=False).likely_wait_s() < late


def test_what_was_judged_of_a_pause_does_not_hold_for_the_next() -> None:
    policy = paused(Patience.NORMAL, 5.0)
    run(policy, 0.5, -0.2)
    assert commits_after(policy) >= WAITS[Patience.NORMAL].unknown_s


@pytest.mark.parametrize("pause", [0.4, 0.7, 1.0])
def test_a_pause_inside_an_unfinished_sentence_does_not_end_the_turn(pause: float) -> None:
    policy = paused(Patience.NORMAL, -1.5)
    signals = run(policy, -(pause - 0.2), 1.0)
    assert [signal for _, signal in signals] == [WENT_ON]
    assert policy.paused_s == pytest.approx(pause, abs=BLOCK_S)


def test_patient_stands_a_pause_of_three_seconds_after_an_open_word() -> None:
    assert commits_after(paused(Patience.PATIENT, -4.0)) > 3.0


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
