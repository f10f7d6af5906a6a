"""The truth of a track: read, written, and told in one line when it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.errors import UserError
from voice_agent.speech.truth import SpokenTurn, SpokenWord, read_truth, write_truth

MILLISECONDS = st.integers(1, 3_000)


@st.composite
def truths(draw: st.DrawFn) -> tuple[SpokenTurn, ...]:
    """Turns one after another, with words that touch or leave gaps."""
    at, turns = 0, []
    for _ in range(draw(st.integers(1, 5))):
        at += draw(MILLISECONDS)
        start, words = at, []
        for _ in range(draw(st.integers(0, 4))):
            length = draw(MILLISECONDS)
            text = draw(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8))
            words.append(SpokenWord(text, at / 1000, (at + length) / 1000))
            at += length + draw(st.integers(0, 500))
        at += 1
        end = max([at / 1000, *(word.end for word in words)])
        turns.append(SpokenTurn(start / 1000, end, tuple(words), draw(st.booleans())))
    return tuple(turns)


@given(truths())
def test_a_truth_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, turns: tuple[Any, ...]) -> None:
    path = tmp_path_factory.mktemp("truth") / "talk.json"
    write_truth(path, turns)
    again = read_truth(path)
    assert [(turn.start, turn.end, turn.barge_in) for turn in again] == [
        (turn.start, turn.end, turn.barge_in) for turn in turns
    ]
    assert [len(turn.words) for turn in again] == [len(turn.words) for turn in turns]


WORD = {"word": "hi", "start": 1.0, "end": 1.2}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ("nonsense", "is no JSON"),
        ({}, "holds no list"),
        ([], "turns: is empty or too short"),
        ([{"start": 1.0}], 'turns[1]: "end" is missing'),
        ([{"start": "one", "end": 2.0}], "turns[1].start: is a text; write a number"),
        ([{"start": -1.0, "end": 2.0}], "turns[1].start: is -1.0; choose at least 0"),
        ([{"start": 2.0, "end": 1.0}], "turns[1]: ends before it starts"),
        ([{"start": 1.0, "end": 2.0, "bargein": True}], 'unknown key "bargein"; did you mean "barge_in"?'),
        ([{"start": 1.0, "end": 2.0, "words": [{"word": "hi", "start": 1.5, "end": 1.2}]}], "words[1]: ends before"),
        ([{"start": 2.0, "end": 3.0, "words": [WORD]}], "a word lies outside the turn"),
        ([{"start": 1.0, "end": 3.0}, {"start": 2.0, "end": 4.0}], "turn 2 begins before turn 1 is over"),
        ([{"start": 1.0, "end": 9.5}], "turn 1 ends at 9.50 s, the track at 5.00 s"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_with_its_place(tmp_path: Path, data: object, wanted: str) -> None:
    path = tmp_path / "talk.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    with pytest.raises(UserError) as told:
        read_truth(path, track_s=5.0)
    line = str(told.value)
    assert wanted in line
    assert line.startswith(str(path))
    assert "\n" not in line


def test_a_missing_truth_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"talk\.json: No such file"):
        read_truth(tmp_path / "talk.json")
