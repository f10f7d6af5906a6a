"""A voice reads out words only: no markup, no figures, no stage directions."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from voice_agent.speech.speakable import speakable


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("I have 3 of 21.", "I have three of twenty-one."),
        ("1,250 people, 1000000 plates", "one thousand two hundred fifty people, one million plates"),
        ("It is 3.50 off.", "It is three point five zero off."),
        ("the 1st, 2nd, 12th, 20th and 31st", "the first, second, twelfth, twentieth and thirty-first"),
        ("13th, 100th", "thirteenth, one hundredth"),
        ("Call 555-0134.", "Call five five five, zero one three four."),
        ("10-15 minutes", "ten to fifteen minutes"),
        ("5 mins. later, 1 hr", "five minutes later, one hour"),
        ("In 1995, 2005 and 2026.", "In nineteen ninety-five, two thousand five and twenty twenty-six."),
        ("the 1990s, the 80s", "the nineteen nineties, the eighties"),
        ("½ of it, 2½ cups, 3/4 full", "a half of it, two and a half cups, three quarters full"),
        ("7/10, 24/7", "seven out of ten, twenty-four seven"),
        ("room 007, it's -5", "room zero zero seven, it's minus five"),
        ("No. 5, but no. I won't.", "number five, but no. I won't."),
        ("mp3s or COVID-19", "mp three s or COVID nineteen"),
    ],
)
def test_numbers_become_words(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("You owe me $20.", "You owe me twenty dollars."),
        ("$1, $1,200 or £4.50", "one dollar, one thousand two hundred dollars or four pounds and fifty p"),
        ("It was $0.99, not $1.01!", "It was ninety-nine cents, not one dollar and one cent!"),
        ("€1.5 million, $40k", "one point five million euros, forty thousand dollars"),
        ("It's 20% off", "It's twenty percent off"),
    ],
)
def test_money_is_read_with_its_currency_last(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("at 7:30, please", "at seven thirty, please"),
        ("from 9:00 to 5:05pm", "from nine o'clock to five oh five p.m."),
        ("by 5 p.m. on Friday", "by five p.m. on Friday"),
        ("At 12:00 a.m. Then sleep", "At twelve a.m. Then sleep"),
        ("We close at 10AM.", "We close at ten a.m."),
        ("I am 5 amused ducks", "I am five amused ducks"),
    ],
)
def test_times_are_read_as_people_say_them(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Mr. Hale and Ms. Ito", "Mister Hale and Miz Ito"),
        ("plates, cups, etc. in the sink", "plates, cups, et cetera in the sink"),
        ("Plates, etc. Then cups, etc.", "Plates, et cetera. Then cups, et cetera."),
        ("e.g. Monday", "for example Monday"),
        ("you & me and/or her/him", "you and me or her or him"),
    ],
)
def test_abbreviations_are_spelled_out(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("*sighs* Fine.", "Fine."),
        ("Okay. *Slowly shakes her head* No.", "Okay. No."),
        ("[laughs] You wish.", "You wish."),
        ("Well (pauses, looking down), fine.", "Well, fine."),
        ("I said **no**, and I *really* mean it.", "I said no, and I really mean it."),
        ("My sister (the older one) said _no_.", "My sister (the older one) said no."),
        ("<b>Hi</b> there", "Hi there"),
        ("Great 😀👍🏽 news ❤️ :)", "Great news"),
        ("See https://example.com/a?b=1 now", "See a link now"),
        ("# Plan\n- one\n- two", "Plan. one. two"),
    ],
)
def test_what_a_voice_must_not_read_out_is_gone(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Well — maybe…", "Well, maybe..."),
        ("I - I don't know--really", "I, I don't know, really"),
        ("… so what?!", "so what?"),
        ("What??? No!!!", "What? No!"),
        ("It’s a well-known thing", "It's a well-known thing"),
        ("...", ""),
        ("*** 😀 —", ""),
        ("", ""),
    ],
)
def test_dashes_and_dots_become_pauses(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@given(st.text(max_size=200) | st.text(alphabet="0123456789.,:/-$£%#½ apm", max_size=40))
def test_whatever_comes_in_one_line_without_figures_or_markup_comes_out(text: str) -> None:
    spoken = speakable(text)
    assert not any(character.isdecimal() or character in "*_`#~|<>\\^{}[]$%\n\r\t\x00\x1b" for character in spoken)
    assert spoken == "" or any(character.isalnum() for character in spoken)
    assert spoken == " ".join(spoken.split())


@given(st.from_regex(r"[A-Za-z' ]{0,40}[.?!]?", fullmatch=True))
def test_plain_words_stay_as_they_are(text: str) -> None:
    plain = re.sub(r" +(?=[.?!]$)", "", " ".join(text.split()))
    assume(any(map(str.isalpha, plain)))
    assume(not re.search(r"\b(etc|mr|mrs|ms|dr|prof|vs|approx)\b", plain, re.IGNORECASE))
    assert speakable(plain) == plain
