"""The turns of a recording, by the same lanes that hear a learner, faster than it was spoken."""

from __future__ import annotations

import asyncio
from pathlib import Path

from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.catalog.chosen import chosen_pipeline
from voice_agent.clock import VirtualClock
from voice_agent.pipeline.listener import Attention, Listener
from voice_agent.pipeline.signals import MicrophoneLost, RecognizerFailed, Signal, TurnOver
from voice_agent.pipeline.stages import stage_options
from voice_agent.pipeline.turn_end.judge import shared_judge
from voice_agent.registry import engine
from voice_agent.scenario import Scenario
from voice_agent.settings import Patience
from voice_agent.worker import WorkCounter, Worker


async def turns_of(path: Path, *, pipeline: str | None = None, scenario: Scenario | None = None) -> list[TurnOver]:
    """The recording's turns that hold words.

    pipeline: None is the user's own choice. scenario: teaches the recognizer the situation's words.
    Raises UserError when the file is no recording, EngineError when the recognizer fails.
    """
    counter = WorkCounter()
    clock = VirtualClock(counter)
    microphone = FileMicrophone(path, clock, waits=False)
    plan = chosen_pipeline(pipeline)
    name, options = stage_options(plan, "recognizer")
    worker = Worker("recognizer", counter)
    recognizer = await worker.run(engine("recognizer", name).open, options, scenario)
    activity_name, activity_options = stage_options(plan, "voice_activity")
    found: list[TurnOver] = []
    failed: list[Exception] = []

    def post(signal: Signal) -> None:
        if isinstance(signal, TurnOver) and signal.transcript.text:
            found.append(signal)
        elif isinstance(signal, MicrophoneLost | RecognizerFailed):
            failed.append(signal.error)

    listener = Listener(
        activity=engine("voice_activity", activity_name).open(activity_options),
        recognizer=recognizer,
        worker=worker,
        clock=clock,
        patience=Patience.NORMAL,
        post=post,
        judge=await worker.run(shared_judge),
        judge_worker=worker,
    )
    listener.attend(Attention.TURN)
    ticking = asyncio.create_task(clock.run())
    try:
        await listener.run(microphone)
    finally:
        ticking.cancel()
        await worker.run(recognizer.close)
        worker.close()
    if failed:
        raise failed[0]
    return found
