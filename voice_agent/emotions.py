"""Feelings and confidence as a learner reports them at a check-in.

Emotion words follow Linehan, *DBT Skills Training Manual* (2nd ed.), emotion regulation handouts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Intensity = Annotated[int, msgspec.Meta(ge=0, le=10)]
"""Strength of one feeling: 0 not at all, 10 as strong as it can be."""

SelfEfficacy = Annotated[int, msgspec.Meta(ge=0, le=100)]
"""Confidence of being able to handle this talk: 0 cannot do at all, 100 certain (Bandura's scale)."""


class Feeling(StrEnum):
    ANGER = "anger"
    FEAR = "fear"
    SADNESS = "sadness"
    SHAME = "shame"
    GUILT = "guilt"
    JOY = "joy"


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the learner; what was skipped is absent."""

    feelings: dict[Feeling, Intensity] = {}
    self_efficacy: SelfEfficacy | None = None
