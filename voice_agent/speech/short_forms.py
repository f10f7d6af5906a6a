"""Short forms are spelled out, and signs between words become words."""

from __future__ import annotations

import re

SHORT_FORMS = {
    "mr": "Mister", "mrs": "Missus", "ms": "Miz", "dr": "Doctor", "prof": "Professor", "vs": "versus",
    "e.g": "for example", "i.e": "that is", "approx": "about", "a.k.a": "also known as", "jr": "Junior",
    "sr": "Senior", "dept": "department", "ave": "Avenue", "inc": "Incorporated", "ltd": "Limited", "co": "Company",
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "appt": "appointment",
    "esp": "especially", "incl": "including", "min": "minutes", "jan": "January", "feb": "February",
    "aug": "August", "sept": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
"""With a full stop after it. `Sun.`, `Sat.` and `Mar.` mostly end a sentence."""
_ALSO_WORDS = frozenset(
    {"mon", "wed", "fri", "thu", "tue", "jan", "dec", "aug", "oct", "nov", "feb", "ave", "inc", "co", "sr"}
)
"""Short forms only with a capital letter: they got wed."""
_BEFORE_MORE = frozenset({"mr", "mrs", "ms", "dr", "prof", "e.g", "i.e", "a.k.a", "vs", "approx"})
"""Something always follows: their full stop is never the sentence's own."""
_SLASHED = {"w/o": "without", "w/": "with ", "b/c": "because", "and/or": "or", "n/a": "not available"}
_SIGNS = {
    "&": "and", "@": "at", "%": "percent", "°": "degrees", "+": "plus", "=": "equals", "×": "times",
    "÷": "divided by", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees", "§": "section",
}  # fmt: skip

_FORM = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, SHORT_FORMS))})\.(?=(\s+\S|[,;:!?]|\s*$))", re.IGNORECASE)
_SAINT = re.compile(r"\bSt\.(?=\s+[A-Z])")
_STREET = re.compile(r"(?<=[a-z]\s)St\.(?=\s*$|[,;:!?]|\s+[a-z])")
# A last full stop is the sentence's own.
_ET_CETERA = re.compile(r"\b[Ee]tc\b(?:\.(?!\s*$|\s+[A-Z]))?")
_APARTMENT = re.compile(r"\b[Aa]pt\.?\s+(?=number\b)")
_SLASH = re.compile(
    rf"(?<![\w/])({'|'.join(map(re.escape, sorted(_SLASHED, key=len, reverse=True)))})(?![\w/])", re.IGNORECASE
)
_WITH = re.compile(r"(?<![\w/])w/(?=\w)", re.IGNORECASE)


def spelled_out(text: str) -> str:
    """`Mr. Hale & I, etc.` is `Mister Hale and I, et cetera.`"""
    text = _STREET.sub("Street", text)
    text = _SAINT.sub("Saint", text)
    text = _FORM.sub(_form, text)
    text = _ET_CETERA.sub("et cetera", text)
    text = _APARTMENT.sub("apartment ", text)
    text = _SLASH.sub(lambda m: _SLASHED[m[1].lower()], text)
    text = _WITH.sub("with ", text)
    text = re.sub(r"(?<=[A-Za-z])\s?/\s?(?=[A-Za-z])", " or ", text)
    for sign, word in _SIGNS.items():
        text = text.replace(sign, f" {word} ")
    return text


def _form(m: re.Match[str]) -> str:
    """The full stop stays where a new sentence or nothing follows."""
    form, following = m[1].lower(), (m[2] or "").strip()
    if form in _ALSO_WORDS and m[1].islower():
        return m[0]
    ends = (not following or following[:1].isupper()) and form not in _BEFORE_MORE
    return SHORT_FORMS[form] + ("." if ends else "")
