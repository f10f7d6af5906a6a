"""The commands that can be spoken while rehearsing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

OPENING_WORD = "coach"
"""Opens every spoken command, so that what is said to the partner is not taken for one."""


class SpokenCommand(StrEnum):
    """What can be said after the opening word; the value is how it is told back."""

    PAUSE = "pause"
    RESUME = "resume"
    RETAKE = "take that back"
    SEND = "send"
    AGAIN = "again"
    STOP = "stop"
    END = "end the talk"
    REPEAT = "say that again"
    DESCRIBE = "describe"
    EXPRESS = "express"
    ASSERT = "assert"
    REINFORCE = "reinforce"
    MINDFUL = "mindful"
    CONFIDENT = "confident"
    NEGOTIATE = "negotiate"
    HARDER = "harder"
    EASIER = "easier"
    NEXT_SKILL = "next skill"
    NO_SKILL = "no skill"
    SUGGESTION = "what should i say"
    RATING = "how was that"
    SAY_IT = "say it for me"
    LOOK_AHEAD = "look ahead"
    BREATHE = "breathe"
    CHECK_IN = "check in"
    FLOW = "flow"
    GATE = "gate"
    QUICK = "quick"
    NORMAL = "normal"
    PATIENT = "patient"
    UNDO = "scratch that"
    HELP = "what can i say"
    WHERE = "where are we"
    YES = "yes"
    NO = "no"
    SAY_NUMBER = "say number"
    """With the number of a wording that was tried: "coach, say number two"."""
    FEELINGS = "feelings"
    """Said as the feelings themselves: "coach, i'm at six, mostly anger"."""


class Asked(StrEnum):
    """What was asked, and so what kind of answer is listened for."""

    NUMBER = "number"
    """0 to 100, or skip."""
    FEELINGS = "feelings"
    """Feelings with their strength from 0 to 10, nothing, or skip."""
    CHOICE = "choice"
    """A numbered choice, yes, no, more, again, leave; and what `TOLD` has."""
    TOLD = "told"
    """Anything in one's own words; "coach, skip" and its like steer."""


@dataclass(frozen=True, slots=True)
class HeardCommand:
    """A spoken command, and the words that belong to it."""

    command: SpokenCommand
    words: str = ""
    """For `FEELINGS`: "six mostly anger"; for `SAY_NUMBER`: "say number two"."""
