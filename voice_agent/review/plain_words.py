"""English words that are no names: a dictionary that ships with the program, and words that have a capital anyway."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from voice_agent.spoken_numbers import number_words

CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december
    christmas easter halloween thanksgiving ramadan eid diwali hanukkah passover
    day eve week month year spring summer autumn winter
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
NAMED_MONTHS = frozenset("april may june august".split())  # noqa: SIM905
"""Months that people are called by, too."""
FEAST_ENDS = frozenset("day days eve year".split())  # noqa: SIM905
"""Last words of feasts: Labor Day, New Year's Eve."""
ADDRESS = frozenset(
    """
    mr mrs ms miss mister dr doctor prof professor sir madam aunt auntie uncle cousin
    mom mommy mum mummy mam ma mama dad daddy pa papa mother father son daughter brother sister
    grandma grandpa gran granny nan nana grandad granddad grandmother grandfather
    """.split()  # noqa: SIM905
)
"""How people are called without a name, or before one."""
TITLES = frozenset("mr mrs ms dr prof st".split())  # noqa: SIM905
"""Of those, what may be written with a point."""
_SOUNDS = frozenset(
    """
    ah aha alright argh aw aww blimey dunno eek eh er erm geez gonna gosh gotta hey hi hiya hm hmm huh jeez lemme mhm
    mm mmm nah nope oh ooh oof oops ouch ow phew pff psst shh ta ta-ra tsk ugh uh uh-huh uh-oh uh-uh um wanna whoa wow
    yay yeah yep yikes yup
    """.split()  # noqa: SIM905
)
_ALWAYS_CAPITAL = frozenset("i god lord heaven jesus christ english tv ok okay".split())  # noqa: SIM905
_ORDINALS = frozenset(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
)
SHORTEST_PLURAL = 3
"""`Wes` is no plural of `we`."""
_LIST = Path(__file__).parent / "words" / "english.txt.gz"


@cache
def _dictionary() -> frozenset[str]:
    return frozenset(gzip.decompress(_LIST.read_bytes()).decode().split())


def is_word(word: str) -> bool:
    """Whether the dictionary has it without a capital, alone or as parts: `well-known`, `don't`, `runs`."""
    lower = word.lower().replace("’", "'")
    lower = lower.removesuffix("'s")
    known = _dictionary()
    if lower in known or (len(lower) > SHORTEST_PLURAL and lower.endswith("s") and lower[:-1] in known):
        return True
    if "-" in lower:
        return all(is_word(part) for part in lower.split("-") if part)
    before, apostrophe, _ = lower.partition("'")
    return bool(apostrophe) and before.removesuffix("n") in known | _CONTRACTED


_CONTRACTED = frozenset("i o y".split())  # noqa: SIM905


def never_a_name(word: str) -> bool:
    """Whether a capital says nothing: days, months, feasts, forms of address, numbers, `I` and sounds."""
    lower = word.lower().replace("’", "'").partition("'")[0]
    return lower in _closed() or lower.removesuffix("s") in _closed()


@cache
def _closed() -> frozenset[str]:
    return CALENDAR | ADDRESS | TITLES | _SOUNDS | _ALWAYS_CAPITAL | _ORDINALS | number_words().keys()
