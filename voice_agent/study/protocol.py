"""What a trial is: arms, measures, phases, randomisation, consent. The file format of `studies/*.yaml`.

These classes are the format's specification and `studies/imbue-replication.yaml` shows every key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from voice_agent.emotions import Feeling
from voice_agent.scenario import Difficulty, Slug, Text
from voice_agent.settings import Arm, Mode

SKILL = "skill"
"""Name of the measure that is made from ratings of turns; the others are asked."""


class Phase(StrEnum):
    """What rehearsals are for. Only training is done in the participant's arm; the others have no feedback."""

    BASELINE = "baseline"
    """Before randomisation: skill at the start."""
    TRAINING = "training"
    PRACTISED = "practised"
    """A practised situation again, without feedback."""
    TRANSFER_NEW = "transfer_new"
    TRANSFER_HARDER = "transfer_harder"

    @property
    def has_feedback(self) -> bool:
        return self is Phase.TRAINING


class When(StrEnum):
    """When a questionnaire is filled in."""

    PRE = "pre"
    POST = "post"
    """After training, before any test."""
    AFTER_TRANSFER = "after_transfer"


class Preset(StrEnum):
    IMBUE = "imbue"
    """Eight single items from 1 to 7: anger, fear, sadness, disgust, confidence, worry, hope, motivation."""


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class StudyArm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of practising."""

    id: Slug
    title: Text
    feedback: bool
    """No: turns are rated for the partner alone, and nothing is shown."""
    mode: Mode = Mode.FLOW
    weight: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    """Places in a block; all 1 for equal arms."""

    @property
    def shows(self) -> Arm:
        return Arm.FEEDBACK if self.feedback else Arm.SIMULATION_ONLY


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question that is answered by a whole number."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    question: Text
    """With its question mark; the scale is told after it."""
    low: Annotated[int, msgspec.Meta(ge=-1000, le=1000)]
    high: Annotated[int, msgspec.Meta(ge=-1000, le=1000)]
    low_word: Text = "not at all"
    high_word: Text = "extremely"
    better: Better = Better.NEITHER


class Measures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What questionnaires ask, in this order."""

    intro: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    """Said before each questionnaire: what "this talk" is."""
    presets: tuple[Preset, ...] = ()
    self_efficacy: bool = False
    """Confidence of being able to handle the talk, from 0 to 100 (Bandura's scale)."""
    emotions: tuple[Feeling, ...] = ()
    """Each from 0 to 10."""
    items: tuple[Item, ...] = ()
    """Questions of one's own."""


ScenarioIds = tuple[Text, ...]


class Phases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Situations (ids or files) of each phase, rehearsed in this order; a situation may stand twice."""

    baseline: ScenarioIds = ()
    training: Annotated[ScenarioIds, msgspec.Meta(min_length=1)]
    practised: ScenarioIds = ()
    transfer_new: ScenarioIds = ()
    transfer_harder: ScenarioIds = ()

    def of(self, phase: Phase) -> ScenarioIds:
        found: ScenarioIds = getattr(self, phase.value)
        return found


class Randomisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Permuted blocks, a list for each site and stratum."""

    block_sizes: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=60)], ...], msgspec.Meta(min_length=1)]
    """One is drawn for each block; several of them make the end of a block hard to guess."""
    strata: dict[str, Annotated[tuple[Text, ...], msgspec.Meta(min_length=2)]] = {}
    """What participants are sorted by before they are randomised, with the values it can have."""
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Left out: drawn in secret at the first enrolment, and shown by `study export`. Who knows it knows the list."""


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Text
    """Noted with each consent; a changed text needs a new one."""
    text: Annotated[str, msgspec.Meta(min_length=40, max_length=20_000)]


class Study(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One trial."""

    schema: Literal[1]
    id: Slug
    title: Text
    arms: Annotated[tuple[StudyArm, ...], msgspec.Meta(min_length=2, max_length=8)]
    control: Slug
    """The arm that the others are compared with."""
    primary: str = SKILL
    """The measure that decides; all others are told as exploratory."""
    measures: Measures
    phases: Phases
    sessions: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    """Visits; each trains once, the first begins with the baseline, the last ends with the tests."""
    hours_between: Annotated[float, msgspec.Meta(ge=0, le=24 * 60)] = 0.0
    """At least so long between visits."""
    turns: Annotated[int, msgspec.Meta(ge=1, le=100)] = 8
    """Turns after which a rehearsal is ended."""
    difficulty: Difficulty | None = None
    """For all rehearsals; left out: each situation's own."""
    pipeline: str = "offline"
    randomisation: Randomisation
    sites: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1)] = ("main",)
    consent: Consent
    thanks: Text = "Thank you for taking part."

    def arm(self, arm: str) -> StudyArm:
        """Raises KeyError."""
        return next((one for one in self.arms if one.id == arm), None) or _missing(arm)


def _missing(arm: str) -> StudyArm:
    raise KeyError(arm)
