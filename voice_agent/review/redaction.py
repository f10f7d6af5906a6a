"""Takes names out of a report: the partner's, those of the situation's text, and those that the user adds.

What a recognizer hears has no capitals, so a name that was only spoken can't be known: the user is told to look the
report through and to add names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from voice_agent.scenario import Scenario
from voice_agent.sessions.story import Story

T = TypeVar("T")

_COMMON = frozenset(
    [
        "i",
        "i'm",
        "i'll",
        "i've",
        "i'd",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "english",
        "ok",
        "okay",
        "tv",
        "mom",
        "mum",
        "dad",
        "mr",
        "mrs",
        "ms",
        "dr",
        "christmas",
        "easter",
    ]
)
_PLAIN = frozenset([
    "a", "an", "and", "but", "or", "so", "the", "this", "that", "these", "those", "no", "not", "yes", "is", "was",
    "are", "were", "it", "he", "she", "they", "we", "you", "my", "your", "his", "her", "our", "their", "what",
    "when", "where", "why", "how", "who", "which", "if", "then", "of", "in", "on", "at", "to", "for", "from",
    "by", "with", "well", "please", "sorry", "hello", "anything", "something", "nothing", "everything", "new",
    "old", "long", "great", "good", "last", "next", "first", "day", "eve", "year", "week", "month", "mother",
    "father", "daughter", "son", "sister", "brother", "grandma", "grandpa", "court", "express", "street", "road",
    "house",
])  # fmt: skip
"""Words that stand with a capital in titles, feasts and quotations; as names they would be taken out everywhere."""
AMBIGUOUS = frozenset(
    [
        "will",
        "mark",
        "may",
        "rose",
        "grace",
        "hope",
        "joy",
        "faith",
        "bill",
        "rob",
        "pat",
        "sue",
        "jack",
        "art",
        "dean",
        "grant",
        "frank",
        "earl",
        "ray",
        "drew",
        "chase",
        "june",
        "april",
        "august",
        "summer",
        "autumn",
        "dawn",
        "eve",
        "iris",
        "ivy",
        "lily",
        "daisy",
        "ruby",
        "pearl",
        "amber",
        "chance",
        "miles",
        "wade",
        "guy",
        "rich",
        "dick",
        "harry",
        "max",
    ]
)
"""Names that are words too: taken out only where they have a capital."""
_CAPITALISED = re.compile(r"(?<=[\w,;:'’)] )[A-Z][a-z]+(?:['’][A-Z][a-z]+)?")
_CONTACT = re.compile(
    r"https?://\S+|\b[\w.+-]+@[\w-]+\.[\w.]+\b|(?<![\w.])\+?\d[\d ()/-]{6,}\d(?![\w.])",
)
_KEPT = frozenset(
    {"kind", "session", "schema", "wall", "began", "id", "pipeline", "program", "rater", "source", "skill", "move"}
)
"""Fields that hold no free text."""


class Redactor:
    """Replaces names by marks, the same mark for the same name everywhere."""

    def __init__(self, partner: str, others: Iterable[str] = ()) -> None:
        """partner, others: names of one or more words."""
        self.marks = {partner: "[partner]"}
        for name in dict.fromkeys(" ".join(other.split()) for other in others):
            if name and name.lower() not in {known.lower() for known in self.marks}:
                self.marks[name] = f"[person {len(self.marks)}]"
        self._patterns = [
            # Longer names first: "Mary Ann" before "Mary".
            (_pattern(name), mark)
            for name, mark in sorted(self.marks.items(), key=lambda item: -len(item[0]))
        ]

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
    typed = [take.said for take in story.takes if take.typed]
    found = sorted(_names_in([*_texts(story.scenario), *typed]))
    return Redactor(story.scenario.partner.name, (*names, *found))


def _names_in(texts: Iterable[str]) -> set[str]:
    """Words with a capital that don't begin a sentence, less days (Fridays too), months and the like."""
    found = {word for text in texts for word in _CAPITALISED.findall(text)}
    return {word for word in found if not {word.lower(), word.lower().removesuffix("s")} & (_COMMON | _PLAIN)}


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
    words = r"\s+".join(re.escape(word) for word in name.split())
    flags = 0 if name.lower() in AMBIGUOUS else re.IGNORECASE
    return re.compile(rf"(?<!\w){words}(?!\w)", flags)
