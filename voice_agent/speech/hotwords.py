"""Words of the situation that a recognizer should expect: names first, then what the talk is about."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voice_agent.scenario import Scenario
from voice_agent.stems import STOP_WORDS

MOST_WORDS = 24
"""About 40 tokens; each costs the decoder time, and a long list is told back into silence."""
LEAST_TIMES = 2
"""A capitalised word inside a sentence is a name from here on."""
_CAPITALISED = re.compile(r"(?<![.!?:\"“]\s)(?<!^)\b[A-Z][a-z]+(?:'[a-z]+)?\b")
_CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december english okay
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)


def hotwords(scenario: Scenario | None) -> str:
    """`Sam, dishes, plates`: at most `MOST_WORDS`, each once; empty without a situation."""
    if scenario is None:
        return ""
    names = [name for name in scenario.partner.name.split() if name.casefold() not in STOP_WORDS]
    return ", ".join(_first([*names, *_names(scenario), *_topics(scenario)]))


def _names(scenario: Scenario) -> list[str]:
    """Other people and places: words that are capitalised in the middle of sentences."""
    texts = (scenario.summary, *scenario.learner.facts, *scenario.practice, *(line.say for line in scenario.lines))
    found: dict[str, int] = {}
    for text in texts:
        for match in _CAPITALISED.finditer(text):
            name = match[0].removesuffix("'s")
            if name.casefold() not in _CALENDAR | STOP_WORDS:
                found[name] = found.get(name, 0) + 1
    return sorted((name for name, times in found.items() if times >= LEAST_TIMES), key=lambda name: -found[name])


def _topics(scenario: Scenario) -> list[str]:
    """The noun phrase of the situation, then the cues of its topics, the first of each topic first."""
    cues = list(scenario.topics.values())
    deepest = max(map(len, cues), default=0)
    in_turn = [row[depth] for depth in range(deepest) for row in cues if depth < len(row)]
    return [word for text in (scenario.slots.topic, *in_turn) for word in text.split()]


def _first(words: Iterable[str]) -> list[str]:
    """Without what carries no meaning, each word once, as many as are wanted."""
    kept: dict[str, str] = {}
    for word in words:
        bare = word.strip(",.!?;:\"'()")
        if len(bare) > 2 and bare.casefold() not in STOP_WORDS:
            kept.setdefault(bare.casefold(), bare)
        if len(kept) == MOST_WORDS:
            break
    return list(kept.values())
