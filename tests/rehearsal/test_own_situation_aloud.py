"""An own situation told aloud with real engines: a synthetic voice is recorded, understood and kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from tests.cli.test_hands_free_session import record
from tests.scenes import situation
from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.cli.conduct import keep_own
from voice_agent.clock import VirtualClock
from voice_agent.pipeline.stages import open_engines
from voice_agent.rehearsal.choosing import choose_situation
from voice_agent.rehearsal.voice_dialog import voice_dialog
from voice_agent.scenario import Domain
from voice_agent.worker import WorkCounter

SAID = (
    "two",
    "martin", "my brother", "two",
    "on sunday he took my car without asking me", "coach, that's all",
    "he asks me before he takes the car", "taking the car",
    "ask me before you take the car", "coach, skip", "two",
    "i only needed it for an hour", "coach, that's all",
    "coach, skip", "coach, skip", "coach, skip", "coach, skip",
    "two", "one", "one",
    "yes",
)  # fmt: skip


async def test_a_situation_of_ones_own_is_told_in_a_real_voice(home: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.wav"
    await asyncio.to_thread(record, told, SAID)
    counter = WorkCounter()
    clock = VirtualClock(counter)
    speaker = SilentSpeaker(clock)
    await speaker.open()
    microphone = await asyncio.to_thread(FileMicrophone, told, clock, waits=True)
    shipped = await asyncio.to_thread(load_pipeline, "offline")
    # The situation is not known yet: there is nothing to adapt to.
    plan = replace(shipped, recognizer={"engine": "pocketsphinx", "adapt": False})
    engines = await asyncio.to_thread(open_engines, plan, situation(), counter=counter)
    ticking = asyncio.create_task(clock.run())
    try:
        async with asyncio.timeout(100), voice_dialog(engines, microphone, speaker, clock) as dialog:
            chosen = await choose_situation(dialog, [situation()], keep_own)
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await engines.close()
    assert chosen is not None
    assert (chosen.domain, chosen.difficulty) == (Domain.FAMILY, 2)
    assert chosen.partner.relationship == "your brother"
    assert "car without asking you" in chosen.learner.facts[0]
    assert chosen.learner.goal.startswith("He asks you before he")
    assert any("for an hour" in line.say for line in chosen.lines), "a sentence is not taken for a command"
    assert chosen == await asyncio.to_thread(load_scenario, chosen.id)
