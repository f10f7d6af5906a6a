"""How long the partner takes, in real time: a table of gaps, the time to silence, CPU share and memory.

Usage: python -m benchmarks.gaps [SCENARIO]

A synthetic learner takes its turns, then interrupts the partner. Nothing is played; the speaker keeps real time.
"""

from __future__ import annotations

import asyncio
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.protocols import Int16Array
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.cli.sound import SoundDevices
from voice_agent.clock import SystemClock
from voice_agent.commands import GiveUp
from voice_agent.events import PartnerInterrupted, PartnerSentence, SessionEnded, StateChanged, TalkState, TurnTimed
from voice_agent.pipeline.stages import open_engines, open_voice
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.rehearsal.synthetic_learner import SyntheticLearner
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import Duplex, Settings
from voice_agent.worker import WorkCounter, Worker

INTERRUPTIONS = 6


async def measure(name: str) -> None:
    scenario, clock, counter = load_scenario(name), SystemClock(), WorkCounter()
    opened, _ = open_voice(
        scenario, [load_voice(v) for v in ("flite-slt", "espeak-us-woman")], keep_order=True, options={}
    )
    assert opened is not None
    engines = await asyncio.to_thread(open_engines, load_pipeline("offline"), scenario, counter=counter)
    last_sound_s = 0.0

    def tap(block: Int16Array) -> None:
        nonlocal last_sound_s
        if block.any():
            last_sound_s = time.monotonic()

    speaker, microphone = SilentSpeaker(clock, tap=tap), QueueMicrophone(clock)
    await speaker.open()
    store = SessionStore(Path(tempfile.mkdtemp()) / "bench.db")
    rehearsal = start_rehearsal(
        scenario=scenario,
        settings=Settings(check_ins=False, duplex=Duplex.FULL, difficulty=scenario.difficulty, silence_s=0),
        pipeline="offline",
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=store,
        clock=clock,
        devices=SoundDevices(clock),
        program="bench",
        seed=1,
    )
    learner = SyntheticLearner(scenario.demo, opened[1], microphone, clock, Worker("learner", counter))
    speech = await asyncio.to_thread(learner._synthesized, "wait please let me finish what i was saying")
    timed: list[TurnTimed] = []
    to_silence: list[float] = []
    stall_s = 0.0

    async def watch_loop() -> None:
        nonlocal stall_s
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            stall_s = max(stall_s, time.monotonic() - before - 0.005)

    async def take_part() -> None:
        interrupted_at = 0.0
        interrupts = False
        async for stamped in rehearsal.events():
            event = stamped.event
            if isinstance(event, TurnTimed) and event.committed_s is not None:
                timed.append(event)
            elif isinstance(event, SessionEnded):
                return
            elif isinstance(event, StateChanged) and event.state is TalkState.LISTENING and not interrupts:
                interrupts = not learner._lines
                await learner._speak_or_end(rehearsal) if not interrupts else microphone.say(speech, 16_000)
            elif isinstance(event, PartnerSentence) and interrupts and event.index == 0:
                interrupted_at = time.monotonic()
                microphone.say(speech, opened[1].sample_rate_hz)
            elif isinstance(event, PartnerInterrupted):
                await asyncio.sleep(0.3)
                to_silence.append(last_sound_s - interrupted_at)
                if len(to_silence) >= INTERRUPTIONS:
                    rehearsal.send(GiveUp())

    start_wall, start_cpu = time.monotonic(), sum(os.times()[:2])
    watching = asyncio.create_task(watch_loop())
    taking_part = asyncio.create_task(take_part())
    await asyncio.sleep(0)
    await asyncio.wait_for(rehearsal.run(), 240)
    watching.cancel()
    await taking_part
    wall, cpu = time.monotonic() - start_wall, sum(os.times()[:2]) - start_cpu
    _table(timed, to_silence, cpu / wall, stall_s)


def _table(timed: list[TurnTimed], to_silence: list[float], share: float, stall_s: float) -> None:
    def told(name: str, values: list[float]) -> None:
        values = sorted(values)
        print(f"| {name} | {statistics.median(values):.3f} s | {values[-1]:.3f} s | {len(values)} |")

    print("| what | median | worst | n |\n| --- | --- | --- | --- |")
    told("end of speech to committed end of turn", [t.committed_s for t in timed if t.committed_s is not None])
    told("committed end to final words", [t.words_s for t in timed if t.words_s is not None])
    told("final words to rating", [t.rated_s for t in timed if t.rated_s is not None])
    told(
        "committed end to first sample of the reply",
        [t.first_sample_s for t in timed if t.first_sample_s is not None],
    )
    told(
        "end of speech to first sample of the reply",
        [
            t.committed_s + t.first_sample_s
            for t in timed
            if t.committed_s is not None and t.first_sample_s is not None
        ],
    )
    told("start of the interrupting speech to silence", to_silence)
    print(f"\nCPU {share:.0%} of one core; main loop never late by more than {stall_s * 1000:.0f} ms; ", end="")
    print(f"resident memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1] if len(sys.argv) > 1 else "roommate-dishes"))
