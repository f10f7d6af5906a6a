"""Feelings and confidence as a learner reports them at a check-in.

Emotion words follow Linehan, *DBT Skills Training Manual* (2nd ed.), emotion regulation handouts; the items of
a trial are IMBUE's own (Lin et al., ACL 2024), so that results can be laid side by side.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Intensity = Annotated[int, msgspec.Meta(ge=0, le=10)]
"""Strength of one feeling: 0 not at all, 10 as strong as it can be."""

SelfEfficacy = Annotated[int, msgspec.Meta(ge=0, le=100)]
"""Confidence of being able to handle this talk: 0 cannot do at all, 100 certain (Bandura's scale)."""

Likert = Annotated[int, msgspec.Meta(ge=1, le=7)]
"""1 not at all, 7 extremely."""


class Feeling(StrEnum):
    ANGER = "anger"
    FEAR = "fear"
    SADNESS = "sadness"
    SHAME = "shame"
    GUILT = "guilt"
    WORRY = "worry"
    DISGUST = "disgust"
    ENVY = "envy"
    JEALOUSY = "jealousy"
    JOY = "joy"
    LOVE = "love"
    HOPE = "hope"

    @property
    def is_pleasant(self) -> bool:
        return self in (Feeling.JOY, Feeling.LOVE, Feeling.HOPE)


class TrialItem(StrEnum):
    """IMBUE's eight single items, each 1 to 7."""

    ANGER = "anger"
    FEAR = "fear"
    SADNESS = "sadness"
    DISGUST = "disgust"
    CONFIDENCE = "confidence"
    WORRY = "worry"
    HOPE = "hope"
    MOTIVATION = "motivation"


class CheckInForm(StrEnum):
    """What a check-in asks."""

    EVERYDAY = "everyday"
    """Confidence from 0 to 100, and the feelings that are there from 0 to 10."""
    TRIAL = "trial"
    """IMBUE's eight items from 1 to 7, one after another."""


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the learner; what was skipped is absent."""

    feelings: dict[Feeling, Intensity] = {}
    self_efficacy: SelfEfficacy | None = None
    trial: dict[TrialItem, Likert] = {}
