"""Suggestions judged two by two, by a person or an LLM that does not know which is which."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from voice_agent.annotation import AnnotatedTurn, Situation
from voice_agent.catalog.json_lines import read_lines, to_line
from voice_agent.errors import UserError

QUESTIONS = {
    "specific": "Which names more exactly what to change in these words?",
    "actionable": "Which can more easily be said aloud next?",
    "closer": "Which is closer to the expert's own words?",
}
Choice = Literal["a", "b", "tie"]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file to judge; fill in `judged` for each question with a, b or tie."""

    id: str
    situation: Situation
    partner_line: str
    utterance: str
    expert: str | None
    a: str
    b: str
    questions: dict[str, str] = msgspec.field(default_factory=lambda: QUESTIONS)
    judged: dict[str, Choice] = {}


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """Which method stands behind a; kept in a file of its own, away from the judge."""

    id: str
    a: str
    b: str


def comparisons(
    turns: Sequence[AnnotatedTurn],
    first: tuple[str, Sequence[str]],
    second: tuple[str, Sequence[str]],
    *,
    seed: int = 7,
) -> tuple[list[Comparison], list[Key]]:
    """first, second: a method's name and its suggestions for the turns. Turns without both are left out.

    An expert's words that are one of the two are not shown beside them: that would tell which is which.
    """
    rng = random.Random(seed)
    shown, keys = [], []
    for turn, one, other in zip(turns, first[1], second[1], strict=True):
        if not one or not other:
            continue
        swapped = rng.random() < 0.5
        a, b = (other, one) if swapped else (one, other)
        names = (second[0], first[0]) if swapped else (first[0], second[0])
        expert = None if turn.suggestion in (one, other) else turn.suggestion
        shown.append(
            Comparison(
                id=turn.id,
                situation=turn.situation,
                partner_line=turn.partner_line,
                utterance=turn.utterance,
                expert=expert,
                a=a,
                b=b,
                questions={name: text for name, text in QUESTIONS.items() if expert or name != "closer"},
            )
        )
        keys.append(Key(id=turn.id, a=names[0], b=names[1]))
    return shown, keys


def write(path: Path, shown: Sequence[Comparison], keys: Sequence[Key]) -> None:
    """The file to judge, and beside it the key (`.key.jsonl`)."""
    write_comparisons(path, shown)
    key_file(path).write_text("".join(to_line(one) + "\n" for one in keys), encoding="utf-8")


def write_comparisons(path: Path, shown: Sequence[Comparison]) -> None:
    """The file to judge, or judged, alone."""
    path.write_text("".join(to_line(one) + "\n" for one in shown), encoding="utf-8")


def key_file(path: Path) -> Path:
    return path.with_suffix(".key.jsonl")


def shares(path: Path) -> dict[str, dict[str, float]]:
    """For each question and method the share of judged comparisons that it won; ties count half to both.

    Raises UserError when nothing is judged yet.
    """
    keys = {key.id: key for key in read_lines(key_file(path), Key)}
    won: dict[str, dict[str, float]] = {}
    counts: dict[str, int] = {}
    for one in read_lines(path, Comparison):
        key = keys.get(one.id)
        if key is None:
            raise UserError(
                f"{one.id} is not in the key", place=str(path), cure="keep the key beside the judged file"
            )
        for question, choice in one.judged.items():
            counts[question] = counts.get(question, 0) + 1
            tally = won.setdefault(question, {key.a: 0.0, key.b: 0.0})
            for side, name in (("a", key.a), ("b", key.b)):
                tally[name] = tally.get(name, 0.0) + (0.5 if choice == "tie" else float(choice == side))
    if not counts:
        raise UserError("nothing is judged in it", place=str(path), cure='fill in "judged" with a, b or tie')
    return {
        question: {name: score / counts[question] for name, score in tally.items()} for question, tally in won.items()
    }
