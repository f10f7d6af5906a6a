"""Foreign text is harmless after the one place where it is cleaned."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.text import bare, clean, clean_block


@pytest.mark.parametrize(
    ("foreign", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07hello", "hello"),
        ("a\x9b2Jb", "a b"),
        ("left\u202eright", "left right"),
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("nul\x00byte", "nul byte"),
        ("zero\u200bwidth", "zero width"),
        ("[bold]stays[/bold]", "[bold]stays[/bold]"),
        ("e\u0301", "é"),
    ],
)
def test_control_sequences_go_and_words_stay(foreign: str, harmless: str) -> None:
    assert clean(foreign) == harmless


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} for c in clean(text))
    assert "\x1b" not in clean_block(text)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_very_long_line_is_cut_at_a_word() -> None:
    cut = clean("word " * 3000, limit=100)
    assert len(cut) <= 100
    assert cut.endswith("word…")


def test_bare_words_have_no_punctuation_around_them() -> None:
    assert [bare(word) for word in (" dishes,", "“don't”", "—", "half-past", "")] == [
        "dishes",
        "don't",
        "",
        "half-past",
        "",
    ]
