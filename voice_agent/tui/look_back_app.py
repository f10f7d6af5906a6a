"""One screen of looking back as an app of its own, for commands."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from voice_agent.catalog.preferences import Preferences
from voice_agent.tui.base import CalmApp


class LookBackApp(CalmApp[Any]):
    """Shows the screen and ends with its result."""

    def __init__(self, first: Screen[Any], preferences: Preferences | None = None) -> None:
        super().__init__(preferences or Preferences())
        self.first = first

    async def on_mount(self) -> None:
        await self.push_screen(self.first, self.exit)
