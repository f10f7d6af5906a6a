"""Takes out what some models think aloud, `<think>...</think>`, before they answer."""

from __future__ import annotations

import re

_OPENS = re.compile(r"\s*<(think|thinking|reasoning|thought)>", re.IGNORECASE)
_MAY_OPEN = ("<think>", "<thinking>", "<reasoning>", "<thought>")
_LONGEST_END = len("</reasoning>")


class Thoughts:
    """Feed it an answer piece by piece. Thoughts stand only at an answer's beginning."""

    def __init__(self) -> None:
        self.chars = 0
        """How much was thought."""
        self._held = ""
        self._end: str | None = None
        """What ends the thought under way."""
        self._answers = False

    def without(self, piece: str) -> str:
        """The part of the answer that is known to be one by now."""
        if self._answers:
            return piece
        self._held += piece
        if self._end is None:
            if (opened := _OPENS.match(self._held)) is not None:
                self._end, self._held = f"</{opened[1].lower()}>", self._held[opened.end() :]
                self.chars += 1
            elif any(tag.startswith(self._held.lstrip().lower()) for tag in _MAY_OPEN):
                return ""
            else:
                return self.rest()
        place = self._held.lower().find(self._end)
        if place < 0:
            thought = len(self._held) - _LONGEST_END
            if thought > 0:
                self.chars, self._held = self.chars + thought, self._held[thought:]
            return ""
        self.chars += place
        piece, self._held, self._end = self._held[place + len(self._end) :], "", None
        return self.without(piece)

    def rest(self) -> str:
        """What was held back and is no thought after all, at the end of the answer."""
        if self._end is not None:
            return ""
        self._answers = True
        held, self._held = self._held, ""
        return held
