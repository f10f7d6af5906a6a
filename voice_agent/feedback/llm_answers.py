"""Reads what an LLM answered: JSON or it does not count."""

from __future__ import annotations

import json
import re
from typing import Annotated, TypeVar

import msgspec

from voice_agent.advice import LONGEST_WORDS
from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.text import clean

_FIELD = re.compile(r'"(reason|words)"\s*:\s*"((?:[^"\\]|\\.)*)')
_FENCE = re.compile(r"^```(?:json)?\s*|\s*```$")
_THINKING = re.compile(r"<think>.*?</think>", re.DOTALL)


class AnswerError(ValueError):
    """The answer can't be used; says why in words that the model can act on."""


class LlmRating(msgspec.Struct, frozen=True, kw_only=True):
    """A rating as it is asked for."""

    reasoning: str = ""
    levels: dict[Skill, Level]
    next_skill: Skill

    def reading(self, acts: tuple[Act, ...], rater: str) -> Reading:
        return Reading(ratings=Ratings.from_levels(self.levels), acts=acts, next_skill=self.next_skill, rater=rater)


class LlmAdvice(LlmRating, frozen=True, kw_only=True):
    skill: Skill
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=600)]


T = TypeVar("T", bound=LlmRating)


def parse_rating(answer: str) -> LlmRating:
    """Raises AnswerError."""
    return _checked(answer, LlmRating)


def parse_advice(answer: str) -> LlmAdvice:
    """Raises AnswerError for anything that a learner should not be shown."""
    advice = _checked(answer, LlmAdvice)
    reason, words = clean(advice.reason), clean(advice.words).strip('" ')
    if len(words.split()) > LONGEST_WORDS:
        raise AnswerError(f"words is longer than {LONGEST_WORDS} words")
    if not words or not _is_english(words) or not _is_english(reason):
        raise AnswerError("reason and words must be in English")
    return msgspec.structs.replace(advice, reason=reason, words=words)


def so_far(answer: str) -> tuple[str, str]:
    """Reason and words as far as an unfinished answer holds them."""
    found: dict[str, str] = dict(_FIELD.findall(answer))
    return _unescaped(found.get("reason", "")), _unescaped(found.get("words", ""))


def _checked(answer: str, kind: type[T]) -> T:
    text = _FENCE.sub("", _THINKING.sub("", answer).strip())
    start, stop = text.find("{"), text.rfind("}")
    if start < 0 or stop < start:
        raise AnswerError("the answer holds no JSON object")
    try:
        rating = msgspec.json.decode(text[start : stop + 1].encode(), type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise AnswerError(str(error)) from error
    if missing := [skill.value for skill in Skill if skill not in rating.levels]:
        raise AnswerError(f"levels lacks {', '.join(missing)}")
    return rating


def _is_english(text: str) -> bool:
    """Roughly: most letters are Latin and plain."""
    letters = [character for character in text if character.isalpha()]
    return not letters or sum(character.isascii() for character in letters) > 0.9 * len(letters)


def _unescaped(text: str) -> str:
    try:
        return clean(json.loads(f'"{text}"'))
    except ValueError:
        return clean(re.sub(r"\\u?[0-9a-f]{0,3}$", "", text).replace('\\"', '"').replace("\\n", " "))
