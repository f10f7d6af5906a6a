"""A long talk under load: whether the speaker ever starves, the loop stalls, a queue or the memory grows.

python -m benchmarks.soak --minutes 30 [--json soak.json]

Two cores; the app (headless), the feedback lane and the store at work, as in any talk. A synthetic learner speaks
whenever it is its turn; the recognizer is faster-whisper with a model of Whisper `base`'s shape and size, written on
the spot: it costs what the real one costs, and what it hears is always the same. The partner asks the bench's stub
server; the voice is the embedded one. The speaker keeps real time and is not heard.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from tests.fakes.whisper_model import REAL_TOKENS, SHAPES, talking_clock
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.protocols import Int16Array
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.bench.choosing import bench_plan
from voice_agent.bench.load import LoopWatch, resident_mb
from voice_agent.bench.report import Spread, spread
from voice_agent.bench.run import NoDevices, bench_settings
from voice_agent.bench.stub_server import stub_server_thread
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.clock import SystemClock
from voice_agent.commands import GiveUp
from voice_agent.events import AdviceGiven, Fault, Stamped, StateChanged, TalkState, TurnTimed
from voice_agent.pipeline.stages import open_engines, open_voice
from voice_agent.pipeline.talker import Talker
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.rehearsal.synthetic_learner import SyntheticLearner
from voice_agent.sessions.store import SessionStore
from voice_agent.tui.app import RehearsalApp
from voice_agent.worker import WorkCounter, Worker

STALL_S = 0.05
"""The house's bar: the main loop is never later than that while somebody talks."""
SAMPLE_S = 0.25
"""How often queues are looked at; memory every 40th time."""
WARM_SHARE = 0.2
"""The first and the last fifth of a run are compared: caches fill in the first."""


class SoakReport(msgspec.Struct, kw_only=True):
    """Figures of one soak."""

    minutes: float
    shape: str
    cores: int
    turns: int
    advice: int
    faults: list[str]
    underruns: int
    """Times that the speaker had less to play than was due while a sentence was still being made."""
    missing_ms: float
    """Sound that was missing then."""
    between_sentences_s: float
    """Time in which a speaking partner had nothing to play outside a sentence: the model's wait, replies' ends."""
    committed: Spread | None
    """End of speech to committed end of turn, seconds."""
    words: Spread | None
    """Committed end to final words: what the recognizer still had to do."""
    first_sample: Spread | None
    """Committed end of turn to the first sample of the reply, seconds."""
    loop_late_p99_ms: float
    loop_late_max_ms: float
    loop_stalls: int
    """Times that the loop was later than 50 ms."""
    queues: dict[str, dict[str, float]]
    """Largest and 99th percentile of each queue's length."""
    memory_first_mb: float
    memory_last_mb: float
    cpu: float
    """Cores used on average."""


@dataclass(slots=True)
class Soak:
    """What is counted while the talk runs."""

    speaker: SilentSpeaker = field(init=False)
    """Its tap is `block`."""
    in_a_sentence: Callable[[], bool] = lambda: False
    is_speaking: bool = False
    underruns: int = 0
    missing: int = 0
    idle: int = 0
    turns: list[TurnTimed] = field(default_factory=list)
    advice: int = 0
    faults: list[str] = field(default_factory=list)
    queues: dict[str, list[float]] = field(default_factory=dict)
    memory_mb: list[float] = field(default_factory=list)

    def block(self, samples: Int16Array) -> None:
        """The speaker's tap: what was queued is still counted."""
        short = len(samples) - self.speaker.queued_samples()
        if short <= 0:
            return
        if self.in_a_sentence():
            self.underruns += 1
            self.missing += short
        elif self.is_speaking:
            self.idle += short

    def noticed(self, stamped: Stamped) -> None:
        match stamped.event:
            case StateChanged(state=state):
                self.is_speaking = state is TalkState.SPEAKING
            case TurnTimed() as timed:
                self.turns.append(timed)
            case AdviceGiven():
                self.advice += 1
            case Fault() as fault:
                self.faults.append(fault.line)

    async def watch(self, rehearsal: Rehearsal) -> None:
        """Look at what waits where: the insides of a rehearsal, since no front needs to know."""
        for count in itertools.count():
            lengths = {
                "rehearsal's messages": rehearsal._inbox.qsize(),
                "recognizer's blocks": rehearsal._ears._listener._hearing.backlog,
                "store's events": rehearsal.journal._outbox.qsize(),
                "speaker, seconds": self.speaker.queued_samples() / self.speaker.sample_rate_hz,
            }
            for name, length in lengths.items():
                self.queues.setdefault(name, []).append(length)
            if count % 40 == 0:
                self.memory_mb.append(await asyncio.to_thread(resident_mb))
            await asyncio.sleep(SAMPLE_S)


def is_writing(talker: Talker) -> bool:
    """Some of a sentence has been written, and more of it is to come. Nobody but a bench needs to know."""
    reply = talker._reply
    if reply is None or reply.is_stopped or not reply.marks:
        return False
    last = reply.marks[-1]
    return last.stop is None and reply.written > last.start


def soak_plan(shape: str, folder: Path, server: str) -> PipelinePlan:
    model = talking_clock(folder / shape, shape=shape, tokens=REAL_TOKENS)
    plan = bench_plan(None)
    return msgspec.structs.replace(
        plan,
        recognizer={"engine": "faster-whisper", "model": str(model)},
        partner={**plan.partner, "base_url": server},
        synthesizer={"engine": "catalogue"},
    )


