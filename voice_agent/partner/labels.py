"""Who a model says is speaking: `Sam:`, `Roommate:`, `**Boss** (sighs):`, as in a script.

Told by its place and form, not by a list of roles: in an answer of a few spoken sentences a name and a colon at the
beginning of a line are a label. The first one is the partner's own and is left out; whatever label but the
partner's name comes after words of the partner begins the other one's lines.
"""

from __future__ import annotations

import re

from voice_agent.stems import content_stems

_MARKS = r"[\s*_#>\"\u201c]*"
_WORD = r"[A-Z][\w.'\u2019-]*"
_FORM = rf"{_WORD}(?: (?:{_WORD}|of|the|your|my|and)){{0,3}}"
_END = r"(?: ?[(\[][^)\]\n]{1,30}[)\]])?[*_]*\s*:[*_]*(?=\s|$)"
_LABEL = re.compile(rf"{_MARKS}(?P<who>{_FORM}){_END}")
_OTHERS = re.compile(
    rf"{_MARKS}(?:you|user|human|learner|me|(?:the )?other(?: person| one)?|them){_END}", re.IGNORECASE
)
_AFTER_A_SENTENCE = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019]* ")


class Labels:
    """Of one partner."""

    def __init__(self, name: str, relationship: str = "") -> None:
        """relationship: to the other one, `your roommate of eight months`."""
        names = dict.fromkeys((name, name.split(maxsplit=1)[0], "assistant"))
        own = "|".join(map(re.escape, names))
        self._own = re.compile(rf"{_MARKS}(?:{own}){_END}\s*", re.IGNORECASE)
        roles = "|".join(re.escape(word) for word in re.findall(r"[\w-]+", relationship) if content_stems(word))
        role = rf"(?:(?:the|your|my) )?(?:{roles})(?: (?:{roles}))?"
        self._role = re.compile(rf"{_MARKS}{role}{_END}\s*", re.IGNORECASE) if roles else None

    def without(self, text: str, *, is_first: bool) -> str:
        """The text without a label of the partner before it; is_first: nothing of the answer was spoken yet."""
        for form in (self._own, *((self._role, _LABEL) if is_first else ())):
            if form is not None and (label := form.match(text)) and not _OTHERS.match(text):
                return text[label.end() :]
        return text

    def other_speaks(self, text: str, *, is_first: bool) -> int | None:
        """Where the other one's lines begin; None when they do not. text begins where a sentence does."""
        places = {0: text.startswith("\n") or is_first}
        places |= {line.start(): True for line in re.finditer(r"\n", text)}
        places |= {space.end(): False for space in _AFTER_A_SENTENCE.finditer(text)}
        for place, begins_line in sorted(places.items()):
            before = "" if is_first else "x"
            own_may_come = not (before + text[:place]).strip()
            if self._is_other(text[place:], begins_line=begins_line, own_may_come=own_may_come):
                return place
        return None

    def _is_other(self, text: str, *, begins_line: bool, own_may_come: bool) -> bool:
        if self._own.match(text):
            return False
        if (named := _OTHERS.match(text)) is not None:
            return begins_line or "*" in named[0]
        if own_may_come:
            return False
        return (self._role is not None and self._role.match(text) is not None) or (
            begins_line and _LABEL.match(text) is not None
        )
