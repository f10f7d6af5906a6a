"""One rehearsal in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from voice_agent.catalog.preferences import Preferences
from voice_agent.events import EndReason, LevelMeter, PartialTranscript, SessionEnded, Stamped
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.sessions.story import story_of
from voice_agent.settings import Arm
from voice_agent.tui.base import CalmApp
from voice_agent.tui.debrief_screen import DebriefScreen
from voice_agent.tui.rehearsal_screen import RehearsalScreen
from voice_agent.tui.wishes import Teller


class RehearsalApp(CalmApp[None]):
    """Shows a rehearsal that runs beside it on the same event loop; `run_async` ends when the learner leaves."""

    def __init__(
        self,
        rehearsal: Rehearsal,
        preferences: Preferences | None = None,
        *,
        earlier: Sequence[Stamped] = (),
        keep_guess: Callable[[str, str], None] = lambda about, words: None,
        teller: Teller | None = None,
    ) -> None:
        """earlier: the stored part of a talk that goes on. keep_guess: blocking; called on a thread.

        teller: may write the debrief's narrative, when the learner asks for it.
        """
        super().__init__(preferences or Preferences())
        self._rehearsal = rehearsal
        self._told = list(earlier)
        self._keep_guess = keep_guess
        self._teller = teller
        self.screen_of_talk = RehearsalScreen(rehearsal)
        self.ready = asyncio.Event()
        """Set when events can be shown."""

    async def on_mount(self) -> None:
        await self.push_screen(self.screen_of_talk)
        # A worker: what it calls must know which app is active.
        self.run_worker(self._show(), name="events")

    async def _show(self) -> None:
        """Render the rehearsal's events; ends with them."""
        self.ready.set()
        async for stamped in self._rehearsal.events():
            if not isinstance(stamped.event, LevelMeter | PartialTranscript):
                self._told.append(stamped)
            self.screen_of_talk.show_event(stamped.event)
            if isinstance(stamped.event, SessionEnded):
                self._debrief(stamped.event)

    def _debrief(self, ended: SessionEnded) -> None:
        if ended.reason is EndReason.CARE or self._rehearsal.talk.settings.arm is Arm.SIMULATION_ONLY:
            return

        def keep(about: str, words: str) -> None:
            self.run_worker(asyncio.to_thread(self._keep_guess, about, words), exit_on_error=False)

        self.push_screen(DebriefScreen(story_of(self._told), keep=keep, teller=self._teller))
