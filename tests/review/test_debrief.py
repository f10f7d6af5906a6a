"""What is told after a rehearsal."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sessions.stories import Script, whole_talk
from voice_agent.care import CrisisKind
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.dearman import Level, Skill
from voice_agent.events import CheckInTime, CrisisNoticed, EndReason, SessionStarted, Stamped
from voice_agent.review.debrief import Debrief, debrief_of
from voice_agent.review.debrief_lines import debrief_lines, revealed_lines
from voice_agent.review.thoughts import Guess, reasons
from voice_agent.sessions.story import story_of
from voice_agent.settings import Arm


def told(stamped: list[Stamped] | None = None) -> Debrief:
    return debrief_of(story_of(stamped or whole_talk()))


def test_skills_are_told_turn_by_turn_without_what_was_taken_back() -> None:
    found = told()
    assert found.turn_numbers == (2, 3, 4)
    describe = next(one for one in found.skills if one.skill is Skill.DESCRIBE)
    assert (describe.levels, describe.strong) == ((Level.STRONG, Level.NONE, Level.NONE), 1)
    assert found.taken_back == 1


def test_feelings_and_confidence_are_told_before_and_after_and_missing_ones_as_missing() -> None:
    moved = {one.name: (one.before, one.after) for one in told().moved}
    assert moved == {"Confidence": (30, 55), "Fear": (7, 4), "Anger": (5, None), "Hope": (None, 6)}
    lines = debrief_lines(told())
    assert "Confidence: 30 before, 55 after (of 100)." in lines
    assert "Anger: 5 of 10 before, not named after." in lines


def test_the_best_turn_and_the_one_to_try_again_differ_and_come_with_words() -> None:
    found = told()
    assert found.best is not None
    assert found.again is not None
    assert (found.best.turn, found.again.turn) == (2, 4)
    assert found.again.partner_line == "I was going to do them tonight."
    assert found.again.words == "What would work for you?"


def test_takes_of_one_moment_stand_side_by_side() -> None:
    (compared,) = told().takes
    assert [(take.turn, take.stands, take.partner) for take in compared.takes] == [
        (1, False, "hardened by 1.5"),
        (2, True, "softened by 0.8"),
    ]
    assert compared.sentence.startswith("From the first take to the last: Describe,")


def test_the_voice_is_told_over_time_from_spoken_turns_alone() -> None:
    pace = next(one for one in told().voice if one.name == "Pace")
    assert (pace.turns, pace.values) == ((2, 4), (4.5, 4.0))
    assert pace.sentence == "you spoke slower in the second half"
    typed = Script().opening().turn("a", "2222222").turn("b", "2222222").end()
    assert told(typed.stamped).voice == ()


def test_one_thing_for_next_time_is_a_lost_state_of_mind_before_a_missing_strategy() -> None:
    lost = Script().opening()
    for _ in range(3):
        lost.turn("you never listen", "2222022", advice="Let me stay with the plates.", advised=Skill.MINDFUL)
    found = told(lost.end().stamped).next_time
    assert found is not None
    assert (found.skill, found.words) == (Skill.MINDFUL, "Let me stay with the plates.")
    steady = Script().opening()
    for _ in range(3):
        steady.turn("please", "2220220", advice="What would work for you?", advised=Skill.NEGOTIATE)
    found = told(steady.end().stamped).next_time
    assert found is not None
    assert (found.skill, found.words) == (Skill.NEGOTIATE, "What would work for you?")


def test_a_guess_stands_beside_what_was_so() -> None:
    found = told()
    assert found.revealed is not None
    lines = revealed_lines(found.revealed, {"fear": "that I leave"})
    at = lines.index("You guessed: that I leave")
    assert lines[at + 1] == "Afraid of: being thought of as the bad roommate again"
    assert Guess.FEAR.question("Sam") == "What do you think Sam was afraid of, and did not say?"


def test_each_turn_tells_what_landed_what_pushed_and_what_stood_behind_it() -> None:
    found = told().revealed
    assert found is not None
    kind, lost = found.thoughts[0], found.thoughts[-1]
    assert kind.landed == ("you told what happened, without judging", "you stayed with what you came for")
    assert lost.pushed == ("it felt like an attack, or like letting go of what you came for",)
    assert (kind.change, lost.change) == ("softened by 0.8", "hardened by 0.9")


def test_what_stands_behind_an_answer_goes_with_the_stance() -> None:
    scenario = load_scenario("roommate-dishes")
    script = Script(scenario=scenario).opening()
    script.turn("a", "0000000", step=3).turn("b", "2222222", step=-4).turn("c", "2222222", step=-4)
    found = told(script.end().stamped).revealed
    assert found is not None
    assert found.thoughts[0].behind in scenario.partner.beliefs
    assert found.thoughts[1].behind == scenario.partner.wants
    assert found.thoughts[2].behind == scenario.partner.hidden_concern


def test_every_cause_of_the_stance_rule_has_words() -> None:
    from voice_agent.partner.stance import ACT_POINTS, POINTS

    for skill, points in POINTS.items():
        for level, point in zip((Level.STRONG, Level.WEAK, Level.NONE), points, strict=True):
            if point:
                landed, pushed = reasons((f"{skill.value} {level.word} {point:+.1f}",))
                (words,) = landed or pushed
                assert words != f"{skill.value} {level.word}"
    for act, point in ACT_POINTS.items():
        landed, pushed = reasons((f"{act.value} {point:+.1f}",))
        assert act.value not in (landed or pushed)
    assert reasons(("being thanked for cooking -1.0",)) == (("being thanked for cooking",), ())


def test_a_trial_arm_without_feedback_is_told_nothing_about_turns() -> None:
    stamped = whole_talk()
    started = stamped[0].event
    assert isinstance(started, SessionStarted)
    arm = msgspec.structs.replace(started.settings, arm=Arm.SIMULATION_ONLY)
    stamped[0] = msgspec.structs.replace(stamped[0], event=msgspec.structs.replace(started, settings=arm))
    found = told(stamped)
    assert (found.skills, found.best, found.revealed, found.takes) == ((), None, None, ())
    assert {one.name for one in found.moved} == {"Confidence", "Fear", "Anger", "Hope"}


def test_a_talk_that_stopped_for_care_is_not_rated() -> None:
    script = Script().opening().turn("hello", "2222222")
    script.add(CrisisNoticed(turn=2, crisis=CrisisKind.SELF_HARM, message="stop", help_lines=()))
    found = told(script.end(EndReason.CARE).stamped)
    assert found.skills == ()
    assert found.narrative.startswith("The practice stopped for your sake.")


def test_a_talk_without_turns_says_so() -> None:
    found = told(Script().check_in(CheckInTime.START, 40).opening().end().stamped)
    assert found.narrative == "Nothing was rated in this talk."
    assert debrief_lines(found)[-1] == "Confidence: 40 of 100 before, not named after."


@given(
    turns=st.lists(st.tuples(st.text("012", min_size=7, max_size=7), st.floats(-2.5, 2.5), st.booleans()), max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_any_talk_can_be_told_and_read_back(turns: list[tuple[str, float, bool]]) -> None:
    script = Script().opening()
    for levels, step, is_taken_back in turns:
        script.turn("some words", levels, step=step, advice="Other words.")
        if is_taken_back:
            script.taken_back()
    found = told(script.end().stamped)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Debrief) == found
    lines = debrief_lines(found)
    assert all("None" not in line for line in lines)
    if found.revealed is not None:
        assert len(found.revealed.thoughts) == found.turns
        assert revealed_lines(found.revealed, {})
    if found.best and found.again:
        assert found.best.turn != found.again.turn


def test_a_thousand_turns_are_told() -> None:
    script = Script().opening()
    for _ in range(1000):
        script.turn("some words", "1201201", advice="Other words.")
    found = told(script.end().stamped)
    assert found.turns == 1000
    assert found.length_s == pytest.approx(script.stamped[-1].at_s)
