"""What the learner keeps around a real talk: the preparation before it, and what was so after it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn


class HardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is hard to hear, and what the learner will say to it."""

    theirs: str
    yours: str


class CueCard(msgspec.Struct, frozen=True, kw_only=True):
    """What to have at hand in the real talk; what the learner left out is empty."""

    opening: str = ""
    ask: str = ""
    offer: str = ""
    answers: tuple[HardAnswer, ...] = ()
    anchor: str = ""
    """The sentence to come back to, as often as it takes."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    id: str
    """Eight hexadecimal digits."""
    scenario: str
    """Id of the situation; empty where it belongs to none."""
    title: str
    partner: str
    began: datetime
    is_done: bool = False
    """The last step was reached."""


class Preparation(_Entry, frozen=True, kw_only=True, tag="preparation"):
    """The half hour before: what was chosen, what was said aloud, the card."""

    said: str = ""
    """The opening, as said aloud (or typed)."""
    reading: Reading | None = None
    """How the opening was rated, once."""
    card: CueCard = CueCard()


class RealLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said in the real talk, as the learner remembers it."""

    is_learners: bool
    text: str
    reading: Reading | None = None
    """Of the learner's lines."""


class RealTalk(_Entry, frozen=True, kw_only=True, tag="real_talk"):
    """The day after: how it went."""

    check_in: CheckIn | None = None
    """Feelings and confidence now."""
    lines: tuple[RealLine, ...] = ()
    worked: str = ""
    otherwise: str = ""
    """What the learner would do otherwise."""

    @property
    def rated(self) -> list[tuple[str, Reading]]:
        return [(line.text, line.reading) for line in self.lines if line.is_learners and line.reading is not None]

    @property
    def strong(self) -> tuple[int, ...]:
        """In how many of the rated turns each skill was strong; in the order of `Skill`."""
        return tuple(
            sum(reading.ratings.level(skill) is Level.STRONG for _, reading in self.rated) for skill in Skill
        )


DiaryEntry = Preparation | RealTalk
