"""The settings: one line each; Enter goes to the next value."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar, Protocol, get_args

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.catalog.preferences import THEMES, Preferences
from voice_agent.errors import UserError
from voice_agent.tui.base import CalmApp

_NAMES = {
    "pipeline": ("Pipeline", "which engines listen, answer and speak"),
    "microphone": ("Microphone", ""),
    "speaker": ("Speaker", ""),
    "voice": ("Partner's voice", "instead of what the situation wishes"),
    "mode": ("Way of taking turns", "flow: answered at once; gate: the rating first"),
    "patience": ("Patience", "how long a pause may be before your turn is over"),
    "silence_s": ("Silence", "seconds until your partner says a word, once; 0: never"),
    "difficulty_shift": ("Difficulty", "steps easier or harder than each situation's own"),
    "headphones": ("Headphones", "you may interrupt by speaking; else it rests while your partner speaks"),
    "check_ins": ("Check-ins", "before and after, and now and then"),
    "check_in_every": ("Turns between check-ins", "0: none in the talk"),
    "hands_free": ("Hands-free", "everything by voice"),
    "plain": ("Plain mode", "line by line, for screen readers; from the next start"),
    "theme": ("Theme", ""),
    "density": ("Density", "how much stands on a screen"),
    "motion": ("Motion", "no: nothing moves by itself"),
    "sounds": ("Sounds", "the breathing tone"),
    "scan_s": ("One-switch scanning", "seconds that each action stays marked; 0 is off"),
}
_STEPS: dict[str, Sequence[Any]] = {
    "silence_s": (None, 0.0, 5.0, 8.0, 12.0, 20.0, 40.0),
    "difficulty_shift": (-2, -1, 0, 1, 2),
    "check_in_every": (0, 3, 6, 10),
    "scan_s": (0.0, 1.0, 1.5, 2.0, 3.0, 5.0),
    "theme": THEMES,
}


class Services(Protocol):
    """Where settings are kept, and what there is to choose."""

    def preferences(self) -> Preferences: ...
    def save_preferences(self, preferences: Preferences) -> None:
        """Raises UserError."""
        ...

    def choices(self, setting: str) -> Sequence[str]:
        """Ids for a setting that names something of the catalogue, such as pipeline or voice."""
        ...


class SettingsScreen(ModalScreen[None]):
    """Every change is kept at once, and can be taken back by going on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close"),
        Binding("right", "turn(1)", "Next value", show=False),
        Binding("left", "turn(-1)", "Value before", show=False),
    ]
    DEFAULT_CSS = """
    SettingsScreen { align: center middle; }
    SettingsScreen Vertical {
        width: 70; max-width: 98%; height: auto; max-height: 95%; padding: 0 2;
        background: $surface; border: round $primary;
    }
    SettingsScreen Static { height: auto; }
    SettingsScreen #what { color: $secondary; }
    SettingsScreen OptionList { height: auto; max-height: 17; }
    SettingsScreen #slip { color: $error; }
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled("Settings: right is the next value, left the one before", "bold"))
            yield OptionList(id="settings")
            yield Static(id="what")
            yield Static("", id="slip")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.query_one("#what", Static).update(Content(_NAMES[str(event.option.id)][1]))

    def on_mount(self) -> None:
        self._fill()
        self.query_one(OptionList).focus()

    async def on_option_list_option_selected(self) -> None:
        await self.action_turn(1)

    async def action_turn(self, step: int) -> None:
        """The highlighted setting's next value."""
        options = self.query_one(OptionList)
        place = options.highlighted
        if place is None:
            return
        key = str(options.get_option_at_index(place).id)
        before = self._services.preferences()
        values = await asyncio.to_thread(self._values, key)
        now = getattr(before, key)
        at = values.index(now) if now in values else -1
        after = msgspec.structs.replace(before, **{key: values[(at + step) % len(values)]})
        try:
            await asyncio.to_thread(self._services.save_preferences, after)
        except UserError as error:
            self.query_one("#slip", Static).update(Content(f"{error}."))
            return
        if isinstance(self.app, CalmApp):
            self.app.prefer(after)
        self._fill(place)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _fill(self, highlighted: int = 0) -> None:
        found = self._services.preferences()
        options = self.query_one(OptionList)
        options.clear_options()
        for key, (name, _) in _NAMES.items():
            value = getattr(found, key)
            told = _steps_shown(value) if key == "difficulty_shift" else shown(value)
            options.add_option(Option(Content(f"{name:<24}{told}"), id=key))
        options.highlighted = highlighted

    def _values(self, key: str) -> list[Any]:
        if key in _STEPS:
            return list(_STEPS[key])
        field = next(one for one in msgspec.structs.fields(Preferences) if one.name == key)
        if field.type is bool:
            return [False, True]
        for kind in (field.type, *get_args(field.type)):
            if isinstance(kind, type) and issubclass(kind, Enum):
                return [*([None] if field.default is None else []), *kind]
        return ["", *self._services.choices(key)]


def shown(value: object) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return "as it comes" if value in ("", None) else str(value)


def _steps_shown(steps: int) -> str:
    if not steps:
        return "as each situation says"
    return f"{abs(steps)} {'harder' if steps > 0 else 'easier'}"
