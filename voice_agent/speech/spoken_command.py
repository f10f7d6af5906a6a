"""The commands that can be spoken while rehearsing."""

from __future__ import annotations

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
