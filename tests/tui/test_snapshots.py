"""Every screen in three themes at 80x24 and 120x40, against pictures that were looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from tests.fakes.engines import ScriptedPartner
from tests.scenes import scene, situation
from tests.sessions.stories import NOON, whole_talk
from tests.tui.snapshots import compare
from tests.tui.test_looking_back import MemorySource
from voice_agent.catalog.preferences import Preferences
from voice_agent.commands import MakePlan, Say, SetMode
from voice_agent.dearman import Skill
from voice_agent.events import (
    AdviceGiven,
    BreathPaced,
    CheckInDue,
    LookedAhead,
    PlanMade,
    SessionEnded,
    SkillDeclared,
    TalkState,
)
from voice_agent.rehearsal.sound_findings import Found, Step, Verdict
from voice_agent.review.next_practice import Situation
from voice_agent.review.progress import Progress, progress_of
from voice_agent.scenario import Domain
from voice_agent.sessions.digest import digest_of
from voice_agent.settings import Mode, Settings
from voice_agent.tui import browser_screen
from voice_agent.tui.app import RehearsalApp
from voice_agent.tui.home import HomeApp
from voice_agent.tui.look_back_app import LookBackApp
from voice_agent.tui.progress_screen import ProgressScreen
from voice_agent.tui.replay_screen import ReplayScreen
from voice_agent.tui.sessions_screen import SessionsScreen
from voice_agent.tui.themes import THEMES
from voice_agent.tui.wishes import SessionSource

SIZES = ((80, 24), (120, 40))
BLAME = "you always leave your dishes and you never listen"
CLEAR = "on monday and tuesday the dishes were in the sink would you wash them the same evening"
"""Two turns of a learner, weak and better."""

FINDINGS = (
    Step("quiet", "Stay silent for 2 seconds.", 2.0),
    Found("quiet", Verdict.OK, "It is quiet (-58 dBFS)."),
    Found(
        "echo", Verdict.WARNING, "The microphone hears the loudspeaker (14 dB above the room).", "Nothing is lost."
    ),
    Found("voice", Verdict.FAILED, "Nobody was heard to read.", "Speak closer to the microphone."),
)


class Home:
    """The home screen's services with nothing of this machine in them."""

    is_first_time = False

    def __init__(self) -> None:
        self.first_scenarios = [situation(), situation(**{"id: dishes": "id: other", "Dishes in the sink": "Bins"})]

    def scenarios(self) -> list[Any]:
        return self.first_scenarios

    def recent(self) -> list[str]:
        return ["other"]

    async def get_ready(self, scenario: str) -> bool:
        return True

    def preferences(self) -> Preferences:
        return Preferences()

    def save_preferences(self, preferences: Preferences) -> None:
        pass

    def choices(self, setting: str) -> list[str]:
        return []

    def save_scenario(self, scenario: dict[str, Any]) -> str:
        return ""

    async def sound_check(self) -> AsyncIterator[Step | Found]:
        for one in FINDINGS:
            yield one

    def welcomed(self) -> None:
        pass

    def sessions(self) -> SessionSource:
        raise AssertionError("not opened here")

    def progress(self) -> Progress:
        raise AssertionError("not opened here")


@pytest.fixture(autouse=True)
def _prepares_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_screen, "DWELL_S", 0.0)


