"""The talk as it was said; the last line can be words still being heard."""

from __future__ import annotations

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

LONGEST_SHOWN = 4_000


class Transcript(VerticalScroll):
    """Lines are added at the end; it follows the talk unless the reader has scrolled up."""

    DEFAULT_CSS = """
    Transcript { padding: 0 1; background: $background; }
    Transcript Static { height: auto; margin-bottom: 1; }
    Transcript .you { color: $foreground; }
    Transcript .partner { color: $primary; }
    Transcript .note { color: $secondary; text-style: italic; }
    Transcript .gone { color: $secondary; text-style: strike; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._partial: Static | None = None
        self._turns: dict[int, list[Static]] = {}
        self._gone: dict[int, list[tuple[Static, frozenset[str]]]] = {}
        self._last: tuple[str, int, Static, str] | None = None
        """Speaker, turn, line and words that further sentences go on."""

    def line(self, who: str, words: str, kind: str, *, turn: int | None = None) -> None:
        """One line of the talk. kind: you, partner or note."""
        self.partial("", "")
        if turn is not None and self._last is not None and self._last[:2] == (who, turn):
            _, _, shown, before = self._last
            words = f"{before} {words}"
            shown.update(_content(who, words))
            self._last = (who, turn, shown, words)
            self._follow()
            return
        shown = Static(_content(who, words), classes=kind)
        if turn is not None:
            self._turns.setdefault(turn, []).append(shown)
        self._last = (who, turn, shown, words) if turn is not None else None
        self._add(shown)

    def partial(self, who: str, words: str) -> None:
        """Words as far as they are heard; empty words take the line away."""
        if not words:
            if self._partial is not None:
                self._partial.remove()
                self._partial = None
            return
        if self._partial is None:
            self._partial = Static(classes="you")
            self._add(self._partial)
        self._partial.update(_content(who, f"{words} ..."))

    def withdraw(self, turn: int) -> None:
        """The turn and its answer no longer count: struck through, not gone."""
        self._gone[turn] = [(shown, frozenset(shown.classes)) for shown in self._turns.pop(turn, [])]
        for shown, _ in self._gone[turn]:
            shown.set_classes("gone")

    def restore(self, turn: int) -> None:
        """The turn counts again."""
        for shown, classes in self._gone.pop(turn, []):
            shown.set_classes(classes)
            self._turns.setdefault(turn, []).append(shown)

    def _add(self, shown: Static) -> None:
        self.mount(shown)
        self._follow()

    def _follow(self) -> None:
        """Stay at the end, unless the reader has scrolled up."""
        if self.max_scroll_y - self.scroll_y < 2:
            self.call_after_refresh(self.scroll_end, animate=False)


def _content(who: str, words: str) -> Content:
    """Plain content: brackets in speech are no markup."""
    words = words[:LONGEST_SHOWN]
    return Content.assemble((f"{who}: ", "bold"), words) if who else Content(words)
