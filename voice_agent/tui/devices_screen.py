"""Another microphone or speaker while the talk stands: nothing of it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.commands import ChooseMicrophone, ChooseSpeaker, Command
from voice_agent.rehearsal.devices import Devices


class DevicesScreen(ModalScreen[None]):
    """A list of what the machine has; the choice is sent, and told by the talk where it can't be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Back to the talk")]
    DEFAULT_CSS = """
    DevicesScreen { align: center middle; }
    DevicesScreen Vertical {
        width: 78; max-width: 95%; height: auto; max-height: 95%; padding: 0 2;
        background: $surface; border: round $primary;
    }
    DevicesScreen OptionList { height: auto; max-height: 18; }
    """

    def __init__(self, devices: Devices, send: Callable[[Command], None]) -> None:
        super().__init__()
        self._devices, self._send = devices, send
        self._choices: list[Command] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled("Microphone and speaker: Enter chooses, Escape leaves", "bold"))
            yield OptionList(id="devices")

    async def on_mount(self) -> None:
        inputs, outputs = await asyncio.to_thread(self._devices.names)
        options = self.query_one(OptionList)
        for kind, make, names in (
            ("Microphone", ChooseMicrophone, inputs),
            ("Speaker", ChooseSpeaker, outputs),
        ):
            for name in ("", *names):
                self._choices.append(make(device=name))
                options.add_option(Option(Content(f"{kind}: {name or 'the one that the system has chosen'}")))
        options.highlighted = 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self._send(self._choices[event.option_index])
        self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)
