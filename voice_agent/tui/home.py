"""Before a talk: the situations, an own one, past rehearsals, progress, the sound check, settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from voice_agent.catalog.preferences import Preferences
from voice_agent.errors import UserError
from voice_agent.rehearsal.sound_findings import Found, Step
from voice_agent.scenario import Scenario
from voice_agent.tui.base import CalmApp
from voice_agent.tui.browser_screen import BrowserScreen
from voice_agent.tui.welcome_screen import WelcomeScreen
from voice_agent.tui.wishes import AroundWish, PracticeWish, ResumeWish, SessionSource

if TYPE_CHECKING:
    from voice_agent.review.progress import Progress


class Services(Protocol):
    """What lies outside the screen: files, devices, sessions."""

    first_scenarios: Sequence[Scenario]
    """Read before the screen is there."""
    is_first_time: bool

    def scenarios(self) -> Sequence[Scenario]:
        """Read anew. Blocking."""
        ...

    def recent(self) -> Sequence[str]:
        """Ids of all situations that were practised, newest first."""
        ...

    async def get_ready(self, scenario: str) -> bool:
        """Prepare what a talk in this situation needs; whether all of it is there. Cancelled at any time."""
        ...

    def preferences(self) -> Preferences: ...
    def save_preferences(self, preferences: Preferences) -> None:
        """Raises UserError."""
        ...

    def choices(self, setting: str) -> Sequence[str]:
        """Ids for a setting that names something of the catalogue, such as pipeline or voice."""
        ...

    def save_scenario(self, scenario: dict[str, Any]) -> str:
        """Where it lies. Raises UserError when it is no whole scenario."""
        ...

    def sound_check(self) -> AsyncGenerator[Step | Found, None]: ...
    def sessions(self) -> SessionSource:
        """Blocking. Raises UserError."""
        ...

    def progress(self) -> Progress:
        """Blocking. Raises UserError."""
        ...

    def welcomed(self) -> None:
        """Remember that the sound check was offered. Blocking. Raises UserError."""
        ...


class HomeApp(CalmApp[str | PracticeWish | ResumeWish | AroundWish | None]):
    """Gives the chosen situation's id or another wish; None when the learner leaves."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.preferences())
        self._services = services
        self._browser = BrowserScreen(services)

    async def on_mount(self) -> None:
        await self.push_screen(self._browser)
        if self._services.is_first_time:
            self.push_screen(WelcomeScreen(), self._welcomed)

    async def _welcomed(self, wants_check: bool | None) -> None:
        with suppress(UserError):  # then it is offered again
            await asyncio.to_thread(self._services.welcomed)
        if wants_check:
            self._browser.action_sound_check()
