"""Words of a text as stems, so that a cue is found in any inflection.

Source: Porter2 (English Snowball) stemmer, by the snowballstemmer package.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


@cache
def _stemmer() -> Any:
    import snowballstemmer  # 10 ms

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    stem: str = _stemmer().stemWord(word)
    return stem


def stems(text: str) -> tuple[str, ...]:
    """Stems of all words in order; case, punctuation and the kind of apostrophe don't matter."""
    return tuple(_stem(word) for word in _WORD.findall(text.lower().replace("\u2019", "'")))


def holds(text_stems: Sequence[str], cue_stems: Sequence[str]) -> bool:
    """Whether the cue stands in the text as a run of whole words."""
    size = len(cue_stems)
    # Most cues' first words are not in the text at all.
    if not size or cue_stems[0] not in text_stems:
        return False
    text, cue = tuple(text_stems), tuple(cue_stems)
    return any(text[start : start + size] == cue for start in range(len(text) - size + 1))


STOP_WORDS = frozenset(
    """
    a an the and or but if so to of in on at for from with by about as is are was were be been being am
    do does did done have has had having i me my mine you your yours he him his she her it its we us our
    they them their this that these those there here what which who when where why how not no yes yeah
    oh well just really very too also then than can could would should will shall may might must don't
    didn't it's i'm you're that's i've i'd i'll you've let's know think get got go going make want like
    um uh okay ok
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    return frozenset(_stem(word) for word in words if word not in STOP_WORDS and len(word) > 2)
