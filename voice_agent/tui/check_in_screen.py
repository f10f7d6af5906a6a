"""A check-in over the talk: one question at a time, typed or said."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from voice_agent.commands import AnswerCheckIn, Command, SkipCheckIn
from voice_agent.emotions import Feeling
from voice_agent.events import CheckInAsked

_HINT = "Up, down choose; Enter skips this question, Escape all"
_FEELINGS_HINT = "Tab, up, down choose; Enter skips, Escape leaves"


class CheckInScreen(ModalScreen[None]):
    """Shows the question that stands, and sends answers; it is closed when the check-in is recorded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "skip", "Skip the check-in"),
        Binding("up", "step(1)", show=False),
        Binding("down", "step(-1)", show=False),
        Binding("tab", "feeling", show=False),
    ]
    DEFAULT_CSS = """
    CheckInScreen { align: center middle; }
    CheckInScreen Vertical {
        width: 72; max-width: 95%; height: auto; padding: 1 2; background: $surface; border: round $primary;
    }
    CheckInScreen #slip { color: $error; height: auto; }
    CheckInScreen #heard { color: $secondary; height: auto; }
    """

    def __init__(self, title: str, send: Callable[[Command], None]) -> None:
        super().__init__()
        self._title = title
        self._send = send
        self._asked: CheckInAsked | None = None
        self._heard = ""

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled(self._title, "bold"))
            yield Static(id="question")
            yield Static(id="heard")
            yield Input(id="answer", placeholder=_HINT)
            yield Static(id="slip")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._draw()

    def ask(self, asked: CheckInAsked) -> None:
        """Show the question that stands now."""
        self._asked = asked
        self._draw()

    def heard(self, words: str) -> None:
        """An answer that was said."""
        self._heard = words
        self._draw()

    def _draw(self) -> None:
        """What is asked and was said, once there is where to show it."""
        if not self.query("#heard"):
            return
        if (asked := self._asked) is not None:
            self.query_one(Input).placeholder = _FEELINGS_HINT if asked.asks_feelings else _HINT
            self.query_one("#question", Static).update(Content(asked.question))
            self.query_one("#slip", Static).update(Content(f"{asked.slip}." if asked.slip else ""))
        if self._heard:
            self.query_one("#heard", Static).update(Content(f"You said: {self._heard}"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._send(AnswerCheckIn(text=event.value))
        event.input.clear()

    def action_step(self, step: int) -> None:
        """Another number in the line: it can be answered by arrows alone."""
        if self._asked is None:
            return
        highest = self._asked.highest
        feeling, _, number = self.query_one(Input).value.rpartition(" ")
        size = 5 if highest == 100 else 1
        value = int(number) + step * size if number.isdigit() else highest // 2
        if self._asked.asks_feelings and not feeling:
            feeling = next(iter(Feeling)).value
        self._write(f"{feeling} {min(highest, max(0, value))}".strip())

    def action_feeling(self) -> None:
        """The next feeling, half as strong as can be."""
        if self._asked is not None and self._asked.asks_feelings:
            every = [one.value for one in Feeling]
            now = self.query_one(Input).value.rpartition(" ")[0]
            place = every.index(now) + 1 if now in every else 0
            self._write(f"{every[place % len(every)]} {self._asked.highest // 2}")

    def _write(self, words: str) -> None:
        line = self.query_one(Input)
        line.value = words
        line.cursor_position = len(words)

    def action_skip(self) -> None:
        self._send(SkipCheckIn())
