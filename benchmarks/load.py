"""Whether feedback ever delays the partner's voice: the same talk without advice, with it, and on a busy machine.

python -m benchmarks.load
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.cli.sound import SoundDevices
from voice_agent.clock import SystemClock
from voice_agent.commands import GiveUp, Say
from voice_agent.events import AdviceGiven, PartnerSpoke, StateChanged, TalkState, TurnTimed
from voice_agent.pipeline.stages import open_engines
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import Arm, Settings
from voice_agent.worker import WorkCounter

LOOK_EVERY_S = 0.004


def burn() -> None:
    while True:
        sum(i * i for i in range(10_000))


async def talk(turns: int, arm: Arm) -> tuple[list[float], float, int, float]:
    """First-sample times, seconds in which a speaking partner had nothing queued, advice given, worst stall."""
    scenario, clock = load_scenario("roommate-dishes"), SystemClock()
    engines = await asyncio.to_thread(
        open_engines, load_pipeline("offline"), scenario, counter=WorkCounter(), hears=False
    )
    speaker = SilentSpeaker(clock)
    await speaker.open()
    rehearsal = start_rehearsal(
        scenario=scenario,
        settings=Settings(check_ins=False, arm=arm, difficulty=3),
        pipeline="offline",
        engines=engines,
        microphone=None,
        speaker=speaker,
        store=SessionStore(Path(tempfile.mkdtemp()) / "load.db"),
        clock=clock,
        devices=SoundDevices(clock),
        background=await asyncio.to_thread(load_background),
        program="bench",
        seed=3,
    )
    first: list[float] = []
    advice, starved_s, stall_s = 0, 0.0, 0.0
    speaking = False

    async def look() -> None:
        nonlocal starved_s, stall_s
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            passed = time.monotonic() - before
            stall_s = max(stall_s, passed - LOOK_EVERY_S)
            if speaking and speaker.queued_samples() == 0:
                starved_s += passed

    async def take_part() -> None:
        nonlocal advice, speaking
        said = [*scenario.demo, *scenario.practice][:turns]
        async for stamped in rehearsal.events():
            event = stamped.event
            if isinstance(event, StateChanged):
                speaking = event.state is TalkState.SPEAKING
                if event.state is TalkState.LISTENING:
                    if not said:
                        rehearsal.send(GiveUp())
                    else:
                        await asyncio.sleep(0.3)
                        rehearsal.send(Say(text=said.pop(0)))
            elif isinstance(event, PartnerSpoke):
                speaking = False
            elif isinstance(event, TurnTimed) and event.first_sample_s is not None:
                first.append(event.first_sample_s)
            elif isinstance(event, AdviceGiven):
                advice += 1

    helpers = [asyncio.create_task(look()), asyncio.create_task(take_part())]
    await asyncio.sleep(0)
    await rehearsal.run()
    for helper in helpers:
        helper.cancel()
        with suppress(asyncio.CancelledError):
            await helper
    return first, starved_s, advice, stall_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=8)
    told = parser.parse_args()
    print("| talk | first sample, median | worst | nothing to play while speaking | advice | loop late, worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, arm, burners in (
        ("no feedback", Arm.SIMULATION_ONLY, 0),
        ("feedback", Arm.FEEDBACK, 0),
        ("feedback, both cores busy", Arm.FEEDBACK, 2),
    ):
        busy = [multiprocessing.Process(target=burn, daemon=True) for _ in range(burners)]
        for process in busy:
            process.start()
        first, starved_s, advice, stall_s = asyncio.run(talk(told.turns, arm))
        for process in busy:
            process.terminate()
        print(
            f"| {name} | {1000 * statistics.median(first):.0f} ms | {1000 * max(first):.0f} ms | "
            f"{1000 * starved_s:.0f} ms | {advice} | {1000 * stall_s:.0f} ms |",
            flush=True,
        )


if __name__ == "__main__":
    main()
