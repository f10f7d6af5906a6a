"""What changes over many rehearsals, and offers of what to practise next."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.review.progress import Progress
from voice_agent.review.progress_lines import progress_lines
from voice_agent.tui.key_bar import KeyBar
from voice_agent.tui.pages import with_headings
from voice_agent.tui.wishes import PracticeWish


class ProgressScreen(Screen[PracticeWish | None]):
    """Self-contained: needs the progress alone. Dismissed with the offer that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Practise it", show=True, priority=False),
        Binding("tab", "app.focus_next", "Text/offers"),
        Binding("escape,q", "leave", "Leave"),
    ]
    DEFAULT_CSS = """
    ProgressScreen { background: $background; }
    ProgressScreen VerticalScroll { height: 1fr; padding: 0 1; }
    ProgressScreen #lines { height: auto; max-width: 118; }
    ProgressScreen #title { height: 1; padding: 0 1; background: $panel; color: $foreground; text-style: bold; }
    ProgressScreen OptionList { height: auto; max-height: 50%; }
    """

    def __init__(self, told: Progress) -> None:
        super().__init__()
        self._progress = told

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(id="lines")
        yield Static(Content("You could practise next; it is your choice (Enter takes one)"), id="title")
        yield OptionList(id="offers")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        lines = progress_lines(self._progress)
        # The offers stand below, where they can be chosen.
        end = next((at for at, line in enumerate(lines) if line.startswith("You could practise")), len(lines))
        self.query_one("#lines", Static).update(with_headings(lines[:end]))
        offers = self.query_one(OptionList)
        offers.add_options(
            Option(
                Content.assemble(
                    (f"{offer.title}, difficulty {offer.difficulty} of 5", "bold"), f"\n{'; '.join(offer.why)}"
                ),
                id=str(place),
            )
            for place, offer in enumerate(self._progress.offers)
        )
        if self._progress.offers:
            offers.highlighted = 0
            offers.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        offer = self._progress.offers[int(event.option.id or 0)]
        self.dismiss(PracticeWish(offer.scenario, offer.difficulty, offer.skill))

    def action_choose(self) -> None:
        self.query_one(OptionList).action_select()

    def action_leave(self) -> None:
        self.dismiss(None)
