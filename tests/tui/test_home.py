"""Before a talk: the list of situations, an own one, the sound check, settings; by keys and by one switch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.sessions.stories import whole_talk
from voice_agent.catalog.preferences import Preferences, load_preferences
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.cli.home import HomeServices
from voice_agent.dearman import Skill
from voice_agent.errors import EngineError
from voice_agent.rehearsal.sound_findings import Found, Step, Verdict
from voice_agent.scenario import Domain
from voice_agent.sessions.store import open_store
from voice_agent.tui import browser_screen
from voice_agent.tui.home import HomeApp
from voice_agent.tui.interview_screen import InterviewScreen
from voice_agent.tui.progress_screen import ProgressScreen
from voice_agent.tui.scanning import ScanLine
from voice_agent.tui.sessions_screen import SessionsScreen
from voice_agent.tui.settings_screen import SettingsScreen
from voice_agent.tui.sound_check_screen import SoundCheckScreen
from voice_agent.tui.welcome_screen import WelcomeScreen
from voice_agent.tui.wishes import AroundWish, PracticeWish

ANSWERS = (
    "Dana", "my manager for two years", "1", "On Monday Dana laughed at my report before the team", "",
    "Dana tells me criticism in private", "criticism before the team", "tell me in private first", "", "2 3",
    "It was only a joke", "", "", "", "", "", "4", "1", "3",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test writes into a folder of its own, and has nothing prepared unless it asks for it."""
    monkeypatch.setattr(browser_screen, "DWELL_S", 600.0)


class Services(HomeServices):
    """The real ones, with a sound check that needs no devices."""

    def __init__(self, steps: Sequence[Step | Found] = (), error: EngineError | None = None) -> None:
        super().__init__()
        self._steps, self._error = steps, error
        self.welcomed()

    async def sound_check(self) -> AsyncGenerator[Step | Found, None]:
        for one in self._steps:
            yield one
        if self._error is not None:
            raise self._error


async def made(steps: Sequence[Step | Found] = (), error: EngineError | None = None) -> Services:
    return await asyncio.to_thread(Services, steps, error)


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.01)


def text(pilot: Pilot[Any], query: str) -> str:
    return str(pilot.app.screen.query_one(query, Static).visual)


async def test_a_situation_is_searched_previewed_and_chosen() -> None:
    app = HomeApp(await made())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.screen.query_one(Input).value = "neighbour music"
        await pilot.pause()
        assert app.screen.query_one(OptionList).option_count == 1
        assert "Your goal:" in text(pilot, "#about")
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_value == "neighbour-noise"


async def test_a_search_finds_skills_and_says_when_it_finds_nothing() -> None:
    app = HomeApp(await made())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.screen.query_one(Input).value = "negotiate work"
        await pilot.pause()
        found = app.screen.query_one(OptionList)
        ids = [str(found.get_option_at_index(place).id) for place in range(found.option_count)]
        assert "boss-weekend-shift" in ids
        assert "mother-comments" not in ids
        app.screen.query_one(Input).value = "zeppelin"
        await pilot.pause()
        assert "No situation" in text(pilot, "#about")
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_value is None


def offered(pilot: Pilot[Any]) -> list[str]:
    found = pilot.app.screen.query_one("#list", OptionList)
    return [str(found.get_option_at_index(place).id) for place in range(found.option_count)]


async def test_filters_narrow_the_list_by_domain_skill_and_difficulty() -> None:
    services = await made()
    async with HomeApp(services).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        by_id = {one.id: one for one in services.first_scenarios}
        await pilot.press("f8", "right")
        await pilot.pause()
        work = offered(pilot)
        assert work
        assert all(by_id[one].domain is Domain.WORK for one in work)
        await pilot.press("f8", "right", "right", "right")
        await pilot.pause()
        assert all(Skill.ASSERT in by_id[one].practises for one in offered(pilot))
        await pilot.press("f8", "left", "left", "left")
        await pilot.pause()
        assert {by_id[one].difficulty for one in offered(pilot)} == {3}
        await pilot.press("f8", "right")
        await pilot.pause()
        assert "No situation has these words and filters" in text(pilot, "#about")


async def test_rehearsals_and_progress_are_one_key_away_and_hand_their_wish_over() -> None:
    def practised() -> None:
        with closing(open_store()) as store:
            store.append(whole_talk())

    await asyncio.to_thread(practised)
    services = await made()
    app = HomeApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, SessionsScreen) and app.screen.query(OptionList))
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("escape", "f7")
        await until(pilot, lambda: isinstance(app.screen, ProgressScreen))
        await pilot.press("enter")
        await pilot.pause()
    assert isinstance(app.return_value, PracticeWish)
    services.close()


async def test_what_is_marked_for_a_moment_is_prepared_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_screen, "DWELL_S", 0.05)
    services, begun, ended = await made(), list[str](), list[str]()
    may_end = asyncio.Event()

    async def get_ready(scenario: str) -> bool:
        begun.append(scenario)
        try:
            await may_end.wait()
        finally:
            ended.append(scenario)
        return scenario == "neighbour-noise"

    monkeypatch.setattr(services, "get_ready", get_ready)
    app = HomeApp(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: text(pilot, "#ready") == "getting ready ...")
        app.screen.query_one(Input).value = "neighbour music"
        await until(pilot, lambda: begun[-1] == "neighbour-noise")
        assert ended == begun[:-1], "one at a time"
        may_end.set()
        await until(pilot, lambda: text(pilot, "#ready") == "ready to talk")
        app.screen.query_one(Input).value = "boss-raise-check"
        await until(pilot, lambda: begun[-1] == "boss-raise-check" and ended[-1] == "boss-raise-check")
        await pilot.pause()
        assert text(pilot, "#ready") == "", "what is not ready is not said to be"
        may_end.clear()
        app.screen.query_one(Input).value = ""
        await pilot.press("down", "end")
        await pilot.pause(0.1)
        assert text(pilot, "#ready") == "", "a door needs no engines"
        await pilot.press("home")
        await until(pilot, lambda: len(begun) > len(ended))
        await pilot.press("escape")
    assert ended == begun


