"""Facts in words that a program wrote and nobody told: figures, days, months and names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voice_agent.spoken_numbers import with_digits

_FACT = re.compile(
    r"\b(?:\d[\d.,:]*(?:st|nd|rd|th)?(?! (?:minute|hour|day|week|month)s?\b)(?!\d)|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|april|june|july|august|september|october|november|december|"
    r"christmas|easter)\b",
    re.IGNORECASE,
)
"""A length of time may be an offer."""
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}\b")
_NO_NAMES = frozenset(("God", "English", "Internet"))


def untold_facts(words: str, told: Iterable[str]) -> list[str]:
    """Those of the words that stand in none of the texts that were told."""
    known = " ".join(told).lower()
    known = f"{known} {with_digits(known)}"
    found = [*_FACT.findall(words), *_NAME.findall(words)]
    facts = dict.fromkeys(one.strip(".,:") for one in found if one not in _NO_NAMES)
    return [one for one in facts if not re.search(rf"\b{re.escape(one.lower().removesuffix('s'))}", known)]
