"""Simulated participants with known effects: a check that the analysis finds what is there. No evidence of anything.

Answers are drawn from normal distributions, rounded and cut to their scale; levels of turns from a common ability and
chance. Nobody speaks, and no partner answers. The preset `imbue` sets the changes of IMBUE's trial (Lin et al., ACL
2024); means before, spread and missing values are ours.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import erf, sqrt
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.errors import UserError, nearest
from voice_agent.events import (
    EndReason,
    Event,
    PartnerSpoke,
    SessionEnded,
    SessionStarted,
    Stamped,
    TurnHeard,
    TurnRated,
)
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings
from voice_agent.study.outcomes import BEFORE, SKILL_BY_EXPERTS, Measure, measures_of
from voice_agent.study.protocol import SKILL, Better, Phase, Study, When
from voice_agent.study.questionnaire import items_of
from voice_agent.study.randomisation import seal_of
from voice_agent.study.records import (
    Answered,
    ConsentAnswered,
    Enrolled,
    Record,
    RehearsalBegun,
    RehearsalEnded,
    TurnRatedByExpert,
)
from voice_agent.study.steps import Questionnaire, Rehearse, steps_of
from voice_agent.study.trial import Trial
from voice_agent.version import version

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]
DROPS_OUT = 0.08
"""Share of participants who leave between training and the first questionnaire after it."""
SKIPS = 0.02
"""Share of questions that are skipped."""
EXPERT_DIFFERS = 0.15
"""Share of levels in which an expert is one step away from the machine."""
RATERS = ("expert-a", "expert-b")
_DRAWN_FOR_TRUTH = 20_000
_ABILITY, _GAIN_SPREAD = 0.5, 0.25
"""Deviations of the ability and of its gain, in units of a single rating's noise. With six turns the change of skill
has a deviation of about 12 points of 100; so 7 points of difference are a d near 0.6, as in IMBUE."""
_WEAK_FROM, _STRONG_FROM = -0.2, 0.75
_SPREAD = 0.2
"""Deviation of an answer, and of its change, in parts of the scale."""
_MIDDLE = {Better.HIGHER: 0.45, Better.LOWER: 0.55, Better.NEITHER: 0.5}
"""Mean answer before, in parts of the scale."""

Effects = Mapping[str, Mapping[str, float]]
"""By arm and measure: change of the mean, in per cent of the mean before, at the first point after training."""

_IMBUE = {
    # simulation only, with feedback; anger, disgust, hope, motivation and others are not told in numbers: none.
    SKILL: (0.1, 17.6),
    "confidence": (16.9, 43.6),
    "self_efficacy": (16.9, 43.6),
    "fear": (-25.1, -40.8),
    "sadness": (-17.3, -29.9),
    "worry": (-26.9, -30.9),
    "anger": (0.0, -20.0),
}
"""Anger fell only with feedback; by how much is our guess."""


def preset(study: Study, name: str) -> dict[str, dict[str, float]]:
    """`imbue`, or `none` for arms that don't differ and change nothing. Raises UserError."""
    if name not in ("imbue", "none"):
        raise UserError(f'effects "{name}" are not known', place="--effects", cure=nearest(name, ["imbue", "none"]))
    known = {measure.id for measure in measures_of(study)}
    if name == "none":
        return {arm.id: {} for arm in study.arms}
    return {
        arm.id: {measure: told[arm.feedback] for measure, told in _IMBUE.items() if measure in known}
        for arm in study.arms
    }


def with_effect(study: Study, effects: dict[str, dict[str, float]], told: str) -> None:
    """Set one effect given as `ARM.MEASURE=PERCENT`. Raises UserError."""
    name, equals, value = told.partition("=")
    arm, dot, measure = name.strip().partition(".")
    try:
        percent = float(value)
    except ValueError:
        equals = ""
        percent = 0.0
    if not (equals and dot) or not -95 <= percent <= 300:
        raise UserError(f'"{told}"', place="--effect", cure="write ARM.MEASURE=PERCENT, from -95 to 300")
    measures = [one.id for one in measures_of(study) if one.id != SKILL_BY_EXPERTS]
    if arm not in effects:
        raise UserError(f'arm "{arm}" is not in the study', place="--effect", cure=nearest(arm, effects))
    if measure not in measures:
        raise UserError(f'measure "{measure}" is not in the study', place="--effect", cure=nearest(measure, measures))
    effects[arm][measure] = percent


