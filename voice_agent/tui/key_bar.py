"""What can be pressed now, over as many lines as it needs: every key that has a name on the screen."""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

_NAMES = {"question_mark": "?", "plus": "+", "minus": "-", "equals_sign": "=", "escape": "esc", "slash": "/"}
_MOST_LINES = 4


def keys_of(screen: Screen[Any]) -> list[Binding]:
    """What the screen's own keys can do now, in the order in which it names them."""
    found = []
    for binding in screen.BINDINGS:
        if isinstance(binding, Binding) and binding.description:
            name, _, argument = binding.action.partition("(")
            parameters = (argument.rstrip(")").strip("'"),) if argument else ()
            if screen.check_action(name, parameters):
                found.append(binding)
    return found


def key_name(key: str) -> str:
    """As it stands on the keyboard."""
    return " ".join(_NAMES.get(one, one) for one in key.split(","))


class KeyBar(Static, can_focus=True):
    """Asks its screen which keys are shown; the most needed come first, what does not fit is in the help.

    Tab comes here: arrows mark a key, and Enter does what it does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down", "mark(1)", show=False),
        Binding("left,up", "mark(-1)", show=False),
        Binding("enter", "do", show=False),
    ]
    DEFAULT_CSS = (
        f"KeyBar {{ height: auto; max-height: {_MOST_LINES}; padding: 0 1; background: $panel; color: $foreground; }}"
    )

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._marked = 0

    def on_mount(self) -> None:
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        self.draw()

    def on_focus(self) -> None:
        self._marked = 0
        self.draw()

    def on_blur(self) -> None:
        self.draw()

    def action_mark(self, step: int) -> None:
        """Go on to the next key, or back to the one before."""
        self._marked = (self._marked + step) % max(1, len(self._shown()))
        self.draw()

    async def action_do(self) -> None:
        """Do what the marked key does."""
        if (marked := self._marked_key()) is not None:
            await self.app.run_action(marked.action, default_namespace=self.screen)

    def draw(self) -> None:
        """Show the keys as they are now."""
        # Before it has a size of its own it is as wide as the screen.
        room = max(20, (self.size.width or self.screen.size.width) - 2)
        lines: list[list[Content]] = [[]]
        used = 0
        for key, words, is_marked in _entries(self._shown(), self._marked_key()):
            length = len(key) + 1 + len(words)
            if used and used + 2 + length > room:
                if len(lines) == _MOST_LINES:
                    break
                lines.append([])
                used = 0
            style = "reverse" if is_marked else ""
            lines[-1].append(Content.assemble((key, f"bold $accent {style}"), (f" {words}", style)))
            used += length + (2 if used else 0)
        self.update(Content("\n").join(Content("  ").join(line) for line in lines))

    def _shown(self) -> list[Binding]:
        return [binding for binding in keys_of(self.screen) if binding.show]

    def _marked_key(self) -> Binding | None:
        """The key that Enter would do; None while the focus is elsewhere."""
        shown = self._shown()
        return shown[min(self._marked, len(shown) - 1)] if shown and self.has_focus else None


def _entries(shown: list[Binding], marked: Binding | None) -> list[tuple[str, str, bool]]:
    """Keys, what they do, and whether they are marked; those of a group stand together, under its name."""
    entries: dict[str, list[Binding]] = {}
    for binding in shown:
        words = binding.group.description if binding.group is not None else binding.description
        entries.setdefault(words, []).append(binding)
    return [
        (_key(marked), marked.description, True)
        if marked is not None and marked in together
        else (_together([_key(one) for one in together]), words, False)
        for words, together in entries.items()
    ]


def _key(binding: Binding) -> str:
    return key_name(binding.key.split(",")[0])


def _together(keys: list[str]) -> str:
    """`1-7` for what follows one another, `+ -` for others."""
    in_a_row = len(keys) > 2 and all(len(key) == 1 for key in keys)
    return f"{keys[0]}-{keys[-1]}" if in_a_row else " ".join(keys)
