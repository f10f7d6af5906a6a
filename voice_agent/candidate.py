"""A wording that was tried on the partner before it is said, and what might come of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from voice_agent.conversation import Move, Reading, Stance
from voice_agent.dearman import Skill

MOST_CANDIDATES = 3
"""More can't be compared while somebody waits, and each may cost a server's answer."""
A_LITTLE, CLEARLY = 0.3, 1.2
"""Points of resistance from which a movement is told at all, and from which it is told as clear."""


class Whose(StrEnum):
    """Where the words come from."""

    OWN = "own"
    """The learner's: typed, drafted, or just taken back."""
    COACH = "coach"
    """The coach's suggestion."""
    SKILL = "skill"
    """Made for a skill that is missing."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One wording; nothing of it has been said."""

    words: str
    whose: Whose
    skill: Skill | None = None
    """What the words are for; None for the learner's own."""
    reading: Reading
    before: Stance
    after: Stance
    """How the partner would stand after it, by the stance rule."""
    why: tuple[str, ...] = ()
    """What would move it, largest first."""
    answer: str
    """One possible answer; empty when the partner could not be asked."""
    move: Move | None = None

    @property
    def title(self) -> str:
        """`your own words`, `the coach's words`, `with Negotiate`, `to stay Mindful`."""
        if self.whose is Whose.OWN:
            return "your own words"
        if self.whose is Whose.COACH or self.skill is None:
            return "the coach's words"
        return f"{'to' if self.skill.is_state_of_mind else 'with'} {self.skill.full_name}"

    @property
    def movement(self) -> str:
        """How the partner would move, in words, and the band where that changes."""
        step = self.after.resistance - self.before.resistance
        how = "soften" if step < 0 else "harden"
        if abs(step) < A_LITTLE:
            told = "would hardly move"
        elif abs(step) < CLEARLY:
            told = f"would {how} a little"
        else:
            told = f"would {how} clearly"
        before, after = self.before.band, self.after.band
        return told if before is after else f"{told}, from {before.value} to {after.value}"


def candidate_lines(candidates: Sequence[Candidate], partner: str) -> list[str]:
    """Each with its number, how the partner (their name) would move, and an answer. Nothing of it is markup."""
    lines = ["Looking ahead. Nothing has been said, and each answer is one possible answer."]
    for number, one in enumerate(candidates, start=1):
        lines.append(f"{number}. {one.title[:1].upper()}{one.title[1:]}: {one.words}")
        lines.append(f"   {partner} {one.movement}. One possible answer: {one.answer or 'not known'}")
    return lines
