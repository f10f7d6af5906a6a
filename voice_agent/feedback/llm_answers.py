"""Reads what an LLM answered: JSON or it does not count."""

from __future__ import annotations

import json
import re
from typing import Annotated, TypeVar

import msgspec

from voice_agent.advice import LONGEST_WORDS
from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.stems import STOP_WORDS
from voice_agent.text import clean

_FIELD = re.compile(r'"(reason|words)"\s*:\s*"((?:[^"\\]|\\.)*)')
_FENCE = re.compile(r"^```(?:json)?\s*|\s*```$")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_QUOTED = re.compile(r'["\u201c][^"\u201d]*["\u201d]')
_ENGLISH = frozenset(word for word in STOP_WORDS if len(word) > 2) | {"i", "to", "my", "it"}
"""Shorter ones stand in other languages too (`me`, `no`, `so`)."""
_FEW_WORDS, _LEAST_ENGLISH = 8, 0.1
"""Of 903 strong turns of the data set 6 have fewer, of sentences in seven other languages nearly all."""
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
    """Roughly: most letters are Latin and plain, and among eight words or more stand some that only English has.

    What is quoted is the learner's, and tells nothing of the model.
    """
    letters = [character for character in text if character.isalpha()]
    if letters and sum(character.isascii() for character in letters) <= 0.9 * len(letters):
        return False
    words = _WORD.findall(_QUOTED.sub(" ", text.lower().replace("\u2019", "'")))
    return len(words) < _FEW_WORDS or sum(word in _ENGLISH for word in words) >= _LEAST_ENGLISH * len(words)


def _unescaped(text: str) -> str:
    try:
        return clean(json.loads(f'"{text}"'))
    except ValueError:
        return clean(re.sub(r"\\u?[0-9a-f]{0,3}$", "", text).replace('\\"', '"').replace("\\n", " "))
