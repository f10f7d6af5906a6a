"""What the program is doing, in words and by a meter."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from voice_agent.events import TalkState

WORDS = {
    TalkState.CHECK_IN: "Check-in",
    TalkState.LISTENING: "Listening: speak, or type and press Enter",
    TalkState.HEARING: "Hearing you",
    TalkState.THINKING: "Thinking",
    TalkState.DRAFT: "Not sent yet: s sends it, a says it again",
    TalkState.SPEAKING: "Your partner is speaking (i interrupts)",
    TalkState.PAUSED: "Paused: p goes on",
    TalkState.ENDED: "The talk is over",
}
_METER_CELLS = 12
_FLOOR_DBFS = -60.0
_WHOLE_COLUMNS = 100
"""Narrower, the state is told without the keys that belong to it."""


class StateBar(Static):
    """One line."""

    DEFAULT_CSS = "StateBar { height: 1; padding: 0 1; background: $panel; color: $foreground; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._state = TalkState.CHECK_IN
        self._level = 0
        self.badge = ""

    def on_resize(self) -> None:
        self._draw()

    def state(self, state: TalkState) -> None:
        self._state = state
        self._draw()

    def level(self, rms_dbfs: float) -> None:
        """The microphone's level; -60 dBFS and less is an empty meter."""
        cells = round(_METER_CELLS * max(0.0, min(1.0, 1 - rms_dbfs / _FLOOR_DBFS)))
        if cells != self._level:
            self._level = cells
            self._draw()

    def _draw(self) -> None:
        meter = "\u2587" * self._level + "\u00b7" * (_METER_CELLS - self._level)
        words = WORDS[self._state]
        if self.size.width < _WHOLE_COLUMNS:
            # Where the words go has to stay in view.
            words = words.partition(":")[0].partition(" (")[0]
        self.update(Content.assemble((words, "bold"), f"   mic {meter}   {self.badge}"))
