"""What sounded, and what that makes of each turn."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.engines import ScriptedPartner
from voice_agent.bench.judging import Happened, judged
from voice_agent.bench.partner_calls import CountedPartner, PartnerCall
from voice_agent.bench.report import TurnReport, spread, track_report
from voice_agent.bench.sound_log import SoundLog, Span, joined
from voice_agent.clock import VirtualClock
from voice_agent.conversation import Act, Moment, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.speech.truth import SpokenTurn

KNOWN: dict[str, Any] = {
    "track": "talk.wav",
    "pipeline": "bench",
    "engines": {},
    "patience": "normal",
    "replies_ahead": 3,
    "is_virtual": False,
    "seconds": 20.0,
    "server": None,
    "cpu": 0.1,
    "memory_mb": 100.0,
    "loop_late_s": 0.0,
    "faults": (),
    "ended": "microphone_ended",
}
MOMENT = Moment(
    said="hello",
    reading=Reading(
        ratings=Ratings.from_levels(dict.fromkeys(Skill, Level.NONE)),
        acts=(Act.DESCRIBE,),
        next_skill=Skill.DESCRIBE,
        rater="none",
    ),
    stance=Stance(5.0),
    history=(),
    already_said=frozenset(),
    difficulty=1,
    seed=1,
)
FIRST, SECOND = SpokenTurn(1.0, 4.0), SpokenTurn(10.0, 12.0)


def turns(*sounded: Span, happened: Happened | None = None, calls: tuple[PartnerCall, ...] = ()) -> list[TurnReport]:
    return judged((FIRST, SECOND), sounded, happened or Happened(), calls)


def test_the_gap_runs_from_the_end_of_speech_to_the_first_audible_sample() -> None:
    first, second = turns(Span(4.6, 6.0), Span(6.3, 8.0), Span(13.5, 15.0))
    assert (first.gap_s, second.gap_s) == (0.6, 1.5)
    assert first.cut_ins == second.cut_ins == ()


def test_a_partner_that_begins_inside_a_turn_cuts_in_and_has_no_gap_while_it_goes_on() -> None:
    first, second = turns(Span(2.5, 5.0), Span(13.0, 14.0))
    assert first.cut_ins == (2.5,)
    assert first.gap_s is None
    assert second.gap_s == 1.0


def test_a_cut_in_that_stops_before_the_end_still_leaves_a_gap_to_measure() -> None:
    first, _ = turns(Span(2.0, 2.3), Span(4.9, 6.0))
    assert first.cut_ins == (2.0,)
    assert first.gap_s == 0.9


def test_a_reply_that_the_learner_talks_over_is_no_cut_in_and_its_silence_is_timed() -> None:
    happened = Happened(interrupted=[10.3])
    _, second = turns(Span(4.5, 8.0), Span(8.3, 10.4), Span(12.7, 13.0), happened=happened)
    assert second.cut_ins == ()
    assert second.to_silence_s == 0.4
    assert second.confirmed_to_silence_s == 0.1
    assert second.gap_s == 0.7


def test_a_turn_without_an_answer_before_the_next_has_no_gap() -> None:
    first, second = turns(Span(13.0, 14.0))
    assert first.gap_s is None
    report = track_report([first, second], **KNOWN)
    assert report.unanswered == 1
    assert report.gap == spread([1.0])


def test_a_call_whose_reply_nobody_heard_is_wasted() -> None:
    calls = (PartnerCall(2.0, "a"), PartnerCall(4.2, "b", was_heard=True), PartnerCall(12.2, "c", was_heard=True))
    happened = Happened(
        heard=[(2.0, 1, "half"), (4.2, 2, "half and all"), (12.2, 3, "more")],
        withdrawn=[2.3],
        stages={2: {"committed_s": 0.2}},
    )
    first, second = turns(Span(4.6, 6.0), Span(13.0, 14.0), happened=happened, calls=calls)
    assert (first.calls, first.wasted, first.withdrawn, first.heard) == (2, 1, 1, "half and all")
    assert (second.calls, second.wasted) == (1, 0)
    assert first.stages == {"committed_s": 0.2}
    assert track_report([first, second], **KNOWN).wasted_per_turn == 0.5


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40))
def test_the_spread_is_ordered_and_made_of_measured_values(values: list[float]) -> None:
    told = spread([*values, None])
    assert told is not None
    assert told.n == len(values)
    assert told.p95 <= told.worst == round(max(values), 4)
    assert told.median <= told.p95 or len(values) == 2


async def test_the_log_tells_where_in_a_block_the_sound_begins() -> None:
    log = SoundLog(VirtualClock(), 1_000)
    log.block(np.zeros(20, np.int16))
    log.block(np.array([0] * 5 + [3000] * 10 + [0] * 5, np.int16))
    assert log.from_zero(-1.0) == [Span(1.005, 1.015)]


def test_short_gaps_are_joined_and_long_ones_are_not() -> None:
    spans = [Span(0.0, 1.0), Span(1.3, 2.0), Span(2.9, 3.0)]
    assert joined(spans, 0.45) == [Span(0.0, 2.0), Span(2.9, 3.0)]


async def test_a_sentence_that_sounds_marks_the_newest_call_that_holds_it() -> None:
    partner = CountedPartner(ScriptedPartner(["I hear you. Go on.", "I hear you. And then?"]), VirtualClock())
    for _ in range(2):
        async for _ in partner.reply(MOMENT):
            pass
    partner.sounded("And then?")
    assert [call.was_heard for call in partner.calls] == [False, True]
    partner.sounded("I hear you.")
    assert [call.was_heard for call in partner.calls] == [False, True]
    assert partner.moments[0] is MOMENT, "what the partner can do beside the Protocol it still does"
