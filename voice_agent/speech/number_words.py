"""Numbers as English words, as people say them: cardinals, ordinals, years, fractions, digits.

Own code: num2words (the tests compare with it) says "and" and commas, and knows neither "twenty oh five" nor a
number that is a code.
"""

from __future__ import annotations

import re

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_LONGEST_NUMBER_DIGITS = 15
"""A longer one is read digit by digit, and so is one that begins with 0."""


def cardinal(number: int) -> str:
    """`one thousand two hundred fifty`; below 10**15."""
    for size, name in _SCALES:
        if number >= size:
            count, rest = divmod(number, size)
            return f"{cardinal(count)} {name}" + (f" {cardinal(rest)}" if rest else "")
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def ordinal(number: int) -> str:
    """`thirty-first`."""
    words = re.split(r"([ -])", cardinal(number))
    last = words.pop()
    ending = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return "".join(words) + _ORDINALS.get(last, ending)


def digits(figures: str) -> str:
    """`five five five`."""
    return " ".join(_ONES[int(figure)] for figure in figures)


def decimal(whole: str, fraction: str | None) -> str:
    """Figures as written, with commas between thousands: `1,250` and `5` is `one thousand ... point five`."""
    figures = whole.replace(",", "")
    is_code = len(figures) > _LONGEST_NUMBER_DIGITS or (len(figures) > 1 and int(figures[0]) == 0)
    words = digits(figures) if is_code else cardinal(int(figures))
    return f"{words} point {digits(fraction)}" if fraction else words


def year(number: int) -> str:
    """`nineteen ninety-five`, `nineteen oh five`, `two thousand five`."""
    century, rest = divmod(number, 100)
    if century == 20 and rest < 10:
        return cardinal(number)
    return f"{cardinal(century)} " + ("hundred" if not rest else f"oh {_ONES[rest]}" if rest < 10 else cardinal(rest))


def decade(century: int | None, tens: int) -> str:
    """`nineteen nineties`, `eighties`; `eighteen hundreds` for tens 0."""
    before = f"{cardinal(century)} " if century else ""
    return f"{before}{_TENS[tens][:-1]}ies" if tens else f"{before}hundreds"


def fraction(count: int, parts: int) -> str:
    """`a half`, `three quarters`, `two thirds`."""
    name = {2: "half", 4: "quarter"}.get(parts) or ordinal(parts)
    return f"a {name}" if count == 1 else f"{cardinal(count)} {name}s"


def clock_time(hour: int, minute: int, half_day: str | None) -> str:
    """`seven thirty`, `nine o'clock`, `five oh five p.m.`, `nineteen hundred`. half_day: `a`, `p` or none."""
    minutes = "" if not minute else f" oh {_ONES[minute]}" if minute < 10 else f" {cardinal(minute)}"
    on_the_hour = " o'clock" if hour <= 12 else " hundred"
    after = f" {half_day.lower()}.m." if half_day else "" if minute else on_the_hour
    return f"{cardinal(hour)}{minutes}{after}"
