"""Filters in one line: each a value among a few, gone through with left and right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

ALL = "all"


class Filter(Static, can_focus=True):
    """One of them; where it stands is told in words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,enter,space", "turn(1)", "Next value"),
        Binding("left", "turn(-1)", "Value before"),
    ]
    DEFAULT_CSS = """
    Filter { width: auto; height: 1; margin-right: 2; padding: 0 1; color: $foreground; }
    Filter:focus { background: $primary; color: $background; text-style: bold; }
    """

    class Changed(Message):
        """Another value was chosen."""

    def __init__(self, name: str, values: Sequence[str]) -> None:
        super().__init__(name=name)
        self._values = (ALL, *values)
        self._place = 0

    @property
    def value(self) -> str:
        """Empty where everything passes."""
        return self._values[self._place] if self._place else ""

    def on_mount(self) -> None:
        self._draw()

    def on_click(self) -> None:
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        self._place = (self._place + step) % len(self._values)
        self._draw()
        self.post_message(self.Changed())

    def clear(self) -> None:
        """Let everything pass again."""
        self._place = 0
        self._draw()

    def _draw(self) -> None:
        self.update(Content(f"{self.name}: {self._values[self._place]}"))


class FilterLine(Horizontal):
    """Several filters side by side."""

    DEFAULT_CSS = "FilterLine { height: 1; background: $panel; }"

    def __init__(self, filters: Mapping[str, Sequence[str]]) -> None:
        super().__init__(id="filters")
        self._filters = filters

    def compose(self) -> ComposeResult:
        for name, values in self._filters.items():
            yield Filter(name, values)

    @property
    def values(self) -> dict[str, str]:
        """Each filter's value by its name; empty where everything passes."""
        return {str(one.name): one.value for one in self.query(Filter)}

    def clear(self) -> None:
        for one in self.query(Filter):
            one.clear()
