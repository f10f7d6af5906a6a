"""The learner's rehearsals: look for one, see what it came to, see it again, resume it, delete it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.errors import UserError
from voice_agent.events import Stamped
from voice_agent.sessions.story import story_of
from voice_agent.sessions.summary import SessionSummary
from voice_agent.tui.debrief_screen import DebriefScreen
from voice_agent.tui.key_bar import KeyBar
from voice_agent.tui.replay_screen import ReplayScreen
from voice_agent.tui.wishes import ResumeWish, SessionSource

MOST_SHOWN = 500
"""The newest of those that fit the search; more can't be looked through by eye."""


class SessionsScreen(Screen[ResumeWish | None]):
    """Self-contained; dismissed with a session to resume, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "debrief", "What it came to", priority=False),
        Binding("r", "replay", "See it again"),
        Binding("u", "resume", "Resume"),
        Binding("d", "delete", "Delete"),
        Binding("slash", "search", "Search"),
        Binding("escape,q", "leave", "Leave"),
    ]
    DEFAULT_CSS = """
    SessionsScreen { background: $background; }
    SessionsScreen OptionList { height: 1fr; }
    SessionsScreen #told { height: auto; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self, source: SessionSource) -> None:
        super().__init__()
        self._source = source
        self._sessions: list[SessionSummary] = []

    def compose(self) -> ComposeResult:
        yield Input(placeholder="/ searches: words of the title, a date such as 2026-05, open, ended", id="search")
        yield OptionList(id="list")
        yield Static(id="told")
        yield KeyBar(id="keys")

    async def on_mount(self) -> None:
        await self._load()
        self.query_one(OptionList).focus()

    async def _load(self) -> None:
        try:
            self._sessions = await asyncio.to_thread(self._source.summaries)
        except UserError as error:
            self._tell(f"{error}.")
        self._fill()

    def _fill(self) -> None:
        words = self.query_one(Input).value.lower().split()
        found = [one for one in self._sessions if all(word in _searched(one) for word in words)]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(Content(_line(one)), id=one.id) for one in found[:MOST_SHOWN])
        if found:
            options.highlighted = 0
        more = f" The newest {MOST_SHOWN} are shown." if len(found) > MOST_SHOWN else ""
        none = "No rehearsals yet." if not self._sessions else "None fits the search."
        count = f"{len(found)} of {len(self._sessions)} rehearsals.{more} Enter tells what it came to."
        self._tell(count if found else none)

    def on_input_changed(self) -> None:
        self._fill()

    def on_input_submitted(self) -> None:
        self.query_one(OptionList).focus()

    async def on_option_list_option_selected(self) -> None:
        await self.action_debrief()

    def _chosen(self) -> str | None:
        options = self.query_one(OptionList)
        if options.highlighted is None:
            return None
        return options.get_option_at_index(options.highlighted).id

    async def _events(self, session: str) -> list[Stamped]:
        try:
            return await asyncio.to_thread(self._source.events, session)
        except UserError as error:
            self._tell(f"{error}.")
            return []

    async def action_debrief(self) -> None:
        if (session := self._chosen()) is None or not (stored := await self._events(session)):
            return
        try:
            story = story_of(stored)
            guesses = await asyncio.to_thread(self._source.guesses, session)
            teller = await asyncio.to_thread(self._source.teller, session)
        except UserError as error:
            self._tell(f"{error}.")
            return

        def keep(about: str, words: str) -> None:
            self.run_worker(asyncio.to_thread(self._source.keep_guess, session, about, words), exit_on_error=False)

        self.app.push_screen(DebriefScreen(story, guesses=guesses, keep=keep, teller=teller))

    async def action_replay(self) -> None:
        if (session := self._chosen()) is None or not (stored := await self._events(session)):
            return
        listen = await asyncio.to_thread(self._source.listener, session, stored)
        try:
            self.app.push_screen(ReplayScreen(stored, listen=listen))
        except ValueError as error:
            self._tell(f"{error}.")

    def action_resume(self) -> None:
        session = next((one for one in self._sessions if one.id == self._chosen()), None)
        if session is None:
            return
        if session.ended is not None:
            self._tell("This one has ended; it can be seen again, not resumed.")
            return
        if session.is_running:
            self._tell("This one is running in another program; go on there.")
            return
        self.dismiss(ResumeWish(session.id))

    def action_delete(self) -> None:
        session = next((one for one in self._sessions if one.id == self._chosen()), None)
        if session is not None:
            question = f"Delete {session.title}, {session.turns_told}, with its sound and reports, for good?"
            self.app.push_screen(AskScreen(question), self._deleted)

    async def _deleted(self, wanted: bool | None) -> None:
        session = self._chosen()
        if not wanted or session is None:
            return
        try:
            told = await asyncio.to_thread(self._source.delete, session)
        except UserError as error:
            self._tell(f"{error}.")
            return
        await self._load()
        self._tell(told)

    def action_search(self) -> None:
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        if self.query_one(Input).has_focus:
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)

    def _tell(self, words: str) -> None:
        self.query_one("#told", Static).update(Content(words))


class AskScreen(ModalScreen[bool]):
    """A question that y answers with yes, and everything else with no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
    ]
    DEFAULT_CSS = """
    AskScreen { align: center middle; }
    AskScreen Vertical {
        width: 70; max-width: 95%; height: auto; padding: 1 2; background: $surface; border: round $primary;
    }
    AskScreen Static { height: auto; margin-bottom: 1; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(self._question))
            yield Static(Content("y: yes, n: no"))

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


def _line(session: SessionSummary) -> str:
    when = session.started.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{when}  {session.title}  ({session.turns_told}, {_state(session)})"


def _state(session: SessionSummary) -> str:
    return "ended" if session.ended else "running" if session.is_running else "open"


def _searched(session: SessionSummary) -> str:
    return f"{_line(session)} {session.id} {session.scenario}".lower()
