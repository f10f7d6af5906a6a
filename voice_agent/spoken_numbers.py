"""Numbers from 0 to 100 as they are said."""

from __future__ import annotations

import re
from functools import cache

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


@cache
def number_words() -> dict[str, int]:
    """`seventy five` and all the others, with their values; do not change it."""
    numbers = {word: value for value, word in enumerate(_UNITS + _TEENS)}
    for tens, word in enumerate(_TENS, start=2):
        numbers[word] = tens * 10
        numbers |= {f"{word} {unit}": tens * 10 + value for value, unit in enumerate(_UNITS[1:], start=1)}
    return numbers | {"one hundred": 100, "a hundred": 100}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(number_words(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(words)}|hundred)\b")


def with_digits(said: str) -> str:
    """The words with every number from 0 to 100 in digits: `about a seven` becomes `about a 7`."""
    lower = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", said.lower())
    return _pattern().sub(lambda match: str(number_words().get(match[0], 100)), lower)
