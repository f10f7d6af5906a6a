"""Sentences come out early, whole, and without a lost character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.speech.sentences import LONGEST_UNSPOKEN_CHARS, SentenceSplitter
from voice_agent.speech.speakable import speakable


def split(*pieces: str) -> list[str]:
    splitter = SentenceSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)]
    return parts + splitter.finish()


@given(st.lists(st.text(alphabet="ab .!?…,\"'\n1", max_size=30)))
def test_splitting_loses_nothing_the_partner_said(pieces: list[str]) -> None:
    assert "".join(split(*pieces)) == "".join(pieces)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("No. Not now.", ["No. ", "Not now."]),
        ("Mr. Hale called. I was out.", ["Mr. Hale called. ", "I was out."]),
        ("It was 3.5 miles. Really?! Yes.", ["It was 3.5 miles. ", "Really?! ", "Yes."]),
        ("Wait... what do you mean? Go on.", ["Wait... what do you mean? ", "Go on."]),
        ('He said "stop." Then he left.', ['He said "stop." ', "Then he left."]),
        ("At 5 p.m. on Friday. Okay?", ["At 5 p.m. on Friday. ", "Okay?"]),
        ("And I did it. I", ["And I did it. ", "I"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert split(text) == parts
    assert split(*text) == parts, "the same letter by letter"


def test_the_first_sentence_is_out_before_the_second_is_complete() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("I hear you. But it is") == ["I hear you. "]


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    splitter = SentenceSplitter()
    text = "and then she told me that it was late, " * 8
    assert splitter.feed(text)
    assert all(len(part) <= LONGEST_UNSPOKEN_CHARS + 1 for part in split(text))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("*sighs* Fine.", "Fine."),
        ("I said **no**.", "I said no."),
        ("Well — maybe…", "Well, maybe..."),
        ("Great 😀 news", "Great news"),
        ("<b>Hi</b> there", "Hi there"),
        ("[laughs] You wish.", "You wish."),
        ("...", ""),
        ("It's 5 o'clock, $20.", "It's 5 o'clock, $20."),
    ],
)
def test_what_a_voice_must_not_read_out_is_gone(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@given(st.text(max_size=200))
def test_speakable_never_fails_and_never_grows_much(text: str) -> None:
    assert len(speakable(text)) <= 2 * len(text) + 2
