"""Many talks at once: a process for each core, or as many as a server may be asked at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from voice_agent.errors import EngineError, UserError
from voice_agent.feedback.protocols import Rater
from voice_agent.partner.protocols import Partner
from voice_agent.pipeline.stages import open_stage, stage_options
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import engine
from voice_agent.scenario import Scenario
from voice_agent.selfplay.learner import LearnerSkill
from voice_agent.selfplay.material import material_of
from voice_agent.selfplay.played import PlayedTalk
from voice_agent.selfplay.talk import play

SERVER_JOBS = 4
"""Talks at once with a partner on a server, where nothing else was asked for: most local servers queue more."""
_ORDERS_A_JOB = 3
"""Pieces of work for each process, so that none waits long for the last one."""

_LEAST_SEEDS = 3
"""Of one piece: to read what can be said in a situation costs about as much as three talks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Talks of one scenario: each skill with each seed."""

    scenario: Scenario
    learners: tuple[LearnerSkill, ...]
    seeds: tuple[int, ...]
    turns: int
    difficulty: int | None = None
    """None: the scenario's own."""

    @property
    def talks(self) -> int:
        return len(self.learners) * len(self.seeds)


def is_server(plan: PipelinePlan) -> bool:
    """Whether the partner is asked over a connection."""
    return engine("partner", stage_options(plan, "partner")[0]).leaves_machine


def host_of(plan: PipelinePlan) -> str:
    """Where the talks are sent; empty when they stay on this machine."""
    name, options = stage_options(plan, "partner")
    return options.host if engine("partner", name).leaves_machine and not options.is_local else ""


def jobs_for(plan: PipelinePlan) -> int:
    """How many talks are played at once, where nothing else was asked for."""
    return SERVER_JOBS if is_server(plan) else os.cpu_count() or 1


def play_all(orders: Sequence[Order], plan: PipelinePlan, *, jobs: int) -> Iterator[list[PlayedTalk]]:
    """The talks of one piece of work after another, as they are done.

    Raises UserError for a pipeline that can't be. A partner that fails ends its talk, and why stands in it.
    """
    for stage in ("partner", "rater"):
        stage_options(plan, stage)
    pieces = _pieces(orders, jobs)
    if jobs == 1 or len(pieces) == 1:
        for piece in pieces:
            yield _play_order(piece, plan)
        return
    # Fresh interpreters: a forked one would inherit the threads of the network's runtime.
    pool = ProcessPoolExecutor(min(jobs, len(pieces)), mp_context=multiprocessing.get_context("spawn"))
    try:
        for done in as_completed([pool.submit(_play_order, piece, plan) for piece in pieces]):
            yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pieces(orders: Sequence[Order], jobs: int) -> list[Order]:
    """Orders cut by their seeds, so that every process has some."""
    size = max(_LEAST_SEEDS, sum(len(order.seeds) for order in orders) // (jobs * _ORDERS_A_JOB))
    return [
        replace(order, seeds=order.seeds[start : start + size])
        for order in orders
        for start in range(0, len(order.seeds), size)
    ]


def _play_order(order: Order, plan: PipelinePlan) -> list[PlayedTalk]:
    """All talks of one order, one after another. Runs in a process of its own."""
    # Before the event loop: an engine may load files, which would hold it up.
    try:
        partner = open_stage(plan, "partner", order.scenario)
        rater = open_stage(plan, "rater")
    except (EngineError, UserError) as error:
        return [_broken(order, skill, seed, str(error)) for seed in order.seeds for skill in order.learners]
    return asyncio.run(_play(order, partner, rater))


async def _play(order: Order, partner: Partner, rater: Rater) -> list[PlayedTalk]:
    material = material_of(order.scenario)
    try:
        return [
            await play(
                order.scenario,
                skill,
                material,
                partner,
                rater,
                seed=seed,
                turns=order.turns,
                difficulty=order.difficulty,
            )
            for seed in order.seeds
            for skill in order.learners
        ]
    finally:
        await partner.close()


def _broken(order: Order, skill: LearnerSkill, seed: int, why: str) -> PlayedTalk:
    return PlayedTalk(
        scenario=order.scenario.id,
        learner=skill,
        seed=seed,
        partner="none",
        difficulty=order.difficulty or order.scenario.difficulty,
        start=0.0,
        turns=(),
        error=why,
    )
