"""How a fault sounds: without addresses and numbers, and each thing that happened only once."""

from __future__ import annotations

import re

from voice_agent.events import Fault

_URL = re.compile(r"(?: at)? https?://\S+")
_THIS_MACHINE = re.compile(r"\b(?:127(?:\.\d{1,3}){3}|localhost)\b|\[::1\]")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_STATUS = re.compile(r" \(\d+\)")


class SpokenFaults:
    """Of one talk."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def sentences(self, fault: Fault) -> str:
        """What happened, what was done, what helps; what has been told before is not told again."""
        parts = [fault.happened, fault.done, fault.cure]
        if fault.happened in self._told and fault.done:
            parts = [fault.done]
        self._told.add(fault.happened)
        return " ".join(f"{part[:1].upper()}{part[1:]}." for part in map(_spoken, parts) if part)


def _spoken(text: str) -> str:
    text = _THIS_MACHINE.sub("the server on this machine", _URL.sub("", text))
    return _STATUS.sub("", _ADDRESS.sub("the server", text)).rstrip(".")
