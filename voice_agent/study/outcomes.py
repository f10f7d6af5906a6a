"""What the analysis compares: for each measure and participant, the value before and the values after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean

from voice_agent.study.dataset import Dataset, TurnRow
from voice_agent.study.protocol import SKILL, Better, Phase, Study, When
from voice_agent.study.questionnaire import items_of

SKILL_BY_EXPERTS = "skill_experts"
BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Measure:
    id: str
    title: str
    low: float
    high: float
    better: Better
    points: tuple[str, ...]
    """Occasions or phases after training, each compared with the value before; the first one decides."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One measure of all participants who were randomised."""

    measure: Measure
    values: dict[str, dict[str, float]]
    """By participant, then by point (`before` and the measure's own); what is missing is absent."""


def measures_of(study: Study) -> tuple[Measure, ...]:
    tests = tuple(phase.value for phase in (Phase.PRACTISED, Phase.TRANSFER_NEW, Phase.TRANSFER_HARDER))
    tested = tuple(test for test in tests if study.phases.of(Phase(test)))
    asked = (When.POST.value, *((When.AFTER_TRANSFER.value,) if tested else ()))
    found = []
    if study.phases.baseline and tested:
        found.append(Measure(SKILL, "skill, by machine (0-100)", 0, 100, Better.HIGHER, tested))
        found.append(Measure(SKILL_BY_EXPERTS, "skill, by experts (0-100)", 0, 100, Better.HIGHER, tested))
    for item in items_of(study.measures):
        title = f"{item.id.replace('_', ' ')} ({item.low}-{item.high})"
        found.append(Measure(item.id, title, item.low, item.high, item.better, asked))
    return tuple(found)


def outcomes_of(data: Dataset) -> list[Outcome]:
    """In the study's order; without measures that nobody has a value for (experts who have not rated yet)."""
    found = [_outcome(data, measure) for measure in measures_of(data.study)]
    return [one for one in found if any(one.values.values())]


def _outcome(data: Dataset, measure: Measure) -> Outcome:
    values: dict[str, dict[str, float]] = {code: {} for code in data.arm_of}
    if measure.id in (SKILL, SKILL_BY_EXPERTS):
        _add_skill(values, data, by_experts=measure.id == SKILL_BY_EXPERTS)
    else:
        for row in data.answers:
            if row.measure != measure.id or row.value is None or row.code not in values:
                continue
            if row.occasion is When.PRE and row.visit == 1:
                values[row.code][BEFORE] = row.value
            elif row.visit == data.study.sessions and row.occasion is not When.PRE:
                values[row.code][row.occasion.value] = row.value
    return Outcome(measure, values)


def _add_skill(values: dict[str, dict[str, float]], data: Dataset, *, by_experts: bool) -> None:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in data.turns:
        if row.first_try and row.phase is not Phase.TRAINING and row.code in values:
            share = skill_of(row, by_experts=by_experts)
            if share is not None:
                point = BEFORE if row.phase is Phase.BASELINE else row.phase.value
                found[row.code, point].append(share)
    for (code, point), shares in found.items():
        values[code][point] = fmean(shares)


def skill_of(row: TurnRow, *, by_experts: bool) -> float | None:
    """Mean level of the seven skills in per cent of the highest; None where the turn was not rated."""
    levels = [level for level in (row.experts if by_experts else row.machine) if level is not None]
    return 50.0 * fmean(levels) if levels else None
