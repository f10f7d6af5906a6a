"""What a reply waits for on this machine, measured for each pipeline, and which pipeline that speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_agent.catalog.chosen import CATALOGUE
from voice_agent.doctor.engines import leaves_machine
from voice_agent.pipeline.proof import ReplyGap, Trial
from voice_agent.pipeline.stages import EMBEDDED, why
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.scenario import Scenario

BEARABLE_S = 1.5
"""With a second of patience before it, a longer wait feels like a bad line."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One pipeline's reply gap, and why it does not work, or why there is none."""

    pipeline: str
    gap: ReplyGap | None
    why: str = ""
    cure: str = ""
    host: str = ""
    """Where words or sound go; empty when all stays on this machine."""
    other_stages: int = 0
    """Stages that are not the embedded engine: larger models, as a rule better ones."""


def estimate(plan: PipelinePlan, scenario: Scenario, *, asks_others: bool, opened: Trial | None = None) -> Estimate:
    """Opens the pipeline and measures it, the second time, when it is warm. Blocking, some seconds.

    asks_others: whether servers elsewhere may be asked; they get invented words only. opened: the pipeline,
    already warm.
    """
    host = ""
    try:
        host = leaves_machine(plan)
        if host and not asks_others:
            return Estimate(plan.id, None, f"not measured: it asks {host}", "add --online", host)
        if opened is not None:
            return _measured(plan, opened, host, warm=True)
        with Trial(plan, scenario) as trial:
            return _measured(plan, trial, host, warm=False)
    except Exception as error:  # noqa: BLE001 - a broken pipeline must not hide the others
        cause, cure = why(error)
        return Estimate(plan.id, None, f"does not work here: {cause}", cure, host)


def advised(estimates: Sequence[Estimate]) -> Estimate | None:
    """The one with the most stages beyond the embedded engines among those that stay here and answer in time.

    Else the quickest that stays here; one that leaves this machine is never advised: that is for the user to weigh.
    """
    here = [one for one in estimates if one.gap is not None and not one.host and not one.why]
    in_time = [one for one in here if one.gap is not None and one.gap.total_s <= BEARABLE_S]
    if in_time:
        return max(in_time, key=lambda one: (one.other_stages, -_total_s(one)))
    return min(here, key=_total_s, default=None)


def _measured(plan: PipelinePlan, trial: Trial, host: str, *, warm: bool) -> Estimate:
    if trial.faults:
        fault = trial.faults[0]
        return Estimate(plan.id, None, f"does not work here: {fault.stage} {fault.happened}", fault.cure, host)
    if not warm:
        trial.gap()
    return Estimate(plan.id, trial.gap(), host=host, other_stages=_other_stages(plan))


def _other_stages(plan: PipelinePlan) -> int:
    others = [getattr(plan, stage).get("engine") != name for stage, name in EMBEDDED.items()]
    others.append(plan.synthesizer.get("engine", CATALOGUE) not in (CATALOGUE, "espeak-ng", "flite"))
    return others.count(True)


def _total_s(one: Estimate) -> float:
    return one.gap.total_s if one.gap is not None else float("inf")
