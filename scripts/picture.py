"""Draws docs/home.svg, docs/screen.svg and docs/debrief.svg: the real app before, in and after a rehearsal.

Usage: python scripts/picture.py
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from textual.widgets import Input

from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.cli.home import HomeServices
from voice_agent.cli.sound import SoundDevices
from voice_agent.clock import SystemClock
from voice_agent.commands import RecordCheckIn
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.events import AdviceGiven, CheckInDue, CheckInTime, StateChanged, TalkState
from voice_agent.pipeline.stages import open_engines
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import Settings
from voice_agent.tui.app import RehearsalApp
from voice_agent.tui.home import HomeApp
from voice_agent.worker import WorkCounter

SAID = (
    "on monday tuesday and thursday your pans were in the sink when i got up",
    "you always do this and honestly it's kind of annoying i guess",
)
FEELINGS = CheckIn(feelings={Feeling.WORRY: 6, Feeling.ANGER: 4}, self_efficacy=45)
LATER = CheckIn(feelings={Feeling.WORRY: 4, Feeling.ANGER: 2}, self_efficacy=60)


async def draw_talk() -> dict[str, str]:
    """Pictures of the rehearsal and of its debrief."""
    pictures: dict[str, str] = {}
    scenario, clock = load_scenario("roommate-dishes"), SystemClock()
    engines = await asyncio.to_thread(
        open_engines, load_pipeline("offline"), scenario, counter=WorkCounter(), hears=False, speaks=False
    )
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = start_rehearsal(
            scenario=scenario,
            settings=Settings(difficulty=scenario.difficulty),
            pipeline="offline",
            engines=engines,
            microphone=None,
            speaker=None,
            store=SessionStore(Path(folder) / "picture.db"),
            clock=clock,
            devices=SoundDevices(clock),
            background=load_background(),
            program="picture",
            seed=4,
        )
        app = RehearsalApp(rehearsal)
        async with app.run_test(size=(120, 36)) as pilot:
            running = asyncio.create_task(rehearsal.run())
            said = list(SAID)
            async for stamped in rehearsal.events():
                event = stamped.event
                await pilot.pause(0.1)
                if isinstance(event, CheckInDue):
                    rehearsal.send(RecordCheckIn(check_in=FEELINGS if event.when is CheckInTime.START else LATER))
                elif isinstance(event, StateChanged) and event.state is TalkState.LISTENING and said:
                    await pilot.press("t")
                    app.screen_of_talk.query_one(Input).value = said.pop(0)
                    await pilot.press("enter", "escape")
                elif isinstance(event, AdviceGiven) and not said and "screen" not in pictures:
                    await pilot.pause(0.5)
                    pictures["screen"] = app.export_screenshot(title="voice-agent practice roommate-dishes")
                    await pilot.press("e")
            await pilot.pause(0.5)
            pictures["debrief"] = app.export_screenshot(title="after the talk")
            await asyncio.gather(running, return_exceptions=True)
            return pictures


async def draw_home() -> str:
    app = HomeApp(await asyncio.to_thread(HomeServices))
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        await pilot.press("escape")  # the welcome
        await pilot.pause(0.5)
        return app.export_screenshot(title="voice-agent")


if __name__ == "__main__":
    os.environ["VOICE_AGENT_HOME"] = tempfile.mkdtemp()
    for name, picture in {"home": asyncio.run(draw_home()), **asyncio.run(draw_talk())}.items():
        (Path(__file__).resolve().parent.parent / "docs" / f"{name}.svg").write_text(picture, encoding="utf-8")