@dataclass(frozen=True, slots=True)
class Simulation:
    """Draws answers and levels of participants of one study."""

    study: Study
    effects: Effects

    def percent(self, arm: str, measure: str, point: str) -> float:
        """Feelings and confidence do not carry over to a new situation, skill does (IMBUE)."""
        asked_late = point == When.AFTER_TRANSFER.value
        return self.effects[self.study.control if asked_late else arm].get(measure, 0.0)

    def answers(self, measure: Measure, arm: str, count: int, draw: np.random.Generator) -> dict[str, Floats]:
        """Of `count` participants, before and at each point."""
        span = measure.high - measure.low
        middle = measure.low + _MIDDLE[measure.better] * span
        latent = draw.normal(middle, _SPREAD * span, count)
        found = {BEFORE: latent}
        for point in measure.points:
            change = middle * self.percent(arm, measure.id, point) / 100
            found[point] = latent + change + draw.normal(0, _SPREAD * span, count)
        return {point: np.clip(np.rint(values), measure.low, measure.high) for point, values in found.items()}

    def levels(self, arm: str, count: int, draw: np.random.Generator) -> dict[str, Levels]:
        """Of `count` participants in each phase that is in the study: (participants, turns, skills)."""
        ability = draw.normal(0, _ABILITY, count)
        gain = draw.normal(_shift_for(self.effects[arm].get(SKILL, 0.0)), _GAIN_SPREAD, count)
        found = {}
        for phase in Phase:
            if self.study.phases.of(phase):
                has_gained = phase is not Phase.BASELINE
                mean = ability + (gain if has_gained else draw.normal(0, _GAIN_SPREAD, count))
                noise = draw.normal(0, 1, (count, self.study.turns, len(Skill)))
                found[phase.value] = _levels(mean[:, None, None] + noise)
        return found

    def truth(self) -> dict[str, float]:
        """Standardised differences against the control in the population, by `arm/measure/point`."""
        draw = np.random.default_rng(20_240_812)
        found: dict[str, float] = {}
        for measure in measures_of(self.study):
            changes = {arm.id: self._changes(measure, arm.id, draw) for arm in self.study.arms}
            for arm in self.study.arms:
                for point, change in changes[arm.id].items():
                    if arm.id != self.study.control:
                        other = changes[self.study.control][point]
                        spread = sqrt((change.var() + other.var()) / 2)
                        found[f"{arm.id}/{measure.id}/{point}"] = round(
                            float(change.mean() - other.mean()) / spread, 3
                        )
        return found

    def _changes(self, measure: Measure, arm: str, draw: np.random.Generator) -> dict[str, Floats]:
        if measure.id in (SKILL, SKILL_BY_EXPERTS):
            levels = self.levels(arm, _DRAWN_FOR_TRUTH, draw)
            if measure.id == SKILL_BY_EXPERTS:
                levels = {phase: as_rated(told, draw) for phase, told in levels.items()}
            values = {phase: 50.0 * told.mean(axis=(1, 2)) for phase, told in levels.items()}
            return {point: values[point] - values[Phase.BASELINE.value] for point in measure.points}
        answers = self.answers(measure, arm, _DRAWN_FOR_TRUTH, draw)
        return {point: answers[point] - answers[BEFORE] for point in measure.points}


def as_rated(levels: Levels, draw: np.random.Generator) -> Levels:
    """The mean of two experts is nearer to the truth than one; here each differs from the machine by chance."""
    step = draw.choice([-1, 1], levels.shape) * (draw.random(levels.shape) < EXPERT_DIFFERS)
    rated: Levels = np.clip(levels + step, 0, 2)
    return rated


def _levels(latent: Floats) -> Levels:
    found: Levels = (latent > _WEAK_FROM).astype(np.int64) + (latent > _STRONG_FROM)
    return found


def _mean_skill(shift: float) -> float:
    """Expected skill (0 to 100) at a shift of the ability."""
    spread = sqrt(1 + _ABILITY**2 + _GAIN_SPREAD**2)
    reached = [0.5 * (1 + erf((shift - edge) / spread / sqrt(2))) for edge in (_WEAK_FROM, _STRONG_FROM)]
    return 50 * sum(reached)


def _shift_for(percent: float) -> float:
    """The shift that changes the expected skill by so many per cent; found by halving."""
    wanted = min(99.0, _mean_skill(0) * (1 + percent / 100))
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_skill(middle) < wanted else (low, middle)
    return (low + high) / 2


def simulate(
    trial: Trial,
    participants: int,
    effects: Effects,
    scenarios: Mapping[str, Scenario],
    *,
    seed: int,
    began: datetime,
) -> None:
    """Fill an empty trial. scenarios: by the names in the study file. Blocking, some seconds for a hundred."""
    simulation = Simulation(trial.study, effects)
    draw = np.random.default_rng(seed)
    opened = msgspec.structs.replace(
        trial.opening(), seed=str(seed), seal=seal_of(str(seed)), simulated=True, truth=simulation.truth()
    )
    trial.store.append([opened], began)
    codes = _enrolled(trial, participants, random.Random(seed), began)
    then = Trial(trial.study, trial.store, lambda: began)
    for code in codes:
        then.randomise(code)
    known = trial.state().participants
    for number, code in enumerate(codes):
        arm = known[code].arm
        assert arm is not None
        _fill(trial, simulation, code, arm, scenarios, draw, began + timedelta(hours=number))


