"""What a rehearsal came to: first a guess about the partner, then the debrief and what was so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from voice_agent.errors import EngineError
from voice_agent.review.debrief import debrief_of
from voice_agent.review.debrief_lines import debrief_lines, revealed_lines
from voice_agent.review.thoughts import Guess
from voice_agent.sessions.story import Story
from voice_agent.text import clean
from voice_agent.tui.key_bar import KeyBar
from voice_agent.tui.pages import with_headings
from voice_agent.tui.wishes import Teller


class DebriefScreen(Screen[None]):
    """Self-contained: needs the story alone. Dismissed when the learner leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "reveal", "What they were thinking"),
        Binding("t", "tell", "Told by the model"),
        Binding("escape,q", "leave", "Leave"),
    ]
    DEFAULT_CSS = """
    DebriefScreen { background: $background; }
    DebriefScreen #title { height: 1; padding: 0 1; background: $panel; color: $foreground; text-style: bold; }
    DebriefScreen VerticalScroll { height: 1fr; padding: 0 1; }
    DebriefScreen #lines { height: auto; max-width: 118; }
    DebriefScreen #guess { height: auto; padding: 0 1; background: $surface; }
    DebriefScreen .done { display: none; }
    """

    def __init__(
        self,
        story: Story,
        *,
        guesses: Mapping[str, str] | None = None,
        keep: Callable[[str, str], None] = lambda about, words: None,
        teller: Teller | None = None,
    ) -> None:
        """guesses: made before, by `Guess`. keep: is given each new guess; must not block.

        teller: may write the narrative, when the learner asks for it.
        """
        super().__init__()
        self._story = story
        self._debrief = debrief_of(story)
        self._teller = teller if self._debrief.shows_feedback and self._debrief.turns else None
        self._note = ""
        """How it goes with the teller."""
        self._guesses = dict(guesses or {})
        self._keep = keep
        self._open = [guess for guess in Guess if guess.value not in self._guesses]
        self._is_revealed = bool(self._guesses)

    def compose(self) -> ComposeResult:
        yield Static(Content(f"{self._debrief.title}, with {self._debrief.partner}"), id="title")
        with VerticalScroll():
            yield Static(id="lines")
        with Vertical(id="guess"):
            yield Static(id="question")
            yield Input(id="answer", placeholder="Enter takes your guess; empty skips it")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self._draw()
        (self.query_one(Input) if self._asks else self.query_one(VerticalScroll)).focus()

    @property
    def _asks(self) -> bool:
        return self._debrief.revealed is not None and not self._is_revealed and bool(self._open)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a guess is written."""
        if action == "tell":
            return self._teller is not None and not isinstance(self.focused, Input)
        return action != "reveal" or (self._asks and not isinstance(self.focused, Input))

    def on_descendant_focus(self) -> None:
        self.query_one(KeyBar).draw()

    def _draw(self) -> None:
        lines = debrief_lines(self._debrief)[1:]
        if self._note:
            lines.insert(0, self._note)
        if self._debrief.revealed is not None and self._is_revealed:
            lines += revealed_lines(self._debrief.revealed, self._guesses)
        self.query_one("#lines", Static).update(with_headings(lines))
        self.query_one("#guess").set_class(not self._asks, "done")
        if self._asks:
            name = self._debrief.partner
            self.query_one("#question", Static).update(
                Content(f"Before you see what {name} was thinking: {self._open[0].question(name)}")
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        guess = self._open.pop(0)
        if words := clean(event.value):
            self._guesses[guess.value] = words
            self._keep(guess.value, words)
        event.input.clear()
        if not self._open:
            self.action_reveal()
        self._draw()

    def action_reveal(self) -> None:
        """Without a guess too: it is the learner's choice."""
        if self._debrief.revealed is None or self._is_revealed:
            return
        self._is_revealed = True
        self._draw()
        self.query_one(VerticalScroll).focus()

    async def action_tell(self) -> None:
        """Once: the narrative takes the place of the program's own."""
        teller, self._teller = self._teller, None
        if teller is None:
            return
        leaves = f"What was said leaves this machine: to {teller.host}. " if teller.host is not None else ""
        self._tell(f"{leaves}Asking {teller.name} ...")
        self.run_worker(self._told_by(teller))

    async def _told_by(self, teller: Teller) -> None:
        try:
            self._debrief = await teller.tell(self._debrief, self._story)
        except EngineError as error:
            self._teller = teller  # it may be asked again
            self._tell(f"{error}. The program's own narrative stands.")
        else:
            self._tell("")

    def _tell(self, note: str) -> None:
        self._note = note
        self._draw()
        self.query_one(KeyBar).draw()
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def action_leave(self) -> None:
        self.dismiss(None)
