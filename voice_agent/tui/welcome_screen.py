"""The first start: what this is, and the sound check."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

_WORDS = (
    "Here you rehearse a hard conversation out loud. A simulated partner answers, as difficult as the real one. "
    "Beside the talk a coach rates each turn on the seven DEAR MAN skills and offers words to say.\n\n"
    "Everything stays on this machine unless you choose a pipeline that says otherwise. This is practice, "
    "not therapy."
)


class WelcomeScreen(ModalScreen[bool]):
    """Whether the sound check is wanted now."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "skip", "Skip")]
    DEFAULT_CSS = """
    WelcomeScreen { align: center middle; }
    WelcomeScreen Vertical {
        width: 76; max-width: 95%; height: auto; padding: 1 2; background: $surface; border: round $primary;
    }
    WelcomeScreen Static { height: auto; margin-bottom: 1; }
    WelcomeScreen OptionList { height: auto; }
    """

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled("Welcome", "bold"))
            yield Static(Content(_WORDS))
            yield OptionList(
                Option("Begin with a sound check (about half a minute)", id="check"),
                Option("Go to the situations; the sound check can wait", id="skip"),
            )

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id == "check")

    def action_skip(self) -> None:
        self.dismiss(False)
