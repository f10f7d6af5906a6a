"""Figures in running text become words: times, dates, money, measures, phone numbers, shares, years, numbers.

Synthesizers stumble over figures each in its own way (flite says `7:30` as `s even thirty`), so they get words.
American reading where the two differ: 5/3/2024 is May third.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from voice_agent.speech.number_words import (
    cardinal,
    clock_time,
    decade,
    decimal,
    digits,
    fraction,
    ordinal,
    year,
)

Match = re.Match[str]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_OF = {month[:3].lower(): number for number, month in enumerate(_MONTHS, start=1)}
_MONEY = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "p"), "¥": ("yen", ""), "₹": ("rupee", ""),
    "usd": ("dollar", "cent"), "eur": ("euro", "cent"), "gbp": ("pound", "p"),
}  # fmt: skip
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion"}
_UNITS = {
    "km/h": "kilometer per hour", "kph": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second",
    "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "ft": "foot", "kg": "kilo", "mg": "milligram",
    "lb": "pound", "oz": "ounce", "ml": "milliliter", "sq ft": "square foot", "sq m": "square meter",
    "hr": "hour", "h": "hour", "min": "minute", "sec": "second", "ms": "millisecond", "kb": "kilobyte",
    "mb": "megabyte", "gb": "gigabyte", "tb": "terabyte", "hz": "hertz", "khz": "kilohertz", "kw": "kilowatt",
    "kwh": "kilowatt hour",
}  # fmt: skip
_PLURALS = {
    "foot": "feet",
    "square foot": "square feet",
    "hertz": "hertz",
    "kilohertz": "kilohertz",
    "yen": "yen",
    "p": "p",
}
_PER = {
    "h": "hour", "hr": "hour", "hour": "hour", "day": "day", "week": "week", "wk": "week", "month": "month",
    "mo": "month", "year": "year", "yr": "year", "night": "night", "person": "person", "min": "minute",
    "minute": "minute", "sec": "second", "kg": "kilo", "lb": "pound",
}  # fmt: skip
_SHARES = (2, 3, 4, 5, 6, 8)
"""Parts of a whole that people name; 7/10 is a mark: seven out of ten."""

_AMOUNT = r"(?<![\d,.])(\d{1,3}(?:,\d{3})+(?!\d)|\d+)"
_HALF_DAY = r"\s?([ap])\.?m\b\.?"
_MONTH = (
    r"\b((?-i:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))\b"
)
"""With a capital: one may march 3 miles."""
_DAY = r"\s?([ap])\.?m\b\.?"
_MONTH = (
    r"\b((?-i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?))\b"
)
"""With a capital: one may march 3 miles."""
_SHORTENED = (
    r"(?-i:(?<=Jan)|(?<=Feb)|(?<=Mar)|(?<=Apr)|(?<=Jun)|(?<=Jul)|(?<=Aug)|(?<=Sep)|(?<=Sept)|(?<=Oct)|(?<=Nov)"
    r"|(?<=Dec))"
)
"""Only a short form has a full stop of its own."""
_DAY = r"([12]\d|3[01]|0?[1-9])"
_YEAR = r"((?:1[5-9]|20)\d\d)\b"
_BEFORE_YEARS = "in|since|of|year|until|till|before|after|circa|around|from"
_BEFORE_NUMERALS = "world war|part|chapter|act|phase|type|round|level|section|volume"
_NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def in_words(text: str) -> str:
    """No decimal digit is left. The text has plain quotation marks and fractions (1/2 for ½)."""
    for pattern, words in _RULES:
        text = pattern.sub(words, text)
    # Figures of other scripts are read one by one.
    return re.sub(r"\d", lambda m: f" {digits(m[0])} ", text)


def _date(month: int, day: int, of_year: str | None) -> str:
    return f"{_MONTHS[month - 1]} {ordinal(day)}" + (f", {year(int(of_year))}" if of_year else "")


def _month_first(m: Match) -> str:
    return _date(_MONTH_OF[m[1][:3].lower()], int(m[2]), m[3])


def _day_first(m: Match) -> str:
    month = _MONTHS[_MONTH_OF[m[2][:3].lower()] - 1]
    return f"the {ordinal(int(m[1]))} of {month}" + (f", {year(int(m[3]))}" if m[3] else "")


def _figured_date(m: Match) -> str:
    first, second = int(m[1]), int(m[2])
    month, day = (first, second) if first <= 12 else (second, first)
    return _date(month, day, m[3]) if 1 <= month <= 12 and 1 <= day <= 31 else f"{digits(m[1])} {digits(m[2])} {m[3]}"


def _time_with_seconds(m: Match) -> str:
    return f"{clock_time(int(m[1]), int(m[2]), m[4])} and {cardinal(int(m[3]))} seconds"


def _month_name(m: Match) -> str:
    return _MONTHS[_MONTH_OF[m[1][:3].lower()] - 1] + (m[2] or "")


def _phone(m: Match) -> str:
    groups = re.findall(r"\d+", m[0])
    return ("plus " if m[0].startswith("+") else "") + ", ".join(digits(group) for group in groups)


def _money(sign: str, whole: str, part: str | None, scale: str | None) -> str:
    unit, small_unit = _MONEY[sign.lower()]
    if scale or (part and (len(part) != 2 or not small_unit)):
        return f" {decimal(whole, part)} {_scale(scale)} {_plural(unit, '2')} "
    cents = int(part or 0)
    small = f"{cardinal(cents)} {_plural(small_unit, str(cents))}" if cents else ""
    if cents and not int(whole.replace(",", "")):
        return f" {small} "
    return f" {decimal(whole, None)} {_plural(unit, whole)}{' and ' if small else ''}{small} "


def _scale(scale: str | None) -> str:
    return _SCALES.get(scale.lower(), scale) if scale else ""


def _measure(m: Match) -> str:
    amount = m[1] + (f".{m[2]}" if m[2] else "")
    written = m[3].lower()
    unit, _, per = _UNITS[written if written in _UNITS else written.removesuffix("s")].partition(" per ")
    return f"{amount} {_plural(unit, amount)}" + (f" per {per}" if per else "")


def _share(m: Match) -> str:
    count, parts = int(m[1]), int(m[2])
    is_share = parts in _SHARES and 0 < count < parts
    return f" {fraction(count, parts)} " if is_share else f"{m[1]} out of {m[2]}"


def _roman(m: Match) -> str:
    return f"{m[1]} {cardinal(_NUMERALS.index(m[2].lower()) + 1)}" if m[2].lower() in _NUMERALS else m[0]


def _decade(m: Match) -> str:
    return f"{year(int(m[0][:4]))}s" if m[2] == "1" else decade(int(m[1]), int(m[2]))


def _plural(unit: str, amount: str) -> str:
    return unit if amount == "1" or not unit else _PLURALS.get(unit, f"{unit}s")


def _alternatives(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_WORDED: tuple[tuple[str, Callable[[Match], str]], ...] = (
    # Times, before their digits.
    (rf"\b(\d{{1,2}}):([0-5]\d):([0-5]\d)\b(?:{_HALF_DAY})?", _time_with_seconds),
    (rf"\b(\d{{1,2}}):([0-5]\d)(?![:\d])(?:{_HALF_DAY})?", lambda m: clock_time(int(m[1]), int(m[2]), m[3])),
    (rf"\b(\d{{1,2}}){_HALF_DAY}", lambda m: f"{cardinal(int(m[1]))} {m[2].lower()}.m."),
    # Dates.
    (rf"\b(\d{{4}})-(0[1-9]|1[0-2])-{_DAY}\b", lambda m: _date(int(m[2]), int(m[3]), m[1])),
    (r"\b(\d{1,2})[/.](\d{1,2})[/.]((?:19|20)\d\d)\b", _figured_date),
    (rf"{_MONTH}(?:{_SHORTENED}\.)?\s+{_DAY}(?:st|nd|rd|th)?\b(?![:.,]?\d)(?:,?\s+{_YEAR})?", _month_first),
    (
        rf"\b(?:the\s+)?{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:{_SHORTENED}\.(?=,|\s+(?-i:[a-z\d])))?(?:,?\s+{_YEAR})?",
        _day_first,
    ),
    (r"\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.(\s+(?=\d))", _month_name),
    # Money, before its amount.
    (rf"([$€£¥₹])\s?{_AMOUNT}\s?[-–]\s?\1?\s?(?=\d)", lambda m: f"{m[2]} to {m[1]}"),
    (
        rf"([$€£¥₹])\s?{_AMOUNT}(?:\.(\d+))?(?:\s?(k|mn?|bn?|thousand|million|billion)\b)?",
        lambda m: _money(*m.groups()),
    ),
    (rf"\b(usd|eur|gbp)\s?{_AMOUNT}(?:\.(\d+))?", lambda m: _money(m[1], m[2], m[3], None)),
    (rf"{_AMOUNT}(?:\.(\d+))?\s?(usd|eur|gbp)\b", lambda m: _money(m[3], m[1], m[2], None)),
    # Codes.
    (r"#\s?(?=\d)|\bno\.\s?(?=\d)", lambda m: "number "),
    (
        r"(?<![\d-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\)\s?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b|\b\d{3}-\d{4}\b",
        _phone,
    ),
    # Measures.
    (rf"{_AMOUNT}'\s?(\d{{1,2}})(?:\"|''|\b)", lambda m: f"{m[1]} foot {m[2]}"),
    (r"(?<=\d)\s?°\s?([cf])\b", lambda m: f" degrees {'Celsius' if m[1].lower() == 'c' else 'Fahrenheit'}"),
    (rf"\b{_AMOUNT}(?:\.(\d+))?\s?((?:{_alternatives(_UNITS)})s?)\b(?:\.(?=\s+(?-i:[a-z])))?", _measure),
    (rf"(?<=\w)\s?/\s?({_alternatives(_PER)})\b", lambda m: f" per {_PER[m[1].lower()]}"),
    (r"(?<=\d)%\s?[-–]\s?(?=\d+(?:\.\d+)?%)", lambda m: " to "),
    # Shares and marks.
    (r"(?<=\d)\s+(?=(?:1/2|[13]/4|[12]/3)\b)", lambda m: " and "),
    (r"\b24/7\b", lambda m: "twenty-four seven"),
    (r"(?<![\d/])(\d+)/(\d+)(?![\d/])", _share),
    (r"(?<=\d)/(?=\d)", lambda m: " out of "),
    # What stands between or after figures.
    (r"(?<=\d)\s?[-–]\s?(?=\d)", lambda m: " to "),
    (r"(?<=\d)\s?[x×]\s?(?=\d)", lambda m: " by "),
    (r"(?<=\d)[x×]\b", lambda m: " times"),
    (rf"\b{_AMOUNT}(?:\.(\d+))?(k|mn|bn)\b", lambda m: f"{decimal(m[1], m[2])} {_scale(m[3])}"),
    (rf"\b{_AMOUNT}\.(\d+)(?-i:([MB]))\b", lambda m: f"{decimal(m[1], m[2])} {_scale(m[3])}"),
    (r"\b(\d{1,4})(?:st|nd|rd|th)\b", lambda m: ordinal(int(m[1]))),
    # Years.
    (r"(?<!\w)(1[1-9]|20)(\d)0'?s\b", _decade),
    (r"(?<!\w)'?([2-9])0'?s\b", lambda m: decade(None, int(m[1]))),
    (rf"\b({_BEFORE_YEARS})\s+(1[1-8]\d\d)(?!\d|[,.]\d)", lambda m: f"{m[1]} {year(int(m[2]))}"),
    (r"(?<![\d,.])(19\d\d|20[1-9]\d)(?!\d|[,.]\d)", lambda m: year(int(m[1]))),
    (rf"\b({_BEFORE_NUMERALS})\s+(?-i:([IVX]{{2,4}}|V|X))\b", _roman),
    # What is left.
    (r"(?<![\w.])-(?=\d)", lambda m: "minus "),
    (r"(?<!\d)\.(?=\d)", lambda m: "0."),
    (rf"{_AMOUNT}(?:\.(\d+))?", lambda m: f" {decimal(m[1], m[2])} "),
)
"""In this order: the longer and surer form before the figures that are left of it."""
_RULES = tuple((re.compile(pattern, re.IGNORECASE | re.ASCII), words) for pattern, words in _WORDED)
