"""What simulated learners can say in a situation: its own sentences and facts, frames, and nearby demonstrations.

All of it is read by the rater once and sorted by what it finds; so a simulated learner's skill is skill as this
program measures it, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from voice_agent.annotation import Demonstration
from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Skill
from voice_agent.feedback.bank import shipped_bank
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.trained import TrainedRater
from voice_agent.feedback.wording import frames, scenario_lines, sentence
from voice_agent.scenario import Scenario
from voice_agent.stems import content_stems

MOST_PAIRS = 24
"""Demonstrations of other situations, the most similar ones whose words fit this one too."""
STRATEGIES = tuple(skill for skill in Skill if not skill.is_state_of_mind)
_LONGEST_BORROWED = 12
"""Words; longer ones tell a story, and it is another one."""
_NAME = re.compile(r"(?<=[a-z,'] )[A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Sayable:
    """One sentence or two, as read without a talk around it."""

    text: str
    reading: Reading

    def level(self, skill: Skill) -> Level:
        return self.reading.ratings.level(skill)

    def does(self, *acts: Act) -> bool:
        """Whether the first thing that it does is one of these."""
        return self.reading.acts[0] in acts


@dataclass(frozen=True, slots=True)
class Material:
    """Everything sayable, sorted. No list is empty except `by_skill`'s and `listening`."""

    by_skill: dict[Skill, tuple[Sayable, ...]]
    """Strong on a strategy, mindful and confident, nothing weak beside it but the request."""
    listening: tuple[Sayable, ...]
    """Acknowledges or asks, mindful and confident."""
    heated: tuple[Sayable, ...]
    """Blame, attacks, threats."""
    meek: tuple[Sayable, ...]
    """Hedged, apologising, hinting, giving in."""


def material_of(scenario: Scenario) -> Material:
    """Blocking, about half a second: some two hundred sentences are read."""
    authored = [*scenario_lines(scenario), *scenario.demo]
    pairs = _nearby(scenario)
    framed = [words.text for skill in Skill for words in frames(scenario, skill, {})]
    read = _read([*authored, *(pair.stronger for pair in pairs), *framed])
    strong = [one for one in read if _is_steady(one)]
    lesser = _read([*authored, *(pair.weaker for pair in pairs)])
    by_skill = {
        skill: tuple(one for one in strong if one.level(skill) is Level.STRONG and not _falls_short(one, skill))
        for skill in STRATEGIES
    }
    heated = tuple(one for one in lesser if _is_heated(one))
    meek = tuple(one for one in lesser if _gives_in(one) or (_is_meek(one) and one not in heated))
    plain = tuple(one for one in lesser if not any(one.level(skill) is Level.STRONG for skill in STRATEGIES))
    return Material(
        by_skill=by_skill,
        listening=tuple(one for one in strong if one.does(Act.ACKNOWLEDGE, Act.LISTEN, Act.QUESTION)),
        heated=heated or meek or plain or tuple(lesser),
        meek=meek or heated or plain or tuple(lesser),
    )


def _read(texts: Iterable[str]) -> list[Sayable]:
    rater = TrainedRater(shared_encoder())
    distinct = list(dict.fromkeys(sentence(text) for text in texts))
    return [Sayable(text, rater.read(RatedTurn(said=text, partner_line=""))) for text in distinct]


def _is_steady(one: Sayable) -> bool:
    return one.level(Skill.MINDFUL) is Level.STRONG and one.level(Skill.CONFIDENT) is Level.STRONG


def _falls_short(one: Sayable, skill: Skill) -> bool:
    """Weak on another strategy than the skill and the request."""
    others = (other for other in STRATEGIES if other not in (skill, Skill.ASSERT))
    return any(one.level(other) is Level.WEAK for other in others)


def _is_heated(one: Sayable) -> bool:
    if _gives_in(one) or one.level(Skill.MINDFUL) is Level.STRONG:
        return False
    hits = one.level(Skill.MINDFUL) is Level.NONE or one.level(Skill.DESCRIBE) is Level.WEAK
    return hits or one.does(Act.ATTACK, Act.THREAT)


def _is_meek(one: Sayable) -> bool:
    """Hedged, or a hint: nothing in it is strong."""
    unsure = one.level(Skill.CONFIDENT) is not Level.STRONG
    hints = one.level(Skill.ASSERT) is Level.WEAK or one.level(Skill.EXPRESS) is Level.WEAK
    return (unsure or hints) and not any(one.level(skill) is Level.STRONG for skill in STRATEGIES)


def _gives_in(one: Sayable) -> bool:
    return one.does(Act.CONCEDE)


def _nearby(scenario: Scenario) -> list[Demonstration]:
    """Pairs of the situations that share most words with this one, without those that speak of their own."""
    about = [scenario.summary, *scenario.learner.facts, scenario.learner.goal, *scenario.practice]
    known = content_stems(" ".join(about))
    pairs = shipped_bank().demonstrations
    nearest = sorted(pairs, key=lambda pair: (-len(_situation(pair) & known), pair.id, pair.skill))
    return list(islice((pair for pair in nearest if not _foreign(pair, known)), MOST_PAIRS))


def _situation(pair: Demonstration) -> frozenset[str]:
    return content_stems(f"{pair.situation.context} {pair.situation.goal} {pair.situation.partner}")


def _foreign(pair: Demonstration, known: frozenset[str]) -> bool:
    """Whether its words tell of the other situation, or of people in it."""
    theirs = _situation(pair)
    for said in (pair.weaker, pair.stronger):
        names = content_stems(" ".join(_NAME.findall(said)))
        if len(said.split()) > _LONGEST_BORROWED or (content_stems(said) & theirs) - known or names - known:
            return True
    return False
