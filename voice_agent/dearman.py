"""The seven DEAR MAN skills of DBT and the levels at which a turn shows them.

Source: Linehan, *DBT Skills Training Manual* (2nd ed.), interpersonal effectiveness; the levels and their
use per turn follow IMBUE (Lin et al., ACL 2024).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec


class Skill(StrEnum):
    """Five conversational strategies, chosen turn by turn, and two states of mind that always count."""

    DESCRIBE = "describe"
    EXPRESS = "express"
    ASSERT = "assert"
    REINFORCE = "reinforce"
    MINDFUL = "mindful"
    CONFIDENT = "confident"
    NEGOTIATE = "negotiate"

    @property
    def letter(self) -> str:
        """Its letter in DEAR MAN; *appear Confident*, the A of MAN, is C to tell it from Assert."""
        return self.value[0].upper()

    @property
    def is_state_of_mind(self) -> bool:
        return self in (Skill.MINDFUL, Skill.CONFIDENT)

    @property
    def full_name(self) -> str:
        return _TITLES[self]


_TITLES = {
    Skill.DESCRIBE: "Describe",
    Skill.EXPRESS: "Express",
    Skill.ASSERT: "Assert",
    Skill.REINFORCE: "Reinforce",
    Skill.MINDFUL: "stay Mindful",
    Skill.CONFIDENT: "appear Confident",
    Skill.NEGOTIATE: "Negotiate",
}


class Level(IntEnum):
    """How well one turn uses one skill."""

    NONE = 0
    WEAK = 1
    STRONG = 2

    @property
    def word(self) -> str:
        return self.name.lower()


class SkillRating(msgspec.Struct, frozen=True):
    """The level of one skill in one turn."""

    level: Level
    confidence: float | None = None
    """Probability in [0, 1] that the level is right; None where the rater gives none."""


class Ratings(msgspec.Struct, frozen=True, kw_only=True):
    """The seven levels of one turn."""

    describe: SkillRating
    express: SkillRating
    assert_: SkillRating = msgspec.field(name="assert")
    reinforce: SkillRating
    mindful: SkillRating
    confident: SkillRating
    negotiate: SkillRating

    def level(self, skill: Skill) -> Level:
        return self.of(skill).level

    def of(self, skill: Skill) -> SkillRating:
        name = "assert_" if skill is Skill.ASSERT else skill.value
        rating: SkillRating = getattr(self, name)
        return rating

    @property
    def strength(self) -> int:
        """-4 to 10: what the five strategies add, less what a lost state of mind takes away."""
        strategies = sum(int(self.level(skill)) for skill in Skill if not skill.is_state_of_mind)
        return strategies - sum(2 - int(self.level(skill)) for skill in Skill if skill.is_state_of_mind)

    @classmethod
    def from_levels(cls, levels: dict[Skill, Level]) -> Ratings:
        """Ratings without confidences. Raises KeyError when a skill is missing."""
        named = {("assert_" if s is Skill.ASSERT else s.value): SkillRating(levels[s]) for s in Skill}
        return cls(**named)
