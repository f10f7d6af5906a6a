"""Rating by an LLM, in the six ways that IMBUE compares; prompts can be written out and answers read back."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from voice_agent.annotation import AnnotatedTurn, Demonstration
from voice_agent.catalog.json_lines import read_lines, to_line
from voice_agent.chat.options import Message
from voice_agent.dearman import Level
from voice_agent.evaluation.methods import Told
from voice_agent.feedback.bank import Bank
from voice_agent.feedback.llm_answers import AnswerError, parse_rating
from voice_agent.feedback.llm_prompts import Shown, rating_prompt

SHOTS = 8
"""Demonstrations in a prompt, in every way that shows some."""
WAYS = ("zero-shot", "rubric", "reasoning", "random", "knn", "contrasting")
"""Each adds to the one before, as in the paper; random stands in the place of knn."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file of prompts."""

    id: str
    way: str
    messages: list[Message]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a file of answers, in any order."""

    id: str
    way: str
    answer: str


def prompts(way: str, test: Sequence[AnnotatedTurn], bank: Bank, *, seed: int = 7) -> list[Prompt]:
    """The prompts for one way. The bank holds nothing of the turns that are rated."""
    rng = random.Random(seed)
    return [
        Prompt(
            id=turn.id,
            way=way,
            messages=rating_prompt(turn.situation, turn.partner_line, turn.utterance, _shown(way, turn, bank, rng)),
        )
        for turn in test
    ]


def _shown(way: str, turn: AnnotatedTurn, bank: Bank, rng: random.Random) -> Shown:
    place = WAYS.index(way)
    pairs: Iterable[Demonstration] = ()
    if way == "random":
        pairs = rng.sample(bank.demonstrations, min(SHOTS, len(bank.demonstrations)))
    elif way in ("knn", "contrasting"):
        half = SHOTS // 2
        pairs = [
            *bank.nearest(turn.utterance, turn.partner_line, level=Level.WEAK, most=half),
            *bank.nearest(turn.utterance, turn.partner_line, level=Level.NONE, most=half),
        ]
    return Shown(
        rubric=place >= WAYS.index("rubric"),
        reasoning=place >= WAYS.index("reasoning"),
        demonstrations=tuple(pairs),
        contrasting=way == "contrasting",
    )


def write_prompts(path: Path, wanted: Iterable[Prompt]) -> None:
    path.write_text("".join(to_line(prompt) + "\n" for prompt in wanted), encoding="utf-8")


def read_answers(path: Path) -> dict[tuple[str, str], str]:
    """Answers by (way, id). Raises UserError naming the line."""
    return {(answer.way, answer.id): answer.answer for answer in read_lines(path, Answer)}


async def told_by(
    wanted: Sequence[Prompt], ask: Callable[[Prompt], Awaitable[str]], progress: Callable[[int, int], None]
) -> list[Told | None]:
    """What the model tells of each turn; None where its answer, and a second one, could not be used."""
    found: list[Told | None] = []
    for count, prompt in enumerate(wanted, start=1):
        told: Told | None = None
        for _ in range(2):
            try:
                rating = parse_rating(await ask(prompt))
            except AnswerError:
                continue
            told = Told(rating.levels, rating.next_skill)
            break
        found.append(told)
        progress(count, len(wanted))
    return found
