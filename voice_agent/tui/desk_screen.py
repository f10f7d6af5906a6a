"""A coach at the table: whisper a hint, mark a moment, correct a rating, choose the partner's next move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.commands import (
    ChooseNextMove,
    Command,
    CorrectRating,
    MarkMoment,
    Pause,
    Resume,
    SetDifficulty,
    Whisper,
)
from voice_agent.conversation import Move
from voice_agent.dearman import Level, Skill

MOVES = (
    Move.REFUSE,
    Move.ASK_BACK,
    Move.DEFLECT,
    Move.MINIMISE,
    Move.GUILT_TRIP,
    Move.COUNTER_ATTACK,
    Move.STONEWALL,
    Move.BARGAIN,
    Move.ACKNOWLEDGE,
    Move.OPEN_UP,
    Move.HALF_AGREE,
    Move.AGREE,
)
_TOP = {
    "mark": "Mark the last turn (what stands in the line above becomes its note)",
    "correct": "Correct a rating of the last turn ...",
    "move": "The partner's next move ...",
    "pause": "Pause, or go on",
    "easier": "Easier",
    "harder": "Harder",
}


class DeskScreen(ModalScreen[None]):
    """Enter in the line whispers it: only the panel shows it, and the partner never hears it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back to the talk"),
        Binding("down", "list", "To the list", show=False),
    ]
    DEFAULT_CSS = """
    DeskScreen { align: center middle; }
    DeskScreen Vertical {
        width: 78; max-width: 95%; height: auto; max-height: 95%; padding: 0 2;
        background: $surface; border: round $primary;
    }
    DeskScreen OptionList { height: auto; max-height: 20; }
    """

    def __init__(self, *, is_paused: bool, difficulty: int, send: Callable[[Command], None]) -> None:
        super().__init__()
        self._is_paused, self._difficulty, self._send = is_paused, difficulty, send

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled("Coach at the table", "bold"))
            yield Input(id="whisper", placeholder="Whisper a hint, then Enter; down goes to the list, Escape leaves")
            yield OptionList(id="choices")

    def on_mount(self) -> None:
        self._fill(_TOP)
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self._done(Whisper(text=event.value))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        name, _, value = str(event.option.id).partition(":")
        match name:
            case "mark":
                self._done(MarkMoment(note=self.query_one(Input).value))
            case "pause":
                self._done(Resume() if self._is_paused else Pause())
            case "easier":
                self._done(SetDifficulty(difficulty=max(1, self._difficulty - 1)))
            case "harder":
                self._done(SetDifficulty(difficulty=min(5, self._difficulty + 1)))
            case "correct" if value:
                skill, _, level = value.partition(":")
                self._done(CorrectRating(skill=Skill(skill), level=Level(int(level))))
            case "correct":
                self._fill({f"correct:{s.value}:{int(w)}": f"{s.full_name}: {w.word}" for s in Skill for w in Level})
            case "move" if value:
                self._done(ChooseNextMove(move=None if value == "none" else Move(value)))
            case "move":
                moves = {f"move:{move.value}": move.value.replace("_", " ").capitalize() for move in MOVES}
                self._fill({"move:none": "As the partner likes", **moves})

    def action_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_leave(self) -> None:
        self.dismiss(None)

    def _fill(self, choices: Mapping[str, str]) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(Content(words), id=name) for name, words in choices.items())
        options.highlighted = 0

    def _done(self, command: Command) -> None:
        self._send(command)
        self.dismiss(None)
