"""What all our apps share: themes, density, reduced motion, one-switch scanning, and a quiet end."""

from __future__ import annotations

from traceback import walk_tb
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events
from textual.app import App, ScreenStackError
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.widget import MountError, Widget
from textual.worker import WorkerFailed

from voice_agent.catalog.preferences import Density, Preferences
from voice_agent.tui.scanning import Scanner
from voice_agent.tui.themes import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.command import Provider

R = TypeVar("R")


def _key_commands() -> type[Provider]:
    from voice_agent.tui.palette import KeyCommands  # the palette costs 40 ms, and is seldom opened

    return KeyCommands


class CalmApp(App[R]):
    """An app that looks and moves as the learner prefers."""

    TITLE = "voice_agent"
    ENABLE_COMMAND_PALETTE = True
    # Textual's own are left out: they would quit in the middle of a talk, or change a theme that settings keep.
    COMMANDS: ClassVar[set[Callable[[], type[Provider]] | type[Provider]]] = {_key_commands}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "next_theme", "Theme", show=False)]
    CSS = """
    CommandPalette SearchIcon { display: none; }
    Input > .input--placeholder { color: $secondary; }
    OptionList, OptionList:focus { border: none; background: transparent; background-tint: transparent; }
    .compact .title { margin-top: 0; }
    .compact Transcript Static { margin-bottom: 0; }
    .compact RehearsalScreen Input { height: 1; border: none; }
    """

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self.preferences = preferences
        self.scanner = Scanner(self)
        for theme in THEMES:
            self.register_theme(theme)

    def on_load(self) -> None:
        self.prefer(self.preferences)

    def prefer(self, preferences: Preferences) -> None:
        """Look and move like this from now on."""
        self.preferences = preferences
        self.theme = preferences.theme
        self.set_class(preferences.density is Density.COMPACT, "compact")
        self.animation_level = "full" if preferences.motion else "none"
        self.scanner.every(preferences.scan_s)

    def action_next_theme(self) -> None:
        names = [theme.name for theme in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and await self.scanner.pressed(event.key):
            event.stop()
            return
        await super().on_event(event)

    def _handle_exception(self, error: Exception) -> None:
        # Textual brings here what a handler, a timer, a callback or a worker raised, and ends the app.
        raised = error.error if isinstance(error, WorkerFailed) else error
        if not (isinstance(raised, NoMatches | ScreenStackError | MountError) and self._came_too_late(raised)):
            super()._handle_exception(error)

    def _came_too_late(self, raised: BaseException) -> bool:
        """Whether it looked for something on a screen that is being taken down: a child goes before its parent."""
        if self._exit or not self.is_running:
            return True
        nodes = [frame.f_locals.get("self") for frame, _ in walk_tb(raised.__traceback__)]
        return any(isinstance(node, Widget) and (node._pruning or node._closing or node._closed) for node in nodes)
