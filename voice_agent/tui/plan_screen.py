"""The DEAR MAN plan: a note for each letter, kept in view while talking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from voice_agent.commands import Command, MakePlan
from voice_agent.dearman import Level, Skill

_TITLE = "Your plan: a few words for each letter you want to use. Escape keeps it."


class PlanScreen(ModalScreen[None]):
    """Seven lines to fill; leaving keeps them. No line has to be filled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "keep", "Keep the plan"),
        Binding("down,enter", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Before", show=False),
    ]
    DEFAULT_CSS = """
    PlanScreen { align: center middle; }
    PlanScreen VerticalScroll {
        width: 90; max-width: 98%; height: auto; max-height: 95%; padding: 0 2;
        background: $surface; border: round $primary;
    }
    PlanScreen Static { height: auto; }
    PlanScreen .hint { color: $secondary; }
    PlanScreen Input { height: 1; border: none; background: $panel; padding: 0 1; margin-bottom: 1; }
    PlanScreen Input:focus { border: none; background: $primary 30%; }
    """

    def __init__(
        self,
        notes: Mapping[Skill, str],
        levels: Mapping[Skill, Level],
        hints: Mapping[Skill, str],
        send: Callable[[Command], None],
    ) -> None:
        super().__init__()
        self._notes, self._levels, self._hints, self._send = notes, levels, hints, send

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled(_TITLE, "bold"))
            for skill in Skill:
                level = self._levels.get(skill)
                told = f" ({level.word} as it stands)" if level is not None else ""
                yield Static(Content.assemble((f"{skill.letter} {skill.full_name}", "bold"), told))
                yield Static(Content(self._hints.get(skill, "")), classes="hint")
                yield Input(self._notes.get(skill, ""), id=f"note-{skill.value}", select_on_focus=False)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def action_keep(self) -> None:
        notes = {skill: self.query_one(f"#note-{skill.value}", Input).value for skill in Skill}
        self._send(MakePlan(notes={skill: note for skill, note in notes.items() if note.strip()}))
        self.dismiss(None)