async def soak(minutes: float, shape: str, folder: Path, server: str) -> SoakReport:
    scenario, clock, counter = load_scenario("roommate-dishes"), SystemClock(), WorkCounter()
    plan = await asyncio.to_thread(soak_plan, shape, folder, server)
    engines = await asyncio.to_thread(open_engines, plan, scenario, counter=counter)
    assert engines.synthesizer is not None
    voices = [load_voice(name) for name in ("flite-slt", "espeak-us-woman")]
    learner_voice, _ = open_voice(scenario, voices, keep_order=True, options={})
    assert learner_voice is not None
    counted, microphone = Soak(), QueueMicrophone(clock)
    counted.speaker = speaker = SilentSpeaker(clock, tap=counted.block)
    await speaker.open()
    rehearsal = start_rehearsal(
        scenario=scenario,
        settings=bench_settings(plan),
        pipeline=plan.id,
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=await asyncio.to_thread(SessionStore, folder / "soak.db"),
        clock=clock,
        devices=NoDevices(),
        background=await asyncio.to_thread(load_background),
        program="soak",
        seed=1,
    )
    counted.in_a_sentence = partial(is_writing, rehearsal._talker)
    lines = [*scenario.demo, *scenario.practice] * (1 + round(minutes))
    learner = SyntheticLearner(lines, learner_voice[1], microphone, clock, Worker("learner", counter))
    return await run(rehearsal, learner, counted, minutes, shape)


async def run(
    rehearsal: Rehearsal, learner: SyntheticLearner, counted: Soak, minutes: float, shape: str
) -> SoakReport:
    late = LoopWatch()

    async def follow() -> None:
        async for stamped in rehearsal.events():
            counted.noticed(stamped)

    app = RehearsalApp(rehearsal)
    async with app.run_test(size=(120, 40)):
        await app.ready.wait()
        watching = [
            asyncio.create_task(work)
            for work in (
                follow(),
                learner.take_part(rehearsal, rehearsal.events()),
                late.run(),
                counted.watch(rehearsal),
            )
        ]
        await asyncio.sleep(0)
        wall, cpu = time.monotonic(), time.process_time()
        talking = asyncio.create_task(rehearsal.run())
        await asyncio.wait({talking}, timeout=60 * minutes)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        rehearsal.send(GiveUp())
        await talking
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return reported(counted, sorted(late.late_s), wall_s=wall, cpu_s=cpu, shape=shape)


def reported(counted: Soak, late_s: list[float], *, wall_s: float, cpu_s: float, shape: str) -> SoakReport:
    fifth = max(1, round(WARM_SHARE * len(counted.memory_mb)))
    return SoakReport(
        minutes=round(wall_s / 60, 2),
        shape=shape,
        cpu=round(cpu_s / wall_s, 3),
        cores=len(os.sched_getaffinity(0)),
        turns=len(counted.turns),
        advice=counted.advice,
        faults=counted.faults,
        underruns=counted.underruns,
        missing_ms=round(1000 * counted.missing / counted.speaker.sample_rate_hz, 1),
        between_sentences_s=round(counted.idle / counted.speaker.sample_rate_hz, 2),
        committed=spread([timed.committed_s for timed in counted.turns]),
        words=spread([timed.words_s for timed in counted.turns]),
        first_sample=spread([timed.first_sample_s for timed in counted.turns]),
        loop_late_p99_ms=_ms(_percentile(late_s, 0.99)),
        loop_late_max_ms=_ms(late_s[-1]),
        loop_stalls=sum(one > STALL_S for one in late_s),
        queues={
            name: {"max": round(max(lengths), 3), "p99": round(_percentile(sorted(lengths), 0.99), 3)}
            for name, lengths in counted.queues.items()
        },
        # The first fifth ends warm: its last sample is the base line.
        memory_first_mb=counted.memory_mb[fifth - 1],
        memory_last_mb=round(statistics.median(counted.memory_mb[-fifth:]), 1),
    )


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)


def table(report: SoakReport) -> list[str]:
    """Two columns in Markdown."""

    def seconds(told: Spread | None) -> str:
        return "none" if told is None else f"{told.median:.3f} s, p95 {told.p95:.3f} s, worst {told.worst:.3f} s"

    rows = {
        "talk": f"{report.minutes:.1f} min, {report.turns} turns, {report.advice} times advice",
        "speaker underruns": f"{report.underruns} ({report.missing_ms:.0f} ms of sound missing)",
        "nothing to play between sentences": f"{report.between_sentences_s:.1f} s in all",
        "end of speech to committed end": seconds(report.committed),
        "committed end to final words": seconds(report.words),
        "committed end to first sample": seconds(report.first_sample),
        "event loop late": f"p99 {report.loop_late_p99_ms:.1f} ms, at most {report.loop_late_max_ms:.0f} ms, "
        f"{report.loop_stalls} times over {1000 * STALL_S:.0f} ms",
        **{f"queue: {name}": f"p99 {told['p99']:g}, at most {told['max']:g}" for name, told in report.queues.items()},
        "memory, resident": f"{report.memory_first_mb:.0f} MB warm, {report.memory_last_mb:.0f} MB at the end",
        "CPU": f"{report.cpu:.2f} of {report.cores} cores",
        "faults": "; ".join(sorted(set(report.faults))) or "none",
    }
    return ["| what | figure |", "| --- | --- |", *(f"| {name} | {told} |" for name, told in rows.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="base", help="of the Whisper model")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with tempfile.TemporaryDirectory() as folder, stub_server_thread() as stub:
        report = asyncio.run(soak(arguments.minutes, arguments.shape, Path(folder), stub.url))
    for line in table(report):
        print(line)
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    sys.exit(0 if report.underruns == 0 else 1)


if __name__ == "__main__":
    main()