async def prepared(pilot: Pilot[Any]) -> None:
    """The home screen's note stands still, and so does its picture."""
    note = pilot.app.screen_stack[1].query_one("#ready", Static)
    async with asyncio.timeout(10):
        while str(note.visual) != "ready to talk":
            await pilot.pause(0.01)


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize(
    ("name", "keys"), [("home", ()), ("interview", ("f3",)), ("sound-check", ("f4",)), ("settings", ("f5",))]
)
async def test_before_a_talk(name: str, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    async with HomeApp(Home()).run_test(size=size) as pilot:  # type: ignore[arg-type]
        await prepared(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        assert await compare(pilot, name) == []


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_the_first_start(size: tuple[int, int]) -> None:
    services = Home()
    services.is_first_time = True
    async with HomeApp(services).run_test(size=size) as pilot:  # type: ignore[arg-type]
        await prepared(pilot)
        assert await compare(pilot, "welcome") == []


@asynccontextmanager
async def talk_at(size: tuple[int, int], settings: Settings) -> AsyncIterator[tuple[Any, Pilot[None]]]:
    partner = ScriptedPartner(["Three plates. Call the health office.", "Okay. I did not know it got to you."])
    async with scene(
        settings=settings, partner=partner, front=lambda rehearsal: RehearsalApp(rehearsal).run_test(size=size)
    ) as talk:
        yield talk, talk.shown


Key = Callable[[Any, Pilot[None]], Awaitable[None]]


async def _nothing(talk: Any, pilot: Pilot[None]) -> None:
    pass


async def _panel(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("f")


async def _plan(talk: Any, pilot: Pilot[None]) -> None:
    talk.send(
        MakePlan(notes={Skill.DESCRIBE: "you always leave it", Skill.ASSERT: "wash up the same evening please"})
    )
    await talk.until_event(PlanMade, 2)
    await pilot.pause()
    await pilot.press("l")


async def _desk(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("x")


async def _look_ahead(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("o")
    await talk.until_event(LookedAhead)


async def _devices(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("d")
    await _listed(pilot)


async def _listed(pilot: Pilot[Any]) -> None:
    """Something stands in the list of the screen."""
    async with asyncio.timeout(10):
        while not any(one.option_count for one in pilot.app.screen.query(OptionList)):
            await pilot.pause(0.01)


async def _gate(talk: Any, pilot: Pilot[None]) -> None:
    talk.send(SetMode(mode=Mode.GATE), Say(text=CLEAR))
    await talk.until_state(TalkState.DRAFT)
    await talk.until_event(AdviceGiven, 3)


async def _declare(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("n")
    await talk.until_event(SkillDeclared)
    await pilot.press("f")


async def _help(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("question_mark")


async def _breathe(talk: Any, pilot: Pilot[None]) -> None:
    for second in (1, 2):
        pilot.app.screen_of_talk.show_event(  # type: ignore[attr-defined]
            BreathPaced(is_in=True, count=second, of=4, left_s=60 - second)
        )
        await pilot.pause()


async def _end(talk: Any, pilot: Pilot[None]) -> None:
    await pilot.press("e")
    await talk.until_event(SessionEnded)


@pytest.mark.parametrize("size", [*SIZES, (200, 50)], ids="{0[0]}x{0[1]}".format)
async def test_the_rehearsal(size: tuple[int, int]) -> None:
    await _in_a_talk("rehearsal", _nothing, size)


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize(
    ("name", "do"),
    [
        ("panel", _panel),
        ("plan", _plan),
        ("desk", _desk),
        ("look-ahead", _look_ahead),
        ("help", _help),
        ("devices", _devices),
        ("gate", _gate),
        ("declare", _declare),
        ("breathe", _breathe),
        ("debrief", _end),
    ],
)
async def test_in_a_talk(name: str, do: Key, size: tuple[int, int]) -> None:
    await _in_a_talk(name, do, size)


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_the_palette(size: tuple[int, int]) -> None:
    async with _after_two_turns(size) as (_, pilot):
        for theme in THEMES:
            pilot.app.theme = theme.name  # Textual's palette takes its colours when it opens
            await pilot.press("ctrl+p")
            await _listed(pilot)
            assert await compare(pilot, "palette", [theme]) == []
            await pilot.press("escape")


@asynccontextmanager
async def _after_two_turns(size: tuple[int, int]) -> AsyncIterator[tuple[Any, Pilot[None]]]:
    async with talk_at(size, Settings(check_ins=False, difficulty=2)) as (talk, pilot):
        await talk.until_state(TalkState.LISTENING)
        for count, words in enumerate((BLAME, CLEAR), start=1):
            talk.send(Say(text=words))
            await talk.until_event(AdviceGiven, count)
            await talk.until_state(TalkState.LISTENING, count + 1)
        await pilot.pause()
        yield talk, pilot


async def _in_a_talk(name: str, do: Key, size: tuple[int, int]) -> None:
    async with _after_two_turns(size) as (talk, pilot):
        await do(talk, pilot)
        await pilot.pause()
        await pilot.pause()
        assert await compare(pilot, name) == []


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
async def test_the_check_in(size: tuple[int, int]) -> None:
    async with talk_at(size, Settings(difficulty=2)) as (talk, pilot):
        await talk.until_event(CheckInDue)
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "lots"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        assert await compare(pilot, "check-in") == []


def _past(name: str) -> Screen[Any]:
    talk = whole_talk()
    if name == "sessions":
        return SessionsScreen(MemorySource({"aaaa": talk, "bbbb": talk}))
    if name == "replay":
        return ReplayScreen(talk, plays=False)
    situations = [
        Situation(id="dishes", title="Dishes in the sink", domain=Domain.SOCIAL, difficulty=2),
        Situation(id="loan", title="A loan", domain=Domain.SOCIAL, difficulty=3),
    ]
    summary = MemorySource({"aaaa": talk}).summaries()[0]
    return ProgressScreen(progress_of([(summary, digest_of(talk))], situations, NOON))


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("name", ["sessions", "replay", "progress"])
async def test_looking_back(name: str, size: tuple[int, int]) -> None:
    async with LookBackApp(_past(name)).run_test(size=size) as pilot:
        if name == "replay":
            await pilot.press("end")
        else:
            await _listed(pilot)
        await pilot.pause()
        assert await compare(pilot, name) == []
