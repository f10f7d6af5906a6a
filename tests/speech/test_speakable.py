"""A voice reads out words only: no markup, no figures, no stage directions."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from num2words import num2words

from voice_agent.speech.number_words import cardinal, ordinal
from voice_agent.speech.short_forms import SHORT_FORMS
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
        ("5 mins. later, 1 hr. Later, 5 min. Then", "five minutes later, one hour. Later, five minutes. Then"),
        ("In 1995, 2005 and 2026.", "In nineteen ninety-five, two thousand five and twenty twenty-six."),
        ("the 1990s, the 80s", "the nineteen nineties, the eighties"),
        ("½ of it, 2½ cups, 3/4 full", "a half of it, two and a half cups, three quarters full"),
        ("7/10, 24/7", "seven out of ten, twenty-four seven"),
        ("room 007, it's -5", "room zero zero seven, it's minus five"),
        ("No. 5, but no. I won't.", "number five, but no. I won't."),
        ("mp3s or COVID-19", "mp three s or COVID nineteen"),
        ("1/3 of it, 2/3 and 5/8, but 9/10", "a third of it, two thirds and five eighths, but nine out of ten"),
        (
            "10k people, 1.2B or 5bn, class 4B",
            "ten thousand people, one point two billion or five billion, class four B",
        ),
        ("in 1815, 1815 men", "in eighteen fifteen, one thousand eight hundred fifteen men"),
        ("the '90s, the 1800s", "the nineties, the eighteen hundreds"),
        ("3x as much, 2x4", "three times as much, two by four"),
        (".5 and 0.5", "zero point five and zero point five"),
        ("World War II, part IV", "World War two, part four"),
        ("the part I like, I vi", "the part I like, I vi"),
        (
            "(555) 123-4567 or +1 555 123 4567",
            "five five five, one two three, four five six seven or plus one, five five five, one two three, four five six seven",
        ),
        ("\u0663 plates", "three plates"),
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
        ("10%-20% less", "ten to twenty percent less"),
        ("$5-$10, $5-10", "five to ten dollars, five to ten dollars"),
        ("$3M or ¥500 or ₹20", "three million dollars or five hundred yen or twenty rupees"),
        ("20 USD, EUR 1.50", "twenty dollars, one euro and fifty cents"),
        ("$20/hr, $5/month", "twenty dollars per hour, five dollars per month"),
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
        ("at 19:30 or 20:00", "at nineteen thirty or twenty hundred"),
        ("May 3, 2024 or May 3rd", "May third, twenty twenty-four or May third"),
        ("3 May, the 4th of July 1976", "the third of May, the fourth of July, nineteen seventy-six"),
        (
            "2024-12-25, 12/25/2024 and 25/12/2024",
            "December twenty-fifth, twenty twenty-four, December twenty-fifth, twenty twenty-four and December twenty-fifth, twenty twenty-four",
        ),
        ("by the 14th of February. It is late.", "by the fourteenth of February. It is late."),
        ("It was in May. 3 came.", "It was in May. three came."),
        (
            "on 3 Sept. 2024, by 3 Jan. He left",
            "on the third of September, twenty twenty-four, by the third of January. He left",
        ),
        ("on Jan. 5 or Mon. the 6th", "on January fifth or Monday the sixth"),
        ("We may 5 times. I march 3 miles.", "We may five times. I march three miles."),
    ],
)
def test_times_and_dates_are_read_as_people_say_them(text: str, spoken: str) -> None:
    assert speakable(text) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Mr. Hale and Ms. Ito", "Mister Hale and Miz Ito"),
        ("plates, cups, etc. in the sink", "plates, cups, et cetera in the sink"),
        ("Plates, etc. Then cups, etc.", "Plates, et cetera. Then cups, et cetera."),
        ("e.g. Monday", "for example Monday"),
        ("you & me and/or her/him", "you and me or her or him"),
        ("w/o you, b/c of me, a.k.a. Bob", "without you, because of me, also known as Bob"),
        ("St. John's on Main St. in May", "Saint John's on Main Street in May"),
        ("They got wed. See you Wed. He left.", "They got wed. See you Wednesday. He left."),
        ("John Smith Jr. and Acme Inc. agreed", "John Smith Junior and Acme Incorporated agreed"),
        (
            "25°C, 60 km/h, 5 kg, 1 kg, 1 ft, 6'2\"",
            "twenty-five degrees Celsius, sixty kilometers per hour, five kilos, one kilo, one foot, six foot two",
        ),
        ("100 sq ft at 30 mph", "one hundred square feet at thirty miles per hour"),
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
        ("1. First\n2) Second\n* third", "First. Second. third"),
        ("2. The rent.", "The rent."),
        ("> I said so\n\n---\nGo", "I said so. Go"),
        ("Read [my note](https://x.org/a_b) [1] ![cat](c.png)", "Read my note cat"),
        ("write to me@example.com or see example.org", "write to me at example dot com or see example dot org"),
        ("see www.example.com/x.", "see a link."),
        ("<think>They want the car. *hm*</think>Take it.", "Take it."),
        ("Do this:\n```sh\nrm -rf /\n```\nOkay?", "Do this: Okay?"),
        ("_sighs_ ~laughs~ {pauses} No.", "No."),
        ("((sighs) [x]) No.", "No."),
        ("R&amp;D &lt;b&gt;now&lt;/b&gt;", "R and D now"),
        ("| you | me |\n|---|---|\n| 1 | 2 |", "you, me. one, two"),
        ("one • two → three", "one, two, three"),
        ("**Plan**\nGo 😀\n\nNow.\nYes", "Plan. Go. Now. Yes"),
        ("I ❤️ it <3 ;-) 8)", "I it"),
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


SNIPPETS = [
    "**", "*", "_", "__", "~~", "`", "#", "##", "> ", "- ", "* ", "\n", "\n\n", "\n# ", "\n- ", "\n1. ", "---", "***",
    "*sighs*", "(pauses)", "(laughs softly)", "[angry]", "{x}", "<b>", "</b>", "<br/>", "<think>no</think>", "&amp;", "…", "—", "-",
    "😀", "❤️", ":)", "https://x.org/a?b=1", "www.x.org", "a@b.com", "[here](http://x.org)", "![a](b.png)", "[1]", "[^2]", "|",
    "$20", "7:30", "5 p.m.", "3/4", "2024-05-03", "20%", "#1", "10k", "½", "1st", "25°C", "+", "=", "/", "\\", "^", "~5", "'",
]  # fmt: skip
"""What language models put around and between words."""
WORDS = ["fine", "tomorrow", "dishes", "please", "never", "yours"]
MARKED_UP = st.lists(st.sampled_from(WORDS) | st.sampled_from(SNIPPETS), max_size=14)
ANY_TEXT = (
    st.text(max_size=200)
    | st.text(alphabet="0123456789.,:/-$£%#½ apmkx'\"()", max_size=40)
    | MARKED_UP.map(" ".join)
    | MARKED_UP.map("".join)
)


@given(ANY_TEXT)
def test_whatever_comes_in_letters_and_the_marks_of_sentences_come_out(text: str) -> None:
    spoken = speakable(text)
    assert all(character.isalpha() or character in " .,;:!?'\"()-“”" for character in spoken)
    assert spoken == "" or any(character.isalpha() for character in spoken)
    assert spoken == " ".join(spoken.split())


@given(ANY_TEXT)
def test_what_is_speakable_stays_as_it_is(text: str) -> None:
    spoken = speakable(text)
    assert speakable(spoken) == spoken


@given(MARKED_UP)
def test_no_spoken_word_is_lost_among_markup(pieces: list[str]) -> None:
    said = re.findall(rf"\b(?:{'|'.join(WORDS)})\b", speakable(" ".join(pieces)))
    assert said == [piece for piece in pieces if piece in WORDS]


@given(st.integers(0, 10**15 - 1) | st.integers(0, 3_000))
def test_number_words_are_those_of_a_well_kept_library(number: int) -> None:
    assert cardinal(number) == num2words(number).replace(",", "").replace(" and ", " ")
    assert ordinal(number) == num2words(number, to="ordinal").replace(",", "").replace(" and ", " ")


@given(st.from_regex(r"[A-Za-z' ]{0,40}[.?!]?", fullmatch=True))
def test_plain_words_stay_as_they_are(text: str) -> None:
    plain = re.sub(r" +(?=[.?!]$)", "", " ".join(text.split()))
    assume(any(map(str.isalpha, plain)))
    assume(not re.search(rf"\b(etc|apt|st|{'|'.join(map(re.escape, SHORT_FORMS))})\b", plain, re.IGNORECASE))
    assume(
        not re.search(r"\b(part|act|phase|type|round|level|section|volume|chapter) [ivx]+\b", plain, re.IGNORECASE)
    )
    assert speakable(plain) == plain