async def test_help_names_every_key() -> None:
    async with HomeApp(await made()).run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        for words in ("Own situation", "Rehearsals", "Progress", "Filters", "Leave"):
            assert words in text(pilot, "#lines")


async def test_the_first_start_offers_the_sound_check_once() -> None:
    services = await asyncio.to_thread(HomeServices)
    async with HomeApp(services).run_test() as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.screen, WelcomeScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert not pilot.app.query(WelcomeScreen)
    async with HomeApp(services).run_test() as pilot:
        await pilot.pause()
        assert not isinstance(pilot.app.screen, WelcomeScreen)


async def test_an_own_situation_is_told_looked_at_and_practised() -> None:
    app = HomeApp(await made())
    async with app.run_test(size=(120, 50)) as pilot:
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        assert isinstance(app.screen, InterviewScreen)
        app.screen.query_one(Input).value = "she is my lazy boss"
        for answer in ANSWERS:
            app.screen.query_one(Input).value = answer
            await pilot.press("enter")
            await pilot.pause()
        assert "Enter keeps it" in text(pilot, "#question")
        assert "name: Dana" in text(pilot, "#question")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_value == "dana-criticism-before-the-team"
    kept = await asyncio.to_thread(load_scenario, "dana-criticism-before-the-team")
    assert kept.partner.relationship == "your manager for two years"
    assert kept.learner.facts == ("On Monday Dana laughed at your report before the team.",)
    assert "It was only a joke." in [line.say for line in kept.lines]


async def test_the_interview_asks_for_behaviour_and_goes_back() -> None:
    app = HomeApp(await made())
    async with app.run_test(size=(120, 50)) as pilot:
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        for answer in ("Dana", "my selfish boss"):
            app.screen.query_one(Input).value = answer
            await pilot.press("enter")
            await pilot.pause()
        assert 'selfish" says what they are like' in text(pilot, "#slip")
        assert "2 of" in text(pilot, "#question")
        await pilot.press("up")
        await pilot.pause()
        assert "1 of" in text(pilot, "#question")


async def test_the_sound_check_tells_each_finding_in_words() -> None:
    steps: list[Step | Found] = [
        Step("quiet", "Stay silent for 2 seconds.", 2.0),
        Found("quiet", Verdict.OK, "It is quiet (-60 dBFS)."),
        Found("echo", Verdict.WARNING, "The microphone hears the loudspeaker.", "Use headphones."),
    ]
    async with HomeApp(await made(steps)).run_test() as pilot:
        await pilot.pause()
        await pilot.press("f4")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SoundCheckScreen)
        assert "ok: It is quiet" in text(pilot, "#found")
        assert "look: The microphone hears the loudspeaker. Use headphones." in text(pilot, "#found")
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, SoundCheckScreen)


async def test_a_microphone_that_fails_is_told() -> None:
    error = EngineError("microphone", "it was unplugged", cure="plug it in")
    async with HomeApp(await made((), error)).run_test() as pilot:
        await pilot.pause()
        await pilot.press("f4")
        await pilot.pause()
        assert "it was unplugged" in text(pilot, "#says")


async def test_settings_are_kept_at_once_and_change_the_screen() -> None:
    async with HomeApp(await made()).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("f5")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SettingsScreen)
        options = pilot.app.screen.query_one(OptionList)
        places = [str(options.get_option_at_index(place).id) for place in range(options.option_count)]
        for key, press in (("theme", "right"), ("hands_free", "enter"), ("difficulty_shift", "left")):
            options.highlighted = places.index(key)
            await pilot.press(press)
            await pilot.pause()
        assert pilot.app.theme == "calm-light"
        kept = await asyncio.to_thread(load_preferences)
        assert (kept.theme, kept.hands_free, kept.difficulty_shift) == ("calm-light", True, -1)
        assert (kept.mode, kept.patience) == (Preferences().mode, None)


async def test_one_switch_chooses_a_situation() -> None:
    services = await made()
    await asyncio.to_thread(services.save_preferences, Preferences(scan_s=30.0))
    app = HomeApp(services)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()

        async def until(name: str) -> None:
            for _ in range(40):
                await app.scanner.step()
                if str(app.screen.query_one(ScanLine).visual).startswith(f"> {name} "):
                    return
            raise AssertionError(name)

        await until("To the list")
        await pilot.press("space")
        await pilot.pause()
        first = app.screen.query_one(OptionList).highlighted_option
        await until("Next line")
        await pilot.press("space")
        await pilot.pause()
        marked = app.screen.query_one(OptionList).highlighted_option
        assert marked is not None
        assert marked is not first
        wanted = marked.id
        await until("Choose it")
        await pilot.press("space")
        await pilot.pause()
    assert app.return_value == wanted


async def test_before_and_after_the_real_talk_are_a_key_away() -> None:
    for key, command in (("f9", "prepare"), ("f10", "after")):
        app = HomeApp(await made())
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press(*"raise", "down", key)
            await pilot.pause()
        assert app.return_value == AroundWish(command, "boss-raise")


async def test_a_door_is_no_situation_to_prepare_for() -> None:
    app = HomeApp(await made())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("down", "end", "f9")
        await pilot.pause()
        assert app.is_running
        assert any("Mark a situation first." in note.message for note in app._notifications)
