"""What a recognizer makes up is taken out; what a learner really says stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.catalog.scenarios import read_scenario, scenario_files
from voice_agent.speech.hallucinations import Decoded, believed, without_loops
from voice_agent.speech.language_model import shared_sentences


def told(text: str, **evidence: float) -> str:
    """What is believed of a text; good evidence unless told otherwise."""
    good = {"log_prob": -0.2, "no_speech": 0.01, "voiced_s": len(text.split()) / 3}
    words = tuple(text.split())
    decoded = Decoded(words=words, **{**good, **evidence})
    return " ".join(words[place] for place in believed(decoded, least_confidence=0.2, hint="Sam, dishes, Priya"))


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching!",
        "Thanks for watching.",
        "Thanks for watching and see you next time.",
        "Please subscribe to my channel.",
        "Please like and subscribe.",
        "Subtitles by the Amara.org community",
        "Transcribed by https://otter.ai",
        "See you in the next video!",
    ],
)
def test_phrases_of_film_titles_are_never_said(text: str) -> None:
    assert told(text) == ""
    assert told(f"Would you wash your dishes tonight? {text}") == "Would you wash your dishes tonight?"


@pytest.mark.parametrize("text", ["Thank you.", "You", "Bye.", "Thank you very much for listening.", "Okay."])
def test_what_people_also_say_needs_evidence(text: str) -> None:
    assert told(text) == text
    assert told(text, no_speech=0.5) == ""
    assert told(text, log_prob=-0.9) == ""
    assert told(text, voiced_s=0.1) == ""


def test_words_into_silence_are_dropped_and_sure_words_stay() -> None:
    assert told("and then he went", no_speech=0.9, log_prob=-1.2) == ""
    assert told("and then he went", no_speech=0.9, log_prob=-0.2) == "and then he went"


def test_what_the_recognizer_does_not_believe_itself_is_dropped() -> None:
    assert told("mumble grumble rumble", log_prob=-2.0) == ""


def test_a_loop_is_told_once_and_what_stands_around_it_stays() -> None:
    text = "I want to talk " + "about the dishes " * 30 + "tonight"
    assert told(text, voiced_s=20.0) == "I want to talk about the dishes tonight"


def test_a_text_that_only_repeats_itself_is_dropped() -> None:
    rounds = " ".join(f"the dishes number {count % 7} the dishes number {count % 5}" for count in range(60))
    assert told(rounds, voiced_s=60.0) == ""


@pytest.mark.parametrize("text", ["no no no", "Please, please, please listen.", "I I I just want to say no no"])
def test_saying_it_three_times_is_no_loop(text: str) -> None:
    assert told(text) == text


def test_the_hint_told_back_is_not_believed_without_evidence() -> None:
    assert told("dishes, Priya", no_speech=0.4) == ""
    assert told("Sam, dishes!") == "Sam, dishes!"


def test_what_learners_say_in_a_hard_talk_is_believed_on_good_evidence() -> None:
    said = [
        *shared_sentences(),
        *(line for path in scenario_files().values() for line in read_scenario(path).practice),
    ]
    assert len(said) > 500
    assert [line for line in said if told(line) != " ".join(line.split())] == []


@given(st.lists(st.sampled_from(["no", "yes", "dishes", "you"]), max_size=40))
def test_taking_out_loops_keeps_the_order_and_every_word_once(words: list[str]) -> None:
    kept = without_loops(words)
    assert kept == sorted(set(kept))
    assert {words[place] for place in kept} == set(words)


@given(
    st.lists(st.text(max_size=8), max_size=30),
    st.none() | st.floats(-5, 0),
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 60),
)
def test_any_text_with_any_evidence_gives_some_of_its_words(
    words: list[str], log_prob: float | None, no_speech: float | None, voiced_s: float | None
) -> None:
    decoded = Decoded(words=tuple(words), log_prob=log_prob, no_speech=no_speech, voiced_s=voiced_s)
    kept = believed(decoded, least_confidence=0.2, hint="Sam")
    assert kept == sorted(set(kept))
    assert set(kept) <= set(range(len(words)))
