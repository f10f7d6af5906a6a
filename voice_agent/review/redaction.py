"""Takes names out of a report: the partner's, those of the situation and the talk, and those that the user adds.

What a recognizer hears has no capitals: words that the dictionary doesn't know are told as perhaps names, and the
user is asked to look the report through and to add names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from voice_agent.review.names import names_in
from voice_agent.review.plain_words import is_word, never_a_name
from voice_agent.scenario import Scenario
from voice_agent.sessions.story import Story

T = TypeVar("T")

_PARTNER = "[partner]"
_CONTACT = re.compile(
    r"https?://\S+|\b[\w.+-]+@[\w-]+\.[\w.]+\b|(?<![\w.])\+?\d[\d ()/-]{6,}\d(?![\w.])",
)
_KEPT = frozenset(
    {"kind", "session", "schema", "wall", "began", "id", "pipeline", "program", "rater", "source", "skill", "move"}
)
"""Fields that hold no free text."""


class Redactor:
    """Replaces names by marks, the same mark for the same person everywhere."""

    def __init__(self, partner: str, others: Iterable[str] = (), *, perhaps: Iterable[str] = ()) -> None:
        """partner, others: names of one or more words. perhaps: words that may be names, left as they are."""
        self.perhaps = sorted(perhaps)
        self.marks: dict[str, str] = {}
        """Each name that is taken out, with what takes its place."""
        self._known: dict[str, str] = {}
        *titles, last = partner.split()
        self._called = last.lower() if titles and all(never_a_name(title) for title in titles) else ""
        """The partner's surname, where that is what they are called by."""
        self._mark(partner, _PARTNER)
        if self._called:
            self.marks[last] = _PARTNER
        names = dict.fromkeys(" ".join(name.split()) for name in others)
        # Whole names first: "Helen Okafor" and "Okafor" are one person.
        for name in sorted(filter(None, names), key=lambda name: " " not in name):
            self._mark(name, f"[name {len(set(self.marks.values()))}]")
        self._patterns = [
            # Longer names first: "Mary Ann" before "Mary".
            (_pattern(name), mark)
            for name, mark in sorted(self.marks.items(), key=lambda item: -len(item[0]))
        ]

    def _mark(self, name: str, new: str) -> None:
        """A name whose first word is known already, or whose surname the partner is called by, has its mark."""
        if name.lower() in {known.lower() for known in self.marks}:
            return
        parts = [part.lower() for part in name.split() if not never_a_name(part)] or [name.lower()]
        is_partner = bool(self._called) and parts[-1] == self._called
        self.marks[name] = mark = _PARTNER if is_partner else self._known.get(parts[0], new)
        for part in parts:
            if len(parts) == 1 or not is_word(part):
                self._known.setdefault(part, mark)

    def text(self, words: str) -> str:
        for pattern, mark in self._patterns:
            words = pattern.sub(mark, words)
        return _CONTACT.sub("[contact]", words)

    def data(self, data: Any) -> Any:
        """Every text in plain data, at any depth; not the keys, and not fields that hold no free text."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {key: value if key in _KEPT else self.data(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.data(one) for one in data]
        return data

    def struct(self, value: T) -> T:
        """A copy of a msgspec struct with every text redacted."""
        return msgspec.convert(self.data(msgspec.to_builtins(value)), type(value))


def redactor_for(story: Story, names: Iterable[str] = ()) -> Redactor:
    """For a session; names: those that the user adds, before those found."""
    said = [take.said for take in story.takes]
    found = names_in(
        [*_texts(story.scenario), story.opening, *(take.answer for take in story.takes)],
        [*(take.said for take in story.takes if take.typed), *story.plan.values()],
        said,
    )
    others = (*names, *sorted(found.worded), *sorted(found.sure))
    return Redactor(story.scenario.partner.name, others, perhaps=found.perhaps)


def _texts(scenario: Scenario) -> list[str]:
    """The situation's own texts. Its lines too: a partner says names that nobody else does."""
    texts: list[str] = []

    def gather(data: Any) -> None:
        if isinstance(data, str):
            texts.append(data)
        elif isinstance(data, dict):
            for value in data.values():
                gather(value)
        elif isinstance(data, list | tuple):
            for value in data:
                gather(value)

    gather(msgspec.to_builtins(scenario))
    return texts


def _pattern(name: str) -> re.Pattern[str]:
    """What is made of plain words, such as `Will` or `Long Beach`, is a name only with these capitals, or all."""
    is_plain = all(is_word(word) or never_a_name(word) for word in name.split())
    forms = dict.fromkeys((name, name.title(), name.upper())) if is_plain else (name,)
    words = "|".join(r"\.?\s+".join(re.escape(word) for word in form.split()) for form in forms)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", 0 if is_plain else re.IGNORECASE)
