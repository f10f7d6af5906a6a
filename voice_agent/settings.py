"""How one rehearsal is run; everything here can change while it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from voice_agent.emotions import CheckInForm
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
    """The microphone is not judged while the partner speaks: there is no echo canceller, or none that helps."""
    FULL = "full"
    """Headphones, files, or an echo canceller: the learner may interrupt by speaking."""


class Arm(StrEnum):
    """What the learner is shown between turns; for trials."""

    FEEDBACK = "feedback"
    SIMULATION_ONLY = "simulation_only"
    """Turns are rated, since the partner reacts to that, but nothing is shown (alone it taught almost nothing)."""


REPLIES_AHEAD = 3
"""Prepared for one turn where they cost nothing: most turns need one, those with pauses two."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode = Mode.FLOW
    patience: Patience = Patience.NORMAL
    duplex: Duplex = Duplex.HALF
    difficulty: Difficulty = 3
    silence_s: Annotated[float, msgspec.Meta(ge=0)] = 8.0
    """A silent learner is nudged once after this many seconds, longer when patient; 0 never."""
    replies_ahead: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0
    """How many replies may be prepared for one turn, unheard, before it is surely over; 0 none."""
    stance_pauses: bool = False
    """Whether the partner hesitates before it answers, by its mood (partner/pausing.py)."""
    check_ins: bool = True
    check_in_form: CheckInForm = CheckInForm.EVERYDAY
    check_in_every: Annotated[int, msgspec.Meta(ge=0, le=100)] = 6
    """Turns of the learner between check-ins in the talk; 0 never. Never in the middle of a turn."""
    arm: Arm = Arm.FEEDBACK
    mode_is_fixed: bool = False
    """A trial's arm decides the mode: the learner can't change it in the talk."""
    most_turns: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    """Turns that stand after which the talk is over; 0: as many as the learner likes."""
    hands_free: bool = False
    """The coach asks, confirms and tells its feedback aloud; a pause still listens for spoken commands."""
