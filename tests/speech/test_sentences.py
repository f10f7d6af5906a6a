"""Sentences come out early, whole, and without a lost character."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.speech.sentences import (
    FIRST_CLAUSE_CHARS,
    LONGEST_PART_CHARS,
    SentenceSplitter,
    split_sentences,
)

WORDS = [
    "I",
    "you",
    "Mr.",
    "said",
    "no.",
    "Well,",
    "p.m.",
    "U.S.",
    "3.5",
    '"Stop!"',
    "what?!",
    "...",
    "so",
    "1.",
    "dishes;",
]
TALK = st.lists(st.sampled_from(WORDS) | st.text(alphabet="ab .!?…,\"'\n1", max_size=30), max_size=60).map(" ".join)


def split(*pieces: str) -> list[str]:
    splitter = SentenceSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)]
    return parts + splitter.finish()


@given(st.lists(st.text()))
def test_splitting_loses_nothing_the_partner_said(pieces: list[str]) -> None:
    assert "".join(split(*pieces)) == "".join(pieces)


@given(TALK, st.integers(min_value=1, max_value=7))
def test_the_cuts_do_not_depend_on_the_pieces_the_text_came_in(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert split(*pieces) == split_sentences(text)


@given(TALK)
def test_no_part_is_empty_or_longer_than_an_engine_is_given(text: str) -> None:
    assert all(0 < len(part) <= LONGEST_PART_CHARS for part in split_sentences(text))


@pytest.mark.parametrize(
    "text",
    [
        "No. |Not now.",
        "See No. 5 first. |Then go.",
        "Mr. Hale called. |I was out.",
        "It was 3.5 miles. |Really?! |Yes.",
        "Wait... what do you mean? |Go on.",
        "I waited... |You never came.",
        'He said "stop." |Then he left.',
        '"Really?" she said. |I nodded.',
        "At 5 p.m. on Friday. |Okay?",
        "We close at 5 p.m. |Come tomorrow.",
        "I moved to the U.S. Army base. |It was cold.",
        "Take a break, e.g. Monday. |Fine?",
        "1. The dishes. |2. The rent.",
        "I was born in 1990. |You know that.",
        "And I did it. |I",
        "Write to me at a.b@example.com today. |Please.",
        "(He meant it.) |So did I.",
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str) -> None:
    parts = [part.replace("|", "") for part in text.split("|")]
    assert split_sentences(text.replace("|", "")) == parts


def test_the_first_sentence_is_out_before_the_second_is_complete() -> None:
    assert SentenceSplitter().feed("I hear you. But it is") == ["I hear you. "]


def test_a_full_stop_is_no_end_until_the_next_letter_shows_it() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("It costs 3.") == []
    assert splitter.feed("50 at most. ") == []
    assert splitter.feed("W") == ["It costs 3.50 at most. "]


def test_the_first_clause_of_a_long_reply_does_not_wait_for_its_sentence() -> None:
    splitter = SentenceSplitter()
    reply = "I know that you have had a long week at work, " + "and that nobody in this house thanked you for " * 3
    heard_after = next(n for n in range(len(reply)) if splitter.feed(reply[n]))
    assert heard_after <= FIRST_CLAUSE_CHARS


def test_a_long_sentence_is_cut_at_its_commas_only() -> None:
    parts = split_sentences("and then she told me that it was late, " * 12)
    assert len(parts) > 2
    assert all(part.rstrip().endswith(",") for part in parts)


def test_a_sentence_without_punctuation_is_cut_between_words() -> None:
    assert all(part.endswith(" ") for part in split_sentences("word " * 200))


@pytest.mark.parametrize("text", ["a" * 20_000, " " * 20_000, "." * 20_000, "a. " * 10_000, ", " * 10_000])
def test_odd_text_letter_by_letter_takes_no_more_time_than_it_is_long(text: str) -> None:
    began_s = time.process_time()
    assert "".join(split(*text)) == text
    assert time.process_time() - began_s < 3.0


def test_a_finished_splitter_starts_afresh() -> None:
    splitter = SentenceSplitter()
    splitter.feed("Fine. And")
    assert splitter.finish() == ["And"]
    assert splitter.feed("One. Two") == ["One. "]


def test_while_text_still_comes_its_first_clause_can_be_spoken_and_nothing_is_lost() -> None:
    splitter = SentenceSplitter()
    text = "Well, I only just came in, and now this. Leave it."
    assert not splitter.feed("Well, ")
    assert not splitter.early(), "too short to cover the rest"
    assert not splitter.feed("I only just came in, ")
    first = splitter.early()
    assert first == ["Well, I only just came in, "]
    assert not splitter.early()
    rest = [*splitter.feed("and now this. Leave it."), *splitter.finish()]
    assert "".join(first + rest) == text


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("You know me. ", True),
        ("No. ", True),
        ('"Really?" ', True),
        ("I went to Dr. ", False),
        ("It was J. ", False),
        ("It costs 3.", False),
        ("I know", False),
    ],
)
def test_a_short_first_sentence_does_not_wait_for_the_next_letter(text: str, given: bool) -> None:
    splitter = SentenceSplitter()
    assert splitter.feed(text) == []
    assert splitter.early() == ([text] if given else [])
    assert splitter.finish() == ([] if given else [text])
