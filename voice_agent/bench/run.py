"""Runs a track through a rehearsal: microphone, listening, turn-taking, partner, voice and speaker as in a talk."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.audio.paced_speaker import PACED_RATE_HZ, SilentSpeaker
from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.bench.judging import judged
from voice_agent.bench.load import LoopWatch, peak_memory_mb
from voice_agent.bench.partner_calls import CountedPartner
from voice_agent.bench.report import ServerReport, TrackReport, track_report
from voice_agent.bench.sound_log import SoundLog
from voice_agent.bench.stub_server import StubCall
from voice_agent.bench.track_microphone import TrackMicrophone
from voice_agent.bench.virtual_costs import ClockWait, VirtualStub, virtual_clock
from voice_agent.bench.watching import TalkWatch
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.clock import Clock, SystemClock, VirtualClock
from voice_agent.conversation import PartnerEmotion
from voice_agent.errors import EngineError, UserError
from voice_agent.partner.llm_partner import LlmPartner
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.pipeline.stages import Engines, open_engines
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.scenario import Scenario
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import REPLIES_AHEAD, Duplex, Settings
from voice_agent.speech.fixed_cost_recognizer import FixedCostRecognizer
from voice_agent.speech.fixed_cost_synthesizer import FixedCostSynthesizer
from voice_agent.speech.truth import SpokenTurn
from voice_agent.worker import WorkCounter

OPENING = "Yes?"
"""What the partner says before the track begins: short, so that the bench waits for it as little as it can."""
LONGEST_REPLY_S = 60.0
"""After the track's end; a talk that is not over by then hangs."""


class NoDevices:
    """See `Devices`: a bench changes none."""

    def microphone(self, device: str) -> Microphone:
        raise UserError("the bench has no other microphone")

    def speaker(self, device: str) -> Speaker:
        raise UserError("the bench has no other speaker")

    def names(self) -> tuple[list[str], list[str]]:
        return [], []


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRun:
    """A track and how it is to be run."""

    track: Path
    seconds: float
    truth: tuple[SpokenTurn, ...]
    plan: PipelinePlan
    scenario: Scenario
    settings: Settings
    seed: int = 1
    stub_calls: list[StubCall] | None = None
    """The stub server's; emptied when the track begins, so that each is answered alike. None without a stub."""
    is_virtual: bool = False
    """On a virtual clock: only what engines are set to cost takes time, and the program's own waits."""


def bench_settings(plan: PipelinePlan, **wished: Any) -> Settings:
    """Both can be heard at once, nobody is nudged or asked how they feel, the partner is mild and never hesitates."""
    settings = Settings(
        patience=plan.turns.patience,
        duplex=Duplex.FULL,
        difficulty=1,
        silence_s=0,
        stance_pauses=False,
        replies_ahead=REPLIES_AHEAD if plan.turns.replies_ahead is None else plan.turns.replies_ahead,
        check_ins=False,
    )
    return msgspec.structs.replace(settings, **wished)


def neutral(scenario: Scenario) -> Scenario:
    """The situation with a calm partner and a short first line."""
    partner = msgspec.structs.replace(scenario.partner, starts=PartnerEmotion.CALM)
    return msgspec.structs.replace(scenario, opening=OPENING, partner=partner)


