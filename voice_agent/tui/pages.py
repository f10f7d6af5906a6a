"""Pages of text over the talk: help, and the debrief."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class TextPage(ModalScreen[None]):
    """A title and lines; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,question_mark", "leave", "Close")]
    DEFAULT_CSS = """
    TextPage { align: center middle; }
    TextPage VerticalScroll {
        width: 78; max-width: 95%; height: auto; max-height: 90%; padding: 1 2;
        background: $surface; border: round $primary;
    }
    TextPage Static { height: auto; margin-bottom: 1; }
    """

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled(self._title, "bold"))
            yield Static(Content("\n".join(self._lines)), id="lines")
            yield Static(Content("Escape closes this page."))

    def action_leave(self) -> None:
        self.dismiss(None)


def with_headings(lines: Sequence[str]) -> Content:
    """Lines as content: one after an empty line is a heading. Nothing is read as markup."""
    parts, is_heading = [], False
    for line in lines:
        parts.append(Content.styled(line, "bold $primary") if is_heading else Content(line))
        is_heading = not line
    return Content("\n").join(parts)
