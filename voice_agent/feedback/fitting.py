"""Whether one of the scenario's sentences fits this moment of the talk.

The sentences were written as all that a learner may say at some time; here and now only those fit that do what the
skill wants, answer nothing that was not said, and lean on nothing that was not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from voice_agent.conversation import Act
from voice_agent.dearman import Skill
from voice_agent.feedback import phrases
from voice_agent.feedback.choosing import SoFar
from voice_agent.feedback.rater_input import plain
from voice_agent.stems import content_stems

_ASKS = frozenset((Act.REQUEST, Act.REFUSE))
_ACTS = {
    Skill.DESCRIBE: frozenset((Act.DESCRIBE, Act.ANSWER)),
    Skill.EXPRESS: frozenset((Act.EXPRESS,)),
    Skill.ASSERT: _ASKS,
    Skill.REINFORCE: frozenset((Act.REINFORCE,)),
    Skill.NEGOTIATE: frozenset((Act.OFFER, Act.QUESTION)),
    Skill.MINDFUL: _ASKS,
    Skill.CONFIDENT: _ASKS,
}
"""What a sentence has to do to be one of the skill."""
_ANSWERS = re.compile(
    r"^(?:no\b|not |yes\b|i (?:hear|understand|know|see|get)\b|you're right|fair |that'?s |that sounds|"
    r"i(?:'m| am) (?:not |only )|i don'?t want)|\bthank(?:s| you) for\b|"
    r"\b(?:isn'?t|aren'?t|is less than|are less than) |\btoo \w+ for me\b"
)
"""Says something to what the other has said."""
_AGAIN = re.compile(r"\b(?:still|again|already|come back to|stay with|my answer|as i said|after all|any ?more)\b")
_FALLS_BACK = re.compile(r"^(?:if|at least|or|otherwise|until|then)\b|\b(?:at least|or else)\b")
_LEANS = re.compile(
    r"\b(?:it|they|them|their|he|him|his|she|her|hers|there|then|those|these)\b|"
    r"\bthat\b(?=$| (?:is|was|would|will|has|in|on|at|for|from|to|text|day|time)\b)|"
    r"^(?:but|and|also|after that|since then|instead|this|both)\b"
)
_CLOSES = re.compile(r"^(?:so|then we|deal|all right|okay|good night|good,)\b")
_GREETS = re.compile(r"^(?:hi|hello|hey)\b")
_BARGAINS = re.compile(r"\b(?:not|won'?t|never)\b(?! wait).*\b(?:until|unless)\b")
_MADE_OUT = re.compile(r"\b(?:the|that|those|your|this) (?:\w+ )?(\w+)")
_MOST_ALIKE = 0.7
"""Share of a sentence's words that the learner has already said in one turn: then it would be said twice."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a sentence is held against."""

    so_far: SoFar
    known: frozenset[str]
    """Stems that the situation gives."""
    heard: frozenset[str]
    """Stems of all that was said in this talk."""
    answered: frozenset[str]
    """Stems of the partner's last lines."""
    own: tuple[frozenset[str], ...]
    """Stems of each of the learner's turns, this one too."""


def scene(so_far: SoFar, known: Iterable[str], partner: tuple[str, ...], learner: tuple[str, ...]) -> Scene:
    """partner, learner: their lines so far, oldest first."""
    own = tuple(content_stems(said) for said in learner)
    return Scene(
        so_far,
        known=frozenset().union(*map(content_stems, known)),
        heard=frozenset().union(*own, *map(content_stems, partner)),
        answered=frozenset().union(*map(content_stems, partner[-2:])),
        own=own,
    )


def fits(text: str, act: Act, skill: Skill, now: Scene) -> bool:
    """act: what the rater's network holds the sentence for."""
    words = plain(text)
    if act not in _ACTS[skill] or _CLOSES.search(words) or phrases.THREAT.search(words) or _BARGAINS.search(words):
        return False
    if _GREETS.search(words) and len(now.own) > 1:
        return False
    if not now.so_far.asked and (asks_again(text) or _FALLS_BACK.search(words)):
        return False
    if not now.so_far.told and leans(text):
        return False
    return is_new(text, now) and _answers_something(text, words, now)


def asks_again(text: str) -> bool:
    """It speaks of a request that was made before."""
    return bool(_AGAIN.search(plain(text)))


def leans(text: str) -> bool:
    """It points at something: `it`, `them`, `she`, `then`."""
    return bool(_LEANS.search(plain(text)))


def settles(text: str) -> bool:
    """It says what was agreed: `So you'll write to her on Thursday.`"""
    return bool(re.match(r"so (?:you|we|i|that)\b", plain(text)))


def fact_fits(text: str, now: Scene) -> bool:
    """A fact was written to be told: only its beginning may lean on something."""
    return is_new(text, now) and (now.so_far.told or not leans(" ".join(text.split()[:3])))


def is_new(text: str, now: Scene) -> bool:
    """The learner has not said as much already."""
    stems = content_stems(text)
    return not any(len(stems & said) >= _MOST_ALIKE * len(stems) for said in now.own if stems)


def _answers_something(text: str, words: str, now: Scene) -> bool:
    """An answer takes up a word of the partner's; what is spoken of as known is known, or was said."""
    stems = content_stems(text)
    if _ANSWERS.search(words) and not stems & now.answered:
        return False
    made_out = content_stems(" ".join(_MADE_OUT.findall(words)))
    named = content_stems(" ".join(re.findall(r"(?<!^)(?<![.!?] )\b[A-Z]\w+", text)))
    return (made_out | named) <= now.known | now.heard
