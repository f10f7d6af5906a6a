"""Check-in answers, typed and said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.emotions import CheckInForm, Feeling, TrialItem
from voice_agent.errors import UserError
from voice_agent.rehearsal.check_in import CheckInQuestions, confidence_of, feelings_of, likert_of
from voice_agent.spoken_numbers import number_words, with_digits

F = Feeling


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("fear 7, anger 3", {F.FEAR: 7, F.ANGER: 3}),
        ("about a seven, mostly fear", {F.FEAR: 7}),
        ("I'm at six mostly anger", {F.ANGER: 6}),
        ("fear and worry seven", {F.FEAR: 7, F.WORRY: 7}),
        ("no fear some anger maybe a four", {F.ANGER: 4}),
        ("seven out of ten afraid", {F.FEAR: 7}),
        ("i guess a five sad and angry three", {F.SADNESS: 5, F.ANGER: 3}),
        ("hopeful eight", {F.HOPE: 8}),
        ("between six and seven fear", {F.FEAR: 6}),
        ("fear like a seven or an eight", {F.FEAR: 7}),
        ("six to eight anger, worry two", {F.ANGER: 7, F.WORRY: 2}),
        ("fear seven and three anger", {F.FEAR: 7, F.ANGER: 3}),
        ("on a scale of zero to ten fear is a nine", {F.FEAR: 9}),
        ("fear 7.5", {F.FEAR: 7}),
        ("overwhelmed, eight", {F.WORRY: 8}),
        ("nothing really", {}),
        ("calm", {}),
        ("", {}),
    ],
)
def test_feelings_are_understood(said: str, wanted: dict[Feeling, int]) -> None:
    assert feelings_of(said) == wanted


@pytest.mark.parametrize(
    "said", ["many", "fear", "fear 70", "seven three", "fera 3", "12 fear", "numb 8, fear 5", "fear -3"]
)
def test_a_slip_is_named_with_its_cure(said: str) -> None:
    with pytest.raises(UserError):
        feelings_of(said)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [("40", 40), ("sixty five", 65), ("about seventy percent", 70), ("a hundred", 100), ("fifty fifty", 50),
     ("sixty or seventy", 65), ("between forty and fifty", 45), ("seventy out of a hundred", 70), ("zero", 0), ("seven out of ten", 70), ("", None), ("skip", None)],
)  # fmt: skip
def test_confidence_is_understood(said: str, wanted: int | None) -> None:
    assert confidence_of(said) == wanted


@pytest.mark.parametrize("said", ["-4", "minus four", "101", "many", "3 4 5"])
def test_confidence_out_of_range_is_refused(said: str) -> None:
    with pytest.raises(UserError):
        confidence_of(said)


def test_the_trial_form_asks_imbues_eight_items_in_order() -> None:
    questions = CheckInQuestions(CheckInForm.TRIAL)
    for item in TrialItem:
        assert "1 (not at all) to 7" in questions.question
        answer = questions.answer("skip" if item is TrialItem.HOPE else "four")
    assert answer is not None
    assert answer.trial == dict.fromkeys((item for item in TrialItem if item is not TrialItem.HOPE), 4)


def test_likert_is_one_to_seven() -> None:
    assert likert_of("about a seven") == 7
    assert likert_of("three out of seven") == 3
    with pytest.raises(UserError):
        likert_of("8")


@given(st.sampled_from(sorted(number_words())))
def test_every_number_is_read_in_words(words: str) -> None:
    assert with_digits(words) == str(number_words()[words])


@given(st.text(max_size=80))
def test_any_answer_is_an_answer_or_one_clear_error(said: str) -> None:
    try:
        found = feelings_of(said)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert all(0 <= value <= 10 for value in found.values())
