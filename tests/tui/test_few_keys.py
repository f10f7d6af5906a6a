"""A whole rehearsal with few keys: by Tab, Enter, Escape and arrows, and by one switch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.fakes.engines import FakeRecognizer
from tests.rehearsal.test_turns import Spoken
from tests.scenes import scene
from tests.tui.test_rehearsal_screen import settled, until, until_screen
from voice_agent.catalog.preferences import Preferences
from voice_agent.cli.home import HomeServices
from voice_agent.emotions import Feeling
from voice_agent.events import (
    AdviceGiven,
    CheckInDue,
    CheckInRecorded,
    PartnerSpoke,
    SessionEnded,
    SkillDeclared,
    TalkState,
    TurnHeard,
)
from voice_agent.settings import Settings
from voice_agent.tui.app import RehearsalApp
from voice_agent.tui.browser_screen import BrowserScreen
from voice_agent.tui.check_in_screen import CheckInScreen
from voice_agent.tui.debrief_screen import DebriefScreen
from voice_agent.tui.home import HomeApp
from voice_agent.tui.key_bar import KeyBar
from voice_agent.tui.scanning import ScanLine

SAID = "on monday your dishes were in the sink"
SETTINGS = Settings(difficulty=2, silence_s=0)


async def mark(pilot: Pilot[Any], name: str) -> None:
    """To the key bar by Tab, and to the key by arrows."""
    while not isinstance(pilot.app.focused, KeyBar):
        await pilot.press("tab")
    bar = pilot.app.focused
    for _ in range(60):
        if (key := bar._marked_key()) is not None and key.description == name:
            return
        await pilot.press("right")
    raise AssertionError(name)


async def test_from_check_in_to_debrief_by_tab_enter_escape_and_arrows() -> None:
    async with scene(
        settings=SETTINGS, front=lambda rehearsal: RehearsalApp(rehearsal).run_test(size=(80, 24))
    ) as talk:
        pilot: Pilot[None] = talk.shown
        await until_screen(pilot, CheckInScreen)
        await pilot.press("up", "down", "down", "enter", "tab", "tab", "up", "enter")
        first = (await talk.until_event(CheckInRecorded)).check_in
        assert first is not None
        assert first.self_efficacy == 40
        assert list(first.feelings.values()) == [6]
        await settled(talk)
        await mark(pilot, "Declare Assert")
        await pilot.press("enter")
        await talk.until_event(SkillDeclared)
        await mark(pilot, "Type")
        await pilot.press("enter")
        line = pilot.app.focused
        assert isinstance(line, Input)
        line.value = SAID  # what is said needs letters, or a voice
        await pilot.press("enter", "escape")
        await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        await mark(pilot, "Say it")
        await pilot.press("enter")
        await talk.until_event(PartnerSpoke, 3)
        await talk.until_state(TalkState.LISTENING, 3)
        await mark(pilot, "End")
        await pilot.press("enter")
        await talk.until_event(CheckInDue, 2)
        await until_screen(pilot, CheckInScreen)
        await pilot.press("escape")
        await talk.until_event(SessionEnded)
        await until_screen(pilot, DebriefScreen)
        await pilot.press("enter", "enter")
        await mark(pilot, "Leave")
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query("Transcript"))
        await mark(pilot, "Leave")
        await pilot.press("enter")
        await until(pilot, lambda: not pilot.app.is_running)
    assert talk.all(TurnHeard)[0].text == SAID


async def test_every_door_of_the_home_screen_by_tab_enter_escape_and_arrows(home: Path) -> None:
    async with HomeApp(await asyncio.to_thread(quiet_services)).run_test(size=(80, 24)) as pilot:
        one: Pilot[Any] = pilot
        for name in ("Own situation", "Settings", "Rehearsals", "Progress", "Help"):
            await mark(one, name)
            await pilot.press("enter")
            await until(one, lambda: not isinstance(pilot.app.screen, BrowserScreen))
            await pilot.press("escape")
            await until(one, lambda: isinstance(pilot.app.screen, BrowserScreen))
        await mark(one, "Leave")
        await pilot.press("enter")
        await until(one, lambda: not pilot.app.is_running)


def quiet_services() -> HomeServices:
    services = HomeServices()
    services.welcomed()
    return services


async def scan(pilot: Pilot[None], *names: str) -> None:
    """Wait until each action is marked, and press the switch."""
    scanner = pilot.app.scanner  # type: ignore[attr-defined]
    for name in names:
        for _ in range(80):
            await scanner.step()
            if str(pilot.app.screen.query_one(ScanLine).visual).startswith(f"> {name} "):
                break
        else:
            raise AssertionError(name)
        await pilot.press("space")
        await pilot.pause()


async def test_from_check_in_to_debrief_by_one_switch_and_a_voice() -> None:
    spoken = Spoken()
    async with scene(
        settings=SETTINGS,
        microphone=spoken,
        recognizer=FakeRecognizer([SAID]),
        front=lambda rehearsal: RehearsalApp(rehearsal, Preferences(scan_s=600.0)).run_test(size=(80, 24)),
    ) as talk:
        pilot: Pilot[None] = talk.shown
        await until_screen(pilot, CheckInScreen)
        await scan(pilot, "4", "0", "Enter", "fear", "6", "Enter")
        first = (await talk.until_event(CheckInRecorded)).check_in
        assert first is not None
        assert (first.self_efficacy, first.feelings) == (40, {Feeling.FEAR: 6})
        await settled(talk)
        await scan(pilot, "Declare Assert")
        await talk.until_event(SkillDeclared)
        spoken.plan(-0.5, 1.0)
        await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        await scan(pilot, "Say it")
        await talk.until_event(PartnerSpoke, 3)
        await talk.until_state(TalkState.LISTENING, 3)
        await scan(pilot, "End")
        await talk.until_event(CheckInDue, 2)
        await until_screen(pilot, CheckInScreen)
        await scan(pilot, "Skip the check-in")
        await talk.until_event(SessionEnded)
        await until_screen(pilot, DebriefScreen)
        await scan(pilot, "Enter", "Enter")
        page = str(pilot.app.screen.query_one("#lines", Static).visual)
        assert "You took 2 turns with Sam." in page
        await scan(pilot, "Leave")
        await until(pilot, lambda: pilot.app.screen.query("Transcript"))
        await scan(pilot, "Leave")
        await until(pilot, lambda: not pilot.app.is_running)
    assert talk.all(TurnHeard)[0].text == SAID
