"""What is really said on a track, and when: the file beside a recording that turns are measured on.

TRUTH.json is a list of turns in their order, times in seconds from the start of the track:

    [{"start": 1.0, "end": 3.2, "words": [{"word": "please", "start": 1.0, "end": 1.4}]},
     {"start": 5.0, "end": 5.9, "barge_in": true}]

`words` may be left out; `barge_in` says that the turn is meant to interrupt the reply to the one before.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text
from voice_agent.errors import UserError

Seconds = Annotated[float, msgspec.Meta(ge=0, le=14_400)]
SLACK_S = 0.05
"""Words come from alignment and ends of turns from the sound: they may differ by this much."""


class SpokenWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One word of a turn."""

    word: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    start: Seconds
    end: Seconds

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("ends before it starts; exchange start and end")


class SpokenTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of the learner, pauses inside included."""

    start: Seconds
    end: Seconds
    words: tuple[SpokenWord, ...] = ()
    barge_in: bool = False

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError("ends before it starts; exchange start and end")
        if any(after.start < before.start for before, after in pairwise(self.words)):
            raise ValueError("its words are out of order; sort them by their start")
        outside = self.words and (
            self.words[0].start < self.start - SLACK_S or self.words[-1].end > self.end + SLACK_S
        )
        if outside:
            raise ValueError("a word lies outside the turn; widen the turn, or drop the word")

    @property
    def text(self) -> str:
        return " ".join(word.word for word in self.words)


class _Truth(msgspec.Struct, frozen=True):
    turns: Annotated[tuple[SpokenTurn, ...], msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        for number, (before, after) in enumerate(pairwise(self.turns), start=2):
            if after.start < before.end:
                raise ValueError(f"turn {number} begins before turn {number - 1} is over; turns must not overlap")


def read_truth(path: Path, *, track_s: float | None = None) -> tuple[SpokenTurn, ...]:
    """The turns of a truth file. track_s: length of the track, which the turns have to lie in.

    Raises UserError naming the file, the turn and the field.
    """
    text = read_text(path)
    try:
        data: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UserError(f"is no JSON ({error})", place=str(path), cure="write a list of turns") from error
    if not isinstance(data, list):
        raise UserError("holds no list", place=str(path), cure='write [{"start": 1.0, "end": 3.2}, ...]')
    turns = checked({"turns": data}, _Truth, name=str(path)).turns
    if track_s is not None and turns[-1].end > track_s + SLACK_S:
        raise UserError(
            f"turn {len(turns)} ends at {turns[-1].end:.2f} s, the track at {track_s:.2f} s",
            place=str(path),
            cure="give the track that it belongs to",
        )
    return turns


def write_truth(path: Path, turns: tuple[SpokenTurn, ...]) -> None:
    """Times in milliseconds' steps. Raises OSError."""

    def rounded(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, 3)
        if isinstance(value, list):
            return [rounded(one) for one in value]
        return {key: rounded(one) for key, one in value.items()} if isinstance(value, dict) else value

    data = msgspec.json.encode(rounded(msgspec.to_builtins(turns, builtin_types=())))
    path.write_bytes(msgspec.json.format(data, indent=1) + b"\n")
