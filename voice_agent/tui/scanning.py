"""One-switch scanning: actions are marked one after another, and a single key does the one that is marked.

Space, enter or F12 work as the switch. What can be done is taken from the screen itself: its keys, the lines of a
list, the digits and feelings that a check-in asks for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static

from voice_agent.emotions import Feeling

SWITCHES = frozenset({"space", "enter", "f12"})
_HIDDEN = frozenset({"Begin", "Declare none", "To the list", "Leave typing", "Type", "Palette", "Next", "Before"})


class ScanLine(Static):
    """Which action is marked."""

    DEFAULT_CSS = "ScanLine { dock: bottom; height: 1; background: $accent; color: $background; padding: 0 1; }"


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    do: Callable[[], Awaitable[object]]


class Scanner:
    """One for an app; off until `every` is given seconds."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._timer: Timer | None = None
        self._place = 0
        self._marked: Choice | None = None

    def every(self, seconds: float) -> None:
        """Mark each action for so long; 0 switches scanning off."""
        if self._timer is not None:
            self._timer.stop()
            self._timer, self._marked = None, None
            for line in self._app.screen.query(ScanLine):
                line.remove()
        if seconds > 0:
            self._timer = self._app.set_interval(seconds, self.step)

    async def pressed(self, key: str) -> bool:
        """Whether the key was the switch; then the marked action is done."""
        if self._timer is None or key not in SWITCHES or self._marked is None:
            return False
        marked, self._marked = self._marked, None
        self._place = 0
        self._timer.reset()
        await marked.do()
        return True

    async def step(self) -> None:
        """Mark the next action."""
        choices = self.choices()
        if not choices:
            return
        self._place %= len(choices)
        self._marked = choices[self._place]
        self._place += 1
        after = choices[self._place % len(choices)]
        screen = self._app.screen
        lines = screen.query(ScanLine)
        line = lines.first() if lines else ScanLine()
        if not lines:
            await screen.mount(line)
        line.update(Content(f"> {self._marked.name}     then: {after.name}"))

    def choices(self) -> list[Choice]:
        """What can be done on the screen as it is."""
        focused = self._app.focused
        if isinstance(focused, OptionList):
            down, choose = focused.action_cursor_down, focused.action_select
            return [Choice("Next line", _of(down)), Choice("Choose it", _of(choose)), *self._keys()]
        if isinstance(focused, Input):
            return [*_letters(focused), *self._keys()]
        return self._keys()

    def _keys(self) -> list[Choice]:
        found: dict[str, Choice] = {}
        for active in self._app.screen.active_bindings.values():
            name = active.binding.description
            is_widgets = isinstance(active.node, Input | OptionList)
            if active.enabled and name and name not in _HIDDEN and not active.binding.system and not is_widgets:
                found.setdefault(name, Choice(name, _action(self._app, active.binding.action, active.node)))
        return list(found.values())


def _letters(line: Input) -> list[Choice]:
    """Enter; and digits and feelings for a line that asks for them."""

    def write(text: str) -> Callable[[], Awaitable[object]]:
        async def do() -> None:
            line.value += text

        return do

    enter = Choice("Enter", line.action_submit)
    if line.id == "search":
        return [Choice("To the list", _of(line.screen.query_one(OptionList).focus))]
    if line.id != "answer":
        return [enter]
    numbers = [Choice(str(digit), write(str(digit))) for digit in range(10)]
    feelings = [Choice(one.value, write(f" {one.value} ")) for one in Feeling]
    return [enter, *numbers, *feelings, Choice("Clear the line", _of(line.clear))]


def _action(app: App[Any], action: str, node: Any) -> Callable[[], Awaitable[object]]:
    async def do() -> object:
        return await app.run_action(action, default_namespace=node)

    return do


def _of(function: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def do() -> object:
        return function()

    return do
