"""A session again: the pauses it had, and the steps it is looked at in."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.sessions.stories import Script, whole_talk
from voice_agent.events import PartnerSentence, SessionResumed, SessionStarted, TurnHeard
from voice_agent.review.replay import LONGEST_WAIT_S, answer_line, beats, steps


def test_waits_are_those_of_the_talk_and_long_silences_are_cut() -> None:
    script = Script().opening()
    script.add(TurnHeard(turn=1, text="after a minute"), after_s=60.0)
    waits = [beat.wait_s for beat in beats(script.stamped)]
    assert waits[0] == 0.0
    assert waits[1] == 2.0
    assert waits[-1] == LONGEST_WAIT_S


def test_a_clock_that_went_back_or_a_resumed_run_never_waits_backwards() -> None:
    script = Script().opening()
    script._at_s = 0.0
    script.add(SessionResumed(engines={}, microphone="m", speaker="s"), TurnHeard(turn=1, text="hello"))
    jumped = [msgspec.structs.replace(one, wall=one.wall - timedelta(days=one.seq)) for one in script.stamped]
    waits = [beat.wait_s for beat in beats(jumped)]
    assert min(waits) == 0.0
    assert waits[-2:] == [0.0, 2.0]


def test_steps_show_a_line_or_a_rating_at_a_time_and_lose_nothing() -> None:
    stored = whole_talk()
    pieces = steps(stored)
    assert [event for piece in pieces for event in piece] == [one.event for one in stored]
    assert isinstance(pieces[0][0], SessionStarted)
    for piece in pieces:
        assert sum(isinstance(event, TurnHeard | PartnerSentence) for event in piece) <= 1


@given(st.lists(st.floats(-100, 100), max_size=20))
def test_no_wait_is_negative_or_too_long(gaps: list[float]) -> None:
    script = Script()
    for turn, gap in enumerate(gaps, start=1):
        script.add(TurnHeard(turn=turn, text="hello"), after_s=gap)
    assert all(0.0 <= beat.wait_s <= LONGEST_WAIT_S for beat in beats(script.stamped))


def test_nothing_has_no_steps() -> None:
    assert steps([]) == []
    assert beats([]) == []


def test_answers_to_check_ins_are_told() -> None:
    answers = [one.event for one in whole_talk() if type(one.event).__name__ == "CheckInRecorded"]
    assert answer_line(answers[0]) == "You answered: confidence 30 of 100, fear 7 of 10, anger 5 of 10."  # type: ignore[arg-type]
