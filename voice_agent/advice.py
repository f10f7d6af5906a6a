"""What the coach says after a turn: one skill, why, and words to say instead or next."""

from __future__ import annotations

import msgspec

from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill

LONGEST_WORDS = 40
"""Words to say are no longer than this (rubric, Suggestion): more can't be kept in mind and said."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A demonstration: one turn said weakly and said well, by another person in another situation."""

    id: str
    weaker: str
    stronger: str
    why: str = ""
    """The words that make the difference."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """One suggestion for one turn."""

    skill: Skill
    """What it is about: a skill that was weak, or the next one to try."""
    reason: str
    """Why, quoting the learner's own words."""
    words: str
    """What could be said aloud; at most `LONGEST_WORDS` words; empty when there is nothing true to offer."""
    source: str
    """Name and version of the advisor."""
    example: Example | None = None
    reading: Reading | None = None
    """An LLM's own ratings of the turn; None where only the rater's stand."""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that was declared before the turn, and what came of it."""

    skill: Skill
    level: Level

    @property
    def told(self) -> str:
        """As a sentence, to be read or heard."""
        return f"You meant to use {self.skill.full_name}: it was {self.level.word}."
