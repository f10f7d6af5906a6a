"""The questions of a trial, and what an answer means, typed or said."""

from __future__ import annotations

import re

from voice_agent.emotions import Feeling, TrialItem
from voice_agent.errors import UserError
from voice_agent.rehearsal.check_in import CONFIDENCE_QUESTION, TRIAL_QUESTIONS
from voice_agent.spoken_numbers import with_digits
from voice_agent.study.protocol import Better, Item, Measures, Preset

_BETTER_HIGHER = (TrialItem.CONFIDENCE, TrialItem.HOPE, TrialItem.MOTIVATION)
_SKIPS = ("", "skip", "pass")


def items_of(measures: Measures) -> tuple[Item, ...]:
    """Every question, in the order in which it is asked."""
    found: list[Item] = []
    if Preset.IMBUE in measures.presets:
        found += [_trial_item(one) for one in TrialItem]
    if measures.self_efficacy:
        found.append(SELF_EFFICACY)
    found += [_emotion(feeling) for feeling in measures.emotions]
    return (*found, *measures.items)


def asked(item: Item) -> str:
    """The question with its scale."""
    if item is SELF_EFFICACY:
        return item.question
    return f"{item.question} From {item.low} ({item.low_word}) to {item.high} ({item.high_word})."


def value_of(item: Item, line: str) -> int | None:
    """The number in an answer, or None when it was skipped. Raises UserError."""
    said = with_digits(line.strip().lower())
    if said.rstrip(".!") in _SKIPS:
        return None
    numbers = re.findall(r"(?<![\d.])-?\d+(?![\d.]*\d)", said)
    if len(numbers) != 1 or not item.low <= int(numbers[0]) <= item.high:
        raise UserError(
            f"that is no whole number from {item.low} to {item.high}", cure="type or say a number, or skip it"
        )
    return int(numbers[0])


SELF_EFFICACY = Item(
    id="self_efficacy",
    question=CONFIDENCE_QUESTION,
    low=0,
    high=100,
    low_word="not at all",
    high_word="certain",
    better=Better.HIGHER,
)


def _trial_item(item: TrialItem) -> Item:
    better = Better.HIGHER if item in _BETTER_HIGHER else Better.LOWER
    return Item(id=item.value, question=f"{TRIAL_QUESTIONS[item]}?", low=1, high=7, better=better)


def _emotion(feeling: Feeling) -> Item:
    return Item(
        id=f"emotion_{feeling.value}",
        question=f"How strongly do you feel {feeling.value} now?",
        low=0,
        high=10,
        high_word="as strong as it can be",
        better=Better.HIGHER if feeling.is_pleasant else Better.LOWER,
    )
