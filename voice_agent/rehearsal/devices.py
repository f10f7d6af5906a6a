"""Opens another microphone or speaker by name while a rehearsal runs."""

from __future__ import annotations

from typing import Protocol

from voice_agent.audio.protocols import Microphone, Speaker


class Devices(Protocol):
    """Given by the front that knows where sound comes from."""

    def microphone(self, device: str) -> Microphone:
        """Raises UserError naming the nearest known device."""
        ...

    def speaker(self, device: str) -> Speaker:
        """Not yet opened. Raises UserError naming the nearest known device."""
        ...

    def names(self) -> tuple[list[str], list[str]]:
        """Of microphones and speakers; empty without sound. Blocking."""
        ...