def _enrolled(trial: Trial, count: int, draw: random.Random, now: datetime) -> list[str]:
    from voice_agent.study.codes import new_code

    records: list[Record] = []
    codes: list[str] = []
    study = trial.study
    for _ in range(count):
        code = new_code(codes, draw.randrange)
        codes.append(code)
        strata = {name: draw.choice(values) for name, values in study.randomisation.strata.items()}
        records.append(Enrolled(code=code, site=draw.choice(study.sites), strata=strata))
        records.append(ConsentAnswered(code=code, version=study.consent.version, given=True))
    trial.store.append(records, now)
    return codes


def _fill(
    trial: Trial,
    simulation: Simulation,
    code: str,
    arm: str,
    scenarios: Mapping[str, Scenario],
    draw: np.random.Generator,
    began: datetime,
) -> None:
    """Everything that one participant leaves."""
    study = trial.study
    asked = {
        measure.id: {point: int(value[0]) for point, value in simulation.answers(measure, arm, 1, draw).items()}
        for measure in measures_of(study)
        if measure.id not in (SKILL, SKILL_BY_EXPERTS)
    }
    levels = simulation.levels(arm, 1, draw)
    drops_out = draw.random() < DROPS_OUT
    records: list[Record] = []
    for step in steps_of(study):
        if drops_out and isinstance(step, Questionnaire) and step.when is When.POST and step.visit == study.sessions:
            break
        if isinstance(step, Questionnaire):
            point = BEFORE if step.when is When.PRE else step.when.value
            for item in items_of(study.measures):
                value = None if draw.random() < SKIPS else asked[item.id][point]
                records.append(Answered(code=code, step=step.id, item=item.id, value=value))
        elif isinstance(step, Rehearse):
            told = levels[step.phase.value][0]
            session = f"{draw.integers(2**32):08x}"
            records.append(RehearsalBegun(code=code, step=step.id, session=session))
            stamped = _session(session, scenarios[step.scenario], study, step, arm, told, began)
            trial.store.sessions.append(stamped)
            records.append(RehearsalEnded(code=code, step=step.id, reason=EndReason.TURNS))
            if not step.phase.has_feedback:
                records += _ratings(code, session, told, draw)
    trial.store.append(records, began)


def _ratings(code: str, session: str, levels: Levels, draw: np.random.Generator) -> list[Record]:
    return [
        TurnRatedByExpert(
            code=code,
            session=session,
            turn=turn,
            rater=rater,
            levels={skill: Level(int(level)) for skill, level in zip(Skill, row, strict=True)},
        )
        for rater in RATERS
        for turn, row in enumerate(as_rated(levels, draw), start=1)
    ]


def _session(
    session: str, scenario: Scenario, study: Study, step: Rehearse, arm: str, levels: Levels, began: datetime
) -> Sequence[Stamped]:
    chosen = study.arm(arm) if step.phase.has_feedback else None
    settings: dict[str, Any] = {"arm": chosen.shows, "mode": chosen.mode} if chosen else {}
    difficulty = study.difficulty or scenario.difficulty
    happened: list[Event] = [
        SessionStarted(
            scenario=scenario,
            settings=Settings(difficulty=difficulty, check_ins=False, mode_is_fixed=True, **settings),
            pipeline=study.pipeline,
            engines={"rater": "drawn"},
            microphone="none",
            speaker="none",
            seed=0,
            program=version(),
        )
    ]
    for turn, row in enumerate(levels, start=1):
        ratings = Ratings.from_levels({skill: Level(int(level)) for skill, level in zip(Skill, row, strict=True)})
        reading = Reading(ratings=ratings, acts=(Act.UNCLEAR,), next_skill=Skill.DESCRIBE, rater="drawn")
        happened += [
            TurnHeard(turn=turn, text="(simulated turn)"),
            TurnRated(turn=turn, reading=reading),
            PartnerSpoke(turn=turn, text="(simulated)", intended="(simulated)", move=None, complete=True),
        ]
    happened.append(SessionEnded(reason=EndReason.TURNS))
    return [
        Stamped(session=session, seq=seq, at_s=10.0 * seq, wall=began + timedelta(seconds=10 * seq), event=event)
        for seq, event in enumerate(happened)
    ]
