"""An own situation, told in answers; looked at, and kept as a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from voice_agent.catalog.own_scenarios import as_yaml
from voice_agent.errors import UserError
from voice_agent.rehearsal.interview import QUESTIONS, Interview, slug_of


class InterviewScreen(ModalScreen[str | None]):
    """Gives the id of the kept situation; None when the learner leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("up", "back", "The question before"),
    ]
    DEFAULT_CSS = """
    InterviewScreen { align: center middle; }
    InterviewScreen VerticalScroll {
        width: 90; max-width: 98%; height: auto; max-height: 95%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    InterviewScreen Static { height: auto; margin-bottom: 1; }
    InterviewScreen #slip { color: $error; }
    InterviewScreen #given { color: $secondary; }
    """

    def __init__(self, save: Callable[[dict[str, Any]], str]) -> None:
        """save: keeps the scenario and tells where; raises UserError."""
        super().__init__()
        self._save = save
        self._interview = Interview()

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled("Your own situation", "bold"))
            yield Static(id="question")
            yield Static(id="given")
            yield Input(id="told")
            yield Static("", id="slip")
            yield Static(Content("Enter answers, up goes back, Escape leaves."))

    def on_mount(self) -> None:
        self._show()
        self.query_one(Input).focus()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        slip = self.query_one("#slip", Static)
        slip.update("")
        if self._interview.question is None:
            await self._keep()
            return
        try:
            self._interview.answer(event.value)
        except UserError as error:
            slip.update(Content(f"{error}."))
        else:
            event.input.clear()
        self._show()

    def action_back(self) -> None:
        self._interview.back()
        self._show()

    def action_leave(self) -> None:
        self.dismiss(None)

    def _show(self) -> None:
        interview = self._interview
        question = self.query_one("#question", Static)
        asked = interview.question
        if asked is None:
            text = as_yaml(interview.scenario(slug_of(interview)))
            question.update(Content.assemble(("Look at it. Enter keeps it, up goes back.\n\n", "bold"), text))
        else:
            place = f"{interview.place + 1} of {len(QUESTIONS)}. "
            question.update(Content.assemble(place, (interview.text, "bold")))
        given = interview.answers.get(asked.key, []) if asked is not None else []
        self.query_one("#given", Static).update(Content("\n".join(f"- {one}" for one in given)))

    async def _keep(self) -> None:
        scenario_id = slug_of(self._interview)
        try:
            await asyncio.to_thread(self._save, self._interview.scenario(scenario_id))
        except UserError as error:
            self.query_one("#slip", Static).update(Content(f"{error}."))
        else:
            self.dismiss(scenario_id)
