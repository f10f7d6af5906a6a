"""Which skill a turn's advice is about."""

from __future__ import annotations

from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill

TEACHING_ORDER = (Skill.DESCRIBE, Skill.EXPRESS, Skill.ASSERT, Skill.REINFORCE, Skill.NEGOTIATE)
"""Describe before expressing, express before asserting, assert before reinforcing (rubric, Next skill)."""


LEAST_SURE = 0.34
"""A weak level less likely than this lies between none and strong, which are both likelier: nothing to point at."""


def skills_to_advise(reading: Reading, declared: Skill | None) -> list[Skill]:
    """The skills that advice could be about, best first; two at least, and no strategy that is strong already.

    What was meant and missed comes first; then a state of mind that broke, since nothing else is heard then;
    then what was tried and fell short, in the teaching order; then the next skill, and what else is missing. Where
    all is strong, the two states of mind are what is left: to stay with it, as evenly.
    """
    level = reading.ratings.level

    def fell_short(skill: Skill) -> bool:
        rating = reading.ratings.of(skill)
        return rating.level is Level.WEAK and (rating.confidence is None or rating.confidence >= LEAST_SURE)

    def is_open(skill: Skill) -> bool:
        return skill.is_state_of_mind or level(skill) is not Level.STRONG

    found: list[Skill] = []
    if declared is not None and level(declared) is not Level.STRONG:
        found.append(declared)
    found += [skill for skill in (Skill.MINDFUL, Skill.CONFIDENT) if level(skill) is Level.NONE]
    found += [skill for skill in TEACHING_ORDER if fell_short(skill)]
    found += [skill for skill in (Skill.MINDFUL, Skill.CONFIDENT) if fell_short(skill)]
    found += [skill for skill in (reading.next_skill, *TEACHING_ORDER) if is_open(skill)]
    return list(dict.fromkeys([*found, Skill.MINDFUL, Skill.CONFIDENT]))
