"""The screens for looking back: they need stored events alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tests.sessions.stories import NOON, Script, whole_talk
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError, UserError
from voice_agent.events import Stamped
from voice_agent.review.debrief import Debrief
from voice_agent.review.next_practice import Situation
from voice_agent.review.progress import progress_of
from voice_agent.scenario import Domain
from voice_agent.sessions.digest import digest_of
from voice_agent.sessions.story import Story, story_of
from voice_agent.sessions.summary import SessionSummary
from voice_agent.tui.debrief_screen import DebriefScreen
from voice_agent.tui.look_back_app import LookBackApp
from voice_agent.tui.progress_screen import ProgressScreen
from voice_agent.tui.replay_screen import ReplayScreen
from voice_agent.tui.sessions_screen import SessionsScreen
from voice_agent.tui.wishes import PracticeWish, ResumeWish, Teller


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.01)


def shown(screen: Any, query: str) -> str:
    return str(screen.query_one(query, Static).visual)


def transcript(screen: Any) -> str:
    return "\n".join(str(one.visual) for one in screen.query("Transcript Static"))


async def test_a_replay_ends_with_the_whole_talk_and_the_panel_as_it_was() -> None:
    screen = ReplayScreen(whole_talk(), speed=1000)
    async with LookBackApp(screen).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "The end" in shown(screen, "#place"))
        said = transcript(screen)
        for words in ("you always leave your plates", "Which evenings do you mean?", "Taken back.", "fear 7 of 10"):
            assert words in said
        assert "What would work for you?" in shown(screen, "#advice")
        assert "Hope 6 of 10" in shown(screen, "#feelings")


async def test_steps_go_forth_and_back_and_the_panel_goes_with_them() -> None:
    screen = ReplayScreen(whole_talk(), plays=False)
    async with LookBackApp(screen).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "step 1 of" in shown(screen, "#place"))
        while screen.view.reading is None or screen.view.reading.ratings.level(Skill.DESCRIBE) is not Level.STRONG:
            await pilot.press("right")
        assert "on monday" in transcript(screen)
        seen = screen.shown
        for _ in range(3):
            await pilot.press("left")
        assert screen.shown < seen
        assert "on monday" not in transcript(screen)
        assert screen.view.reading is not None
        assert screen.view.reading.ratings.level(Skill.DESCRIBE) is Level.NONE
        await pilot.press("end")
        assert "The end" in shown(screen, "#place")
        await pilot.press("home")
        assert "step 1 of" in shown(screen, "#place")


async def test_space_pauses_and_keys_change_the_speed() -> None:
    screen = ReplayScreen(whole_talk(), speed=0.1)
    async with LookBackApp(screen).run_test(size=(80, 24)) as pilot:
        keys = screen.query_one("#keys", Static)
        for words in ("Listen", "Panel", "Help", "Leave"):
            assert words in shown(screen, "#keys")
        assert keys.size.height == len(shown(screen, "#keys").splitlines()), "no line is lost or empty"
        await pilot.press("space")
        assert not screen.is_playing
        await pilot.press("plus", "plus")
        assert "speed 0.4" in shown(screen, "#place")
        await pilot.press("minus", "minus", "minus", "minus", "minus")
        assert "speed 0.1" in shown(screen, "#place")
        await pilot.press("q")
    assert screen.shown <= 1


async def test_sound_is_offered_only_where_it_was_kept() -> None:
    heard: list[int] = []

    async def listen(turn: int) -> None:
        heard.append(turn)
        raise UserError("the speaker was unplugged")

    screen = ReplayScreen(whole_talk(), plays=False, listen=listen)
    async with LookBackApp(screen).run_test(size=(120, 40)) as pilot:
        await pilot.press("end", "l")
        await until(pilot, lambda: heard == [4])
        await pilot.press("q")
    silent = ReplayScreen(whole_talk(), plays=False)
    async with LookBackApp(silent).run_test(size=(120, 40)) as pilot:
        await pilot.press("l")
        await pilot.press("q")


async def test_markup_in_what_was_said_is_shown_as_it_is() -> None:
    script = Script().opening("[bold]Hey[/x] [").turn("[/x] plates [@click=quit]", "1111111", answer="[/]").end()
    screen = ReplayScreen(script.stamped, speed=1000)
    async with LookBackApp(screen).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "The end" in shown(screen, "#place"))
        assert "[/x] plates [@click=quit]" in transcript(screen)


def test_a_replay_needs_a_beginning() -> None:
    with pytest.raises(ValueError, match="first event"):
        ReplayScreen(whole_talk()[1:])


async def test_the_partners_mind_is_shown_after_a_guess() -> None:
    kept: list[tuple[str, str]] = []
    screen = DebriefScreen(story_of(whole_talk()), keep=lambda about, words: kept.append((about, words)))
    async with LookBackApp(screen).run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "was afraid of" in shown(screen, "#question"))
        assert "bad roommate" not in shown(screen, "#lines")
        screen.query_one(Input).value = "that I move [/x] out"
        await pilot.press("enter")
        await until(pilot, lambda: "wanted?" in shown(screen, "#question"))
        await pilot.press("enter")
        await until(pilot, lambda: "bad roommate" in shown(screen, "#lines"))
        assert "You guessed: that I move [/x] out" in shown(screen, "#lines")
    assert kept == [("fear", "that I move [/x] out")]


class MemorySource:
    """Sessions in a list."""

    def __init__(self, talks: dict[str, list[Stamped]], *, ended: bool = True) -> None:
        self.talks = talks
        self.kept: dict[str, str] = {}
        self._ended = ended

    def summaries(self) -> list[SessionSummary]:
        return [
            SessionSummary(
                id=name, scenario="dishes", title=f"Talk {name}", pipeline="offline", started=NOON - timedelta(days=n),
                ended=NOON if self._ended else None, turns=4,
            )
            for n, name in enumerate(self.talks)
        ]  # fmt: skip

    def events(self, session: str) -> list[Stamped]:
        if not self.talks[session]:
            raise UserError(f"event 0 of session {session} can't be read")
        return self.talks[session]

    def guesses(self, session: str) -> dict[str, str]:
        return self.kept

    def keep_guess(self, session: str, about: str, words: str) -> None:
        self.kept[about] = words

    def delete(self, session: str) -> str:
        del self.talks[session]
        return f"Deleted {session}."

    def listener(self, session: str, stored: Sequence[Stamped]) -> Callable[[int], Awaitable[None]] | None:
        return None

    def teller(self, session: str) -> Teller | None:
        return None


async def test_a_language_model_may_tell_the_talk_when_it_is_asked() -> None:
    answers: list[str | EngineError] = [EngineError("narrator", "no", cure="try again"), "You named two days."]

    async def tell(told: Debrief, story: Story) -> Debrief:
        answer = answers.pop(0)
        if isinstance(answer, EngineError):
            raise answer
        return msgspec.structs.replace(told, narrative=answer, source="openai m")

    screen = DebriefScreen(story_of(whole_talk()), guesses={"fear": "x"}, teller=Teller("m", "far.example", tell))
    app = LookBackApp(screen)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("t")
        await until(pilot, lambda: "narrator: no; try again. The program's own" in shown(screen, "#lines"))
        await pilot.press("t")
        await until(pilot, lambda: "You named two days.\n(Written by openai m.)" in shown(screen, "#lines"))
        assert not answers
        assert not screen.check_action("tell", ())


async def test_sessions_are_searched_looked_at_and_deleted() -> None:
    source = MemorySource({"aaaa": whole_talk("aaaa"), "bbbb": whole_talk("bbbb"), "cccc": []})
    screen = SessionsScreen(source)
    app = LookBackApp(screen)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "3 of 3 rehearsals" in shown(screen, "#told"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DebriefScreen))
        app.screen.query_one(Input).value = "a guess"
        await pilot.press("enter")
        await until(pilot, lambda: source.kept == {"fear": "a guess"})
        await pilot.press("escape")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await pilot.press("q")
        await pilot.press("slash", *"bbbb")
        await until(pilot, lambda: screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter", "d", "n")
        assert len(source.talks) == 3
        await pilot.press("d", "y")
        await until(pilot, lambda: "Deleted bbbb." in shown(screen, "#told"))
        screen.query_one(Input).value = "cccc"
        await until(pilot, lambda: screen.query_one(OptionList).option_count == 1)
        await pilot.press("enter")
        await until(pilot, lambda: "can't be read" in shown(screen, "#told"))


async def test_an_open_session_is_handed_over_to_be_resumed() -> None:
    app = LookBackApp(SessionsScreen(MemorySource({"aaaa": whole_talk("aaaa")}, ended=False)))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 1)
        await pilot.press("u")
    assert app.return_value == ResumeWish("aaaa")


async def test_an_offer_of_the_progress_screen_is_chosen_not_forced() -> None:
    summary = MemorySource({"aaaa": []}).summaries()[0]
    situations = [
        Situation(id="dishes", title="Dishes [/x]", domain=Domain.SOCIAL, difficulty=2),
        Situation(id="loan", title="A loan", domain=Domain.SOCIAL, difficulty=3),
    ]
    told = progress_of([(summary, digest_of(whole_talk()))], situations, NOON)
    app = LookBackApp(ProgressScreen(told))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count == len(told.offers))
        assert "Skills, weakest first" in shown(app.screen, "#lines")
        await pilot.press("down", "enter")
    assert app.return_value == PracticeWish(told.offers[1].scenario, told.offers[1].difficulty, told.offers[1].skill)
    left = LookBackApp(ProgressScreen(told))
    async with left.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
    assert left.return_value is None