async def run_track(run: TrackRun) -> TrackReport:
    """Raises UserError when a stage of the pipeline can't start, EngineError when the talk does not end."""
    if run.stub_calls:
        run.stub_calls.clear()
    counter = WorkCounter()
    clock = virtual_clock(counter) if run.is_virtual else SystemClock()
    microphone = TrackMicrophone(FileMicrophone(run.track, clock, waits=False), clock)
    engines = await asyncio.to_thread(open_engines, run.plan, run.scenario, counter=counter)
    if engines.faults:
        fault = engines.faults[0]
        await engines.close()
        raise UserError(fault.told, place=f"pipeline {run.plan.id}", cure=fault.cure)
    if isinstance(clock, VirtualClock):
        await _cost_virtual_time(engines, run, clock)
    partner = CountedPartner(engines.partner, clock)
    engines.partner = partner
    sound = SoundLog(clock, PACED_RATE_HZ)
    speaker = SilentSpeaker(clock, tap=sound.block)
    await speaker.open()
    folder, store = await asyncio.to_thread(_new_store)
    try:
        rehearsal = await _rehearsal(run, engines, microphone, speaker, store, clock)
        watch = TalkWatch(rehearsal, microphone, partner, clock)
        load = await _run(rehearsal, watch, clock, run.seconds)
    finally:
        await asyncio.to_thread(_dropped, folder, store)
    if microphone.began_at_s is None:
        raise EngineError("bench", "the talk ended before the track began", cure=watch.first_fault())
    zero_s = microphone.began_at_s
    watch.count_from(zero_s)
    turns = judged(run.truth, sound.from_zero(zero_s), watch.happened, watch.calls(zero_s))
    return track_report(
        turns,
        track=run.track.name,
        pipeline=run.plan.id,
        engines=dict(engines.names),
        patience=run.settings.patience.value,
        replies_ahead=run.settings.replies_ahead,
        is_virtual=run.is_virtual,
        seconds=round(run.seconds, 2),
        server=_server(run.stub_calls) if run.stub_calls is not None else None,
        faults=tuple(watch.faults),
        ended=watch.ended,
        **load,
    )


async def _cost_virtual_time(engines: Engines, run: TrackRun, clock: VirtualClock) -> None:
    wait = ClockWait(clock, engines.counter)
    for engine in (engines.recognizer, engines.synthesizer):
        if isinstance(engine, FixedCostRecognizer | FixedCostSynthesizer):
            engine.wait = wait
    if isinstance(engines.partner, LlmPartner):
        await engines.partner.close()
        authored = RepertoryPartner(run.scenario, shared_lines())
        calls = run.stub_calls if run.stub_calls is not None else []
        engines.partner = LlmPartner(VirtualStub(clock, calls), run.scenario, authored)


def _new_store() -> tuple[Path, SessionStore]:
    """Events are stored as in any talk, in a folder that goes afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="voice-agent-bench-"))
    return folder, SessionStore(folder / "bench.db")


def _dropped(folder: Path, store: SessionStore) -> None:
    store.close()
    shutil.rmtree(folder, ignore_errors=True)


async def _rehearsal(
    run: TrackRun,
    engines: Engines,
    microphone: Microphone,
    speaker: Speaker,
    store: SessionStore,
    clock: Clock,
) -> Rehearsal:
    return start_rehearsal(
        scenario=run.scenario,
        settings=run.settings,
        pipeline=run.plan.id,
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=store,
        clock=clock,
        devices=NoDevices(),
        background=await asyncio.to_thread(load_background, of_user=False),
        program="bench",
        seed=run.seed,
    )


async def _run(rehearsal: Rehearsal, watch: TalkWatch, clock: Clock, seconds: float) -> dict[str, float]:
    """Run to the end; what it cost."""
    late = LoopWatch()
    helpers = [asyncio.create_task(late.run()), asyncio.create_task(watch.run(rehearsal.events()))]
    if isinstance(clock, VirtualClock):
        helpers.append(asyncio.create_task(clock.run()))
    await asyncio.sleep(0)  # the watcher subscribes before the first event
    wall, cpu = time.monotonic(), time.process_time()
    try:
        # On a virtual clock this is only the machine's patience.
        await asyncio.wait_for(rehearsal.run(), 2 * seconds + LONGEST_REPLY_S)
    except TimeoutError as error:
        raise EngineError("bench", "the talk did not end with the track", cure=watch.first_fault()) from error
    finally:
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        await asyncio.sleep(0)
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    return {"cpu": round(cpu / wall, 3), "memory_mb": peak_memory_mb(), "loop_late_s": round(max(late.late_s), 4)}


def _server(calls: list[StubCall]) -> ServerReport:
    return ServerReport(
        requests=len(calls),
        cancelled=sum(call.was_cancelled for call in calls),
        words_sent=sum(call.words_sent for call in calls),
        words_of_replies=sum(len(call.reply.split()) for call in calls),
    )
