"""What a model thinks aloud before it answers is taken out, however its answer is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.chat.thoughts import Thoughts


def answer(written: str, size: int) -> str:
    thoughts = Thoughts()
    pieces = [thoughts.without(written[at : at + size]) for at in range(0, len(written), size)]
    return "".join([*pieces, thoughts.rest()])


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<think>a < b, {x}</think>No.", "No."),
        ("\n<Thinking>one</Thinking>\n<think></think>No.", "\nNo."),
        ("<think>it never ends", ""),
        ("No. <think>is said here</think>", "No. <think>is said here</think>"),
        ("<thin", "<thin"),
        ('{"a": "<think>"}', '{"a": "<think>"}'),
    ],
)
def test_only_what_comes_after_the_thoughts_is_the_answer(written: str, said: str, size: int) -> None:
    assert answer(written, size).strip() == said.strip()


@given(st.text(max_size=60), st.integers(1, 20))
def test_an_answer_without_thoughts_stays_as_it_is(written: str, size: int) -> None:
    if "<" not in written:
        assert answer(written, size) == written
