"""Which skill a turn's advice is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Skill
from voice_agent.feedback import phrases
from voice_agent.feedback.rater_input import plain

TEACHING_ORDER = (Skill.DESCRIBE, Skill.EXPRESS, Skill.ASSERT, Skill.REINFORCE, Skill.NEGOTIATE)
"""Describe before expressing, express before asserting, assert before reinforcing (rubric, Next skill)."""
LEAST_SURE = 0.34
"""A weak level less likely than this lies between none and strong, which are both likelier: nothing to point at."""
_ASKS_NOTHING_NOW = frozenset(
    (Act.QUESTION, Act.LISTEN, Act.ACKNOWLEDGE, Act.OFFER, Act.REFUSE, Act.AGREE, Act.THANKS, Act.CONCEDE, Act.ANSWER)
)
"""After such a turn nobody waits to hear what they would gain."""
AGREED = (Act.AGREE, Act.THANKS)
"""After it nothing is missing."""
_AT_SOMEBODY = re.compile(r"\b(?:you|your|you'?re|people|everybody|nobody|this|those|they)\b")
_PLAIN_REQUEST = re.compile(
    r"\b(?:i(?:'?d| would) like|i want|i(?:'?m| am) asking|(?:would|could|can|will) you|"
    r"i (?:won'?t|don'?t want)|no i|please(?: don'?t)? \w+)\b"
)
_ASKED_FOR_FACTS = re.compile(
    r"\b(?:which|when|what (?:day|time|date)|how (?:many|much|long|often)|since when)\b[^?]*\?|\bname (?:me )?one\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class SoFar:
    """What the learner's earlier turns have done."""

    done: frozenset[Skill] = frozenset()
    """Strategies that one of them was strong on."""
    partner_line: str = ""

    @property
    def asked(self) -> bool:
        return Skill.ASSERT in self.done

    @property
    def told(self) -> bool:
        return Skill.DESCRIBE in self.done


def skills_to_advise(
    reading: Reading, declared: Skill | None, said: str = "", so_far: SoFar | None = None
) -> list[Skill]:
    """The skills that advice could be about, best first; two at least, and no strategy that is strong already.

    What was meant and missed comes first; then a state of mind that broke, since nothing else is heard then;
    then what was tried and fell short, in the teaching order; then the next skill, and what else is missing. Where
    all is strong, the two states of mind are what is left: to stay with it, as evenly.

    said: the turn; without it only the ratings are gone by. so_far: None where the turns before are not known.
    """
    level = reading.ratings.level
    text = plain(said)
    heated = is_heated(reading, said)

    def fell_short(skill: Skill) -> bool:
        rating = reading.ratings.of(skill)
        sure = rating.confidence is None or rating.confidence >= LEAST_SURE
        return rating.level is Level.WEAK and sure and not (said and _says_it_plainly(skill, text))

    def is_open(skill: Skill) -> bool:
        return skill.is_state_of_mind or level(skill) is not Level.STRONG

    def is_missing(skill: Skill) -> bool:
        if so_far is None or skill is Skill.MINDFUL:
            return is_open(skill)
        if skill is Skill.CONFIDENT:
            return level(skill) is Level.STRONG or skill in minds
        if said and _says_it_plainly(skill, text):
            return False
        return is_open(skill) and skill not in so_far.done and _has_its_turn(skill, reading, so_far)

    minds = [Skill.MINDFUL, Skill.CONFIDENT] if not said or _wavers(text) else [Skill.MINDFUL]
    found: list[Skill] = []
    if declared is not None and level(declared) is not Level.STRONG:
        found.append(declared)
    found += [Skill.MINDFUL] if heated and level(Skill.MINDFUL) is not Level.STRONG else []
    found += [skill for skill in minds if level(skill) is Level.NONE]
    if so_far is not None and not so_far.told and _ASKED_FOR_FACTS.search(so_far.partner_line):
        found += [Skill.DESCRIBE] if level(Skill.DESCRIBE) is Level.NONE else []
    if so_far is None or reading.acts[0] not in AGREED:
        found += [skill for skill in TEACHING_ORDER if fell_short(skill) and _may_fall_short(skill, reading, so_far)]
        found += [skill for skill in minds if fell_short(skill)]
        found += [skill for skill in (reading.next_skill, *TEACHING_ORDER) if is_missing(skill)]
    return list(dict.fromkeys([*found, Skill.MINDFUL, Skill.CONFIDENT]))


def is_heated(reading: Reading, said: str) -> bool:
    """The turn attacks or threatens: by its words, or as the rater holds it where little mindful is left."""
    text = plain(said)
    if any(cue.search(text) for cue in (phrases.ATTACK, phrases.THREAT)):
        return True
    mindful = reading.ratings.level(Skill.MINDFUL)
    if mindful is Level.STRONG or text.endswith("?"):
        return False
    if reading.acts[0] is Act.ATTACK:
        return bool(_AT_SOMEBODY.search(text))
    return reading.acts[0] is Act.THREAT and mindful is Level.NONE


def _says_it_plainly(skill: Skill, text: str) -> bool:
    """A weak level that the words themselves speak against: a counted fact, a plain request."""
    match skill:
        case Skill.DESCRIBE:
            told = phrases.DESCRIBE_WHEN.search(text) and phrases.DESCRIBE_WHAT.search(text)
            return bool(told) and not phrases.DESCRIBE_BLAME.search(text)
        case Skill.ASSERT:
            return bool(_PLAIN_REQUEST.search(text)) and not phrases.HEDGE.search(text)
        case _:
            return False


def _wavers(text: str) -> bool:
    """A word that can be pointed at when a turn is said to lack confidence."""
    cues = (phrases.BEGGING, phrases.APOLOGY, phrases.HEDGE, phrases.SHOUT, phrases.CONCEDE)
    return any(cue.search(text) for cue in cues)


def _may_fall_short(skill: Skill, reading: Reading, so_far: SoFar | None) -> bool:
    """A gain is only missed where something was asked for."""
    if so_far is None or skill is not Skill.REINFORCE:
        return True
    return so_far.asked or reading.ratings.level(Skill.ASSERT) is not Level.NONE


def _has_its_turn(skill: Skill, reading: Reading, so_far: SoFar) -> bool:
    """Reinforce and negotiate come after a request."""
    asks_now = reading.ratings.level(Skill.ASSERT) is not Level.NONE
    match skill:
        case Skill.REINFORCE:
            return (asks_now or so_far.asked) and reading.acts[0] not in _ASKS_NOTHING_NOW
        case Skill.NEGOTIATE:
            return so_far.asked
        case _:
            return True
