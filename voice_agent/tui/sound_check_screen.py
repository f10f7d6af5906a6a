"""The sound check, step by step."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static

from voice_agent.errors import EngineError, UserError
from voice_agent.rehearsal.sound_findings import Found, Step, Verdict

_SIGNS = {
    Verdict.OK: ("ok", "$success"),
    Verdict.WARNING: ("look", "$warning"),
    Verdict.FAILED: ("failed", "$error"),
    Verdict.NOT_HERE: ("not here", "$secondary"),
}
_TICK_S = 0.1


class SoundCheckScreen(ModalScreen[None]):
    """Renders `sound_check`; Escape skips the rest."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Skip, or close")]
    DEFAULT_CSS = """
    SoundCheckScreen { align: center middle; }
    SoundCheckScreen VerticalScroll {
        width: 84; max-width: 95%; height: auto; max-height: 95%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    SoundCheckScreen Static { height: auto; margin-bottom: 1; }
    SoundCheckScreen ProgressBar { height: 1; margin-bottom: 1; }
    """

    def __init__(self, steps: AsyncGenerator[Step | Found, None]) -> None:
        super().__init__()
        self._steps = steps
        self._found: list[Found] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled("Sound check", "bold"))
            yield Static(Content("Opening the sound devices ..."), id="says")
            yield ProgressBar(total=1, show_eta=False, show_percentage=False, id="progress")
            yield Static(id="found")
            yield Static(Content("Escape skips the rest."), id="leave")

    def on_mount(self) -> None:
        self.set_interval(_TICK_S, self._tick)
        self.run_worker(self._run(), name="sound check")

    async def _run(self) -> None:
        says = self.query_one("#says", Static)
        try:
            async with aclosing(self._steps) as steps:
                async for one in steps:
                    if isinstance(one, Step):
                        says.update(Content.assemble((one.says, "bold")))
                        self.query_one(ProgressBar).update(total=max(one.seconds, _TICK_S), progress=0)
                    else:
                        self._found.append(one)
                        self.query_one("#found", Static).update(found_content(self._found))
        except (UserError, EngineError) as error:
            says.update(Content(f"{error}."))
        else:
            says.update(Content("That was the sound check."))
        self.query_one(ProgressBar).display = False
        self.query_one("#leave", Static).update(Content("Escape goes on."))

    def _tick(self) -> None:
        self.query_one(ProgressBar).advance(_TICK_S)

    def action_leave(self) -> None:
        self.workers.cancel_node(self)
        self.dismiss(None)


def found_content(found: list[Found]) -> Content:
    """One paragraph for each finding; the verdict stands in words."""
    parts = []
    for one in found:
        word, colour = _SIGNS[one.verdict]
        parts.append(Content.assemble((f"{word}: ", colour), f"{one.told} {one.cure}".strip()))
    return Content("\n").join(parts)
