"""An own situation, told in answers: undone, changed, and kept as it was said."""

from __future__ import annotations

import pytest

from voice_agent.errors import UserError
from voice_agent.rehearsal.interview import QUESTIONS, Interview

ANSWERS = (
    "Renzo", "my landlord", "4", "On Monday Sam's cousin wrote to me.", "He wrote back.", "", "A repair by Friday",
    "Sam's boiler", "Repair it by Friday", "", "3 6", "I'm busy.", "", "", "", "", "2", "4", "2", "3",
)  # fmt: skip


def told(*answers: str) -> Interview:
    interview = Interview()
    for words in answers:
        interview.answer(words)
    return interview


def test_an_answer_that_was_undone_is_given_again_by_an_empty_one() -> None:
    interview = told("Renzo", "my landlord", "4")
    assert interview.back() == "services"
    assert "(Empty: services)" in interview.text
    interview.answer("")
    assert interview.answers["domain"] == ["services"]


def test_of_several_answers_the_last_is_undone_first() -> None:
    interview = told("Renzo", "my landlord", "4", "On Monday he wrote.", "On Friday he called.")
    assert interview.back() == "On Friday he called."
    interview.answer("")
    assert interview.back() == ""
    assert interview.answers["facts"] == ["On Monday he wrote."], "what was told stays"
    assert (interview.back(), interview.back()) == ("On Monday he wrote.", "services")


def test_one_answer_is_changed_and_nothing_else_is_asked() -> None:
    interview = told(*ANSWERS)
    assert interview.question is None
    interview.change(1 + [question.key for question in QUESTIONS].index("difficulty"))
    interview.answer("2")
    assert interview.question is None
    assert interview.scenario("x")["difficulty"] == 2
    with pytest.raises(UserError, match="there is no question 99"):
        interview.change(99)


def test_names_keep_their_capitals_in_what_the_partner_says() -> None:
    interview = told(*ANSWERS)
    assert interview.scenario("x")["slots"] == {"topic": "Sam's boiler", "request": "repair it by Friday"}
    (habits,) = [question for question in QUESTIONS if question.key == "habits"]
    assert interview.told(habits) == "they change the subject; they go silent"
