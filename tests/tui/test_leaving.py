"""What comes while a screen is taken down, and before one is there, ends no app."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from blockbuster import BlockingError
from textual.app import ComposeResult
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import WorkerFailed

from voice_agent.catalog.preferences import Preferences
from voice_agent.events import CheckInAsked
from voice_agent.tui.base import CalmApp
from voice_agent.tui.check_in_screen import CheckInScreen


class Child(Static):
    """Tells when it has been taken down."""

    gone: asyncio.Event

    def on_unmount(self) -> None:
        self.gone.set()


class Late(Screen[None]):
    """Is looked at when its child is gone already, as a worker of the app or a timer can."""

    def __init__(self) -> None:
        super().__init__()
        self.child = Child(id="child")
        self.child.gone = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield self.child

    async def look(self) -> None:
        await self.child.gone.wait()
        self.query_one("#child")


async def test_a_screen_that_is_taken_down_may_be_looked_at() -> None:
    app = CalmApp[None](Preferences())
    async with app.run_test():
        await app.push_screen(screen := Late())
        looking = app.run_worker(screen.look())
        screen.dismiss(None)
        with pytest.raises(WorkerFailed):
            await looking.wait()
        assert app.is_running


async def test_a_mistake_on_a_screen_that_stands_still_ends_the_app() -> None:
    app = CalmApp[None](Preferences())
    # The app shows a traceback, for which it reads its own source: what minds blocking calls minds that too.
    with pytest.raises((NoMatches, BlockingError)):
        async with app.run_test() as pilot:
            app.call_later(app.screen.query_one, "#nothing")
            await pilot.pause()


async def test_a_check_in_that_is_answered_before_it_is_drawn_shows_the_answer() -> None:
    app = CalmApp[None](Preferences())
    sent: list[Any] = []
    async with app.run_test() as pilot:
        screen = CheckInScreen("Before the talk", sent.append)
        screen.heard("forty five")
        screen.ask(CheckInAsked(question="How sure are you?"))
        await app.push_screen(screen)
        await pilot.pause()
        assert str(screen.query_one("#heard", Static).visual) == "You said: forty five"
        assert str(screen.query_one("#question", Static).visual) == "How sure are you?"
