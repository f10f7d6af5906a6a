"""The errors that a person can mend, told in one line: place, cause, cure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Input that the user can mend; fronts print `str(error)` on one line and exit with code 2.

    place: what is wrong, as the user knows it: `scenarios/x.yaml:14`, `microphone "USB"`. May be empty.
    cause: what is the matter, without a full stop.
    cure: what to do about it, as an imperative. May be empty.
    """

    def __init__(self, cause: str, *, place: str = "", cure: str = "") -> None:
        self.place, self.cause, self.cure = place, cause, cure
        told = f"{place}: {cause}" if place else cause
        super().__init__(f"{told}; {cure}" if cure else told)


class EngineError(Exception):
    """A component failed while it ran; the lane that owns it turns this into a Fault event.

    component: `microphone`, `speaker`, `recognizer`, `partner`, `synthesizer`, `rater`, `store`.
    cure: what the user can do, as an imperative.
    """

    def __init__(self, component: str, cause: str, *, cure: str = "") -> None:
        self.component, self.cause, self.cure = component, cause, cure
        super().__init__(f"{component}: {cause}" + (f"; {cure}" if cure else ""))


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "offline"?` for the most similar known word, or the known words when none is close."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"choose one of: {', '.join(choices)}" if choices else ""
