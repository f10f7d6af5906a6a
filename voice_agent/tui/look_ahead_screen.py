"""What might come of a few wordings, before one of them is said: a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.candidate import MOST_CANDIDATES, Candidate
from voice_agent.commands import Command, SayCandidate

_TITLE = "Nothing has been said; each answer is one possible answer."
_KEYS = "Enter or the number says it; e puts it into your line; Escape goes back."


class LookAheadScreen(ModalScreen[None]):
    """One choice for each wording that was tried."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,o", "leave", "Back to the talk"),
        Binding("e", "edit", "Edit it"),
        *(Binding(str(n), f"say({n})", f"Say number {n}", show=False) for n in range(1, MOST_CANDIDATES + 1)),
    ]
    DEFAULT_CSS = """
    LookAheadScreen { align: center middle; }
    LookAheadScreen Vertical {
        width: 90; max-width: 98%; height: auto; max-height: 95%; padding: 0 2;
        background: $surface; border: round $primary;
    }
    LookAheadScreen Static { height: auto; }
    LookAheadScreen OptionList, LookAheadScreen OptionList:focus {
        height: auto; max-height: 75vh; padding: 0; background: $surface; border: none;
    }
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        partner: str,
        send: Callable[[Command], None],
        edit: Callable[[str], None],
    ) -> None:
        """partner: their name. edit: takes the words of a candidate to change them."""
        super().__init__()
        self._candidates, self._partner = candidates, partner
        self._send, self._edit = send, edit

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled(_TITLE, "bold"))
            choices = OptionList()
            for number, one in enumerate(self._candidates, start=1):
                choices.add_options([Option(self._shown(number, one)), None])
            yield choices
            yield Static(Content(_KEYS))

    def on_mount(self) -> None:
        choices = self.query_one(OptionList)
        choices.highlighted = 0
        choices.focus()

    def _shown(self, number: int, one: Candidate) -> Content:
        answer = f"One possible answer: {one.answer}" if one.answer else "What they would say is not known."
        return Content.assemble(
            (f"{number} {one.title[:1].upper()}{one.title[1:]}: ", "bold"),
            one.words,
            (f"\n{self._partner} {one.movement}.", "italic"),
            f"\n{answer}",
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_say(event.option_index + 1)

    def action_say(self, number: int) -> None:
        if number <= len(self._candidates):
            self._send(SayCandidate(number=number))
            self.dismiss(None)

    def action_edit(self) -> None:
        place = self.query_one(OptionList).highlighted or 0
        self.dismiss(None)
        self._edit(self._candidates[place].words)

    def action_leave(self) -> None:
        self.dismiss(None)
