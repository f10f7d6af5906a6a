"""A minute of paced breathing over the talk; the rehearsal keeps the pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from voice_agent.commands import Command, Resume, StopBreathing
from voice_agent.events import BreathPaced


class BreatheScreen(ModalScreen[None]):
    """Renders `BreathPaced`; leaving it goes on with the talk."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,b,q,enter", "leave", "Back to the talk")]
    DEFAULT_CSS = """
    BreatheScreen { align: center middle; }
    BreatheScreen Vertical {
        width: 62; max-width: 95%; height: auto; padding: 1 2; background: $surface; border: round $primary;
    }
    """

    def __init__(self, send: Callable[[Command], None]) -> None:
        super().__init__()
        self._send = send

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content("Breathe in while the line fills, out while it empties."), id="breath")
            yield Static(Content("Escape goes back to the talk."))

    def pace(self, paced: BreathPaced) -> None:
        """Show this second."""
        for shown in self.query("#breath").results(Static):  # none yet while the screen is being made
            shown.update(Content(breath_words(paced)))

    def action_leave(self) -> None:
        self._send(StopBreathing())
        self._send(Resume())


def breath_words(paced: BreathPaced) -> str:
    """What to do in this second."""
    way = "in" if paced.is_in else "out"
    full = paced.count if paced.is_in else paced.of - paced.count
    breath = "\u25a0 " * full + "\u00b7 " * (paced.of - full)
    return f"{breath}  Breathe {way} ... {paced.count} of {paced.of}   ({paced.left_s} seconds left)"
