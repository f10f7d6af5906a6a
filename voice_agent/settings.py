"""How one rehearsal is run; everything here can change while it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from voice_agent.scenario import Difficulty


class Mode(StrEnum):
    """How a turn reaches the partner."""

    FLOW = "flow"
    """The partner answers at once; ratings appear between turns."""
    GATE = "gate"
    """The turn is rated first; the partner hears only what is sent (IMBUE's own loop)."""


class Patience(StrEnum):
    """How long a pause must be before a turn counts as over."""

    QUICK = "quick"
    NORMAL = "normal"
    PATIENT = "patient"
    PUSH_TO_TALK = "push-to-talk"
    """Only the talk key ends a turn."""
    OVER = "over"
    """Only the word "over" or the key ends a turn."""


class Duplex(StrEnum):
    """Whether the learner can be heard while the partner speaks."""

    HALF = "half"
    """Loudspeakers: the microphone is not judged while the partner speaks, so it never hears itself."""
    FULL = "full"
    """Headphones or files: the learner may interrupt by speaking."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode = Mode.FLOW
    patience: Patience = Patience.NORMAL
    duplex: Duplex = Duplex.HALF
    difficulty: Difficulty = 3
    silence_s: Annotated[float, msgspec.Meta(ge=0)] = 8.0
    """A silent learner is nudged once after this many seconds, longer when patient; 0 never."""
    check_ins: bool = True
