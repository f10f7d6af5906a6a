"""Proves a pipeline: opens each stage and lets it do its work once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ
from voice_agent.audio.resampling import resampled
from voice_agent.conversation import Moment
from voice_agent.errors import EngineError, UserError
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.partner.stance import first_stance
from voice_agent.pipeline.stages import Engines, open_engines
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.scenario import Scenario
from voice_agent.speech.protocols import Delivery
from voice_agent.worker import WorkCounter

PROOF_LINE = "Can we talk about this for a minute?"


@dataclass(frozen=True, slots=True)
class Proof:
    stage: str
    engine: str
    works: bool
    seconds: float
    told: str
    """What it did, or why it failed and the cure."""


def prove_stages(plan: PipelinePlan, scenario: Scenario) -> Iterator[Proof]:
    """One proof a stage. Blocking. Raises UserError for options that no engine has."""
    start = time.perf_counter()
    engines = open_engines(plan, scenario, counter=WorkCounter())
    yield Proof("open", plan.id, not engines.faults, time.perf_counter() - start, _faults(engines))
    said = _speech(engines)
    checks: list[tuple[str, Callable[[], str]]] = [
        (
            "synthesizer",
            lambda: f"{len(said) / MIC_RATE_HZ:.1f} s of speech from {engines.names.get('voice', 'no voice')}.",
        ),
        ("voice_activity", lambda: _activity(engines, said)),
        ("recognizer", lambda: _recognized(engines, said)),
        ("rater", lambda: _rated(engines, scenario)),
        ("partner", lambda: _answered(engines, scenario)),
    ]
    for stage, check in checks:
        start = time.perf_counter()
        try:
            told, works = check(), True
        except (EngineError, UserError, ValueError) as error:
            told, works = str(error), False
        yield Proof(stage, engines.names.get(stage, "none"), works, time.perf_counter() - start, told)
    asyncio.run(engines.close())


def _faults(engines: Engines) -> str:
    return " ".join(f"{fault.stage}: {fault.happened}; {fault.done}; {fault.cure}." for fault in engines.faults)


def _speech(engines: Engines) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    synthesizer = engines.synthesizer
    if synthesizer is None:
        return np.zeros(0, np.int16)
    blocks = [block.samples for block in synthesizer.speak(PROOF_LINE, Delivery(), threading.Event())]
    speech = resampled(np.concatenate(blocks), synthesizer.sample_rate_hz, MIC_RATE_HZ)
    return np.pad(speech, (MIC_RATE_HZ // 2, MIC_RATE_HZ // 2))


def _activity(engines: Engines, said: np.ndarray[tuple[int], np.dtype[np.int16]]) -> str:
    blocks = said[: len(said) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
    share = float(np.mean([engines.activity.is_speech(block) for block in blocks])) if len(blocks) else 0.0
    if not share:
        raise ValueError("hears no speech in speech")
    return f"Speech in {share:.0%} of the blocks."


def _recognized(engines: Engines, said: np.ndarray[tuple[int], np.dtype[np.int16]]) -> str:
    recognizer = engines.recognizer
    if recognizer is None:
        raise ValueError("none was opened")
    recognizer.begin()
    recognizer.feed(said)
    heard = recognizer.finish().text
    if not heard:
        raise ValueError("understood no words")
    return f'Heard "{heard}" for "{PROOF_LINE}"'


def _rated(engines: Engines, scenario: Scenario) -> str:
    reading = engines.rater.read(RatedTurn(said=PROOF_LINE, partner_line="", scenario=scenario))
    return f"Read it as {reading.acts[0].value}."


def _answered(engines: Engines, scenario: Scenario) -> str:
    reading = engines.rater.read(RatedTurn(said=PROOF_LINE, partner_line="", scenario=scenario))
    moment = Moment(
        said=PROOF_LINE,
        reading=reading,
        stance=first_stance(scenario, scenario.difficulty),
        history=(),
        already_said=frozenset(),
        difficulty=scenario.difficulty,
        seed=0,
    )

    async def reply() -> str:
        return "".join([part.text async for part in engines.partner.reply(moment)])

    return f'Answered "{asyncio.run(reply())}"'
