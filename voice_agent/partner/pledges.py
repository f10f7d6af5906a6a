"""Whether a sentence pledges what the other person asked for: promise and subject together, in whatever words.

Neither is enough. "I'll be in my room" promises, but nothing that was asked for; "The dishes again?" speaks of it,
and promises nothing.
"""

from __future__ import annotations

import re

from voice_agent.scenario import Scenario
from voice_agent.stems import content_stems, holds, stems

_I = r"(?:i|we)"
_GOING_TO = r"(?:(?:going to|gonna)(?! (?:bed|work|sleep)\b)|happy to|glad to)"
_WILL = rf"(?:(?:'ll| will| shall)(?! (?:not|never)\b)|(?:'m| am|'re| are) {_GOING_TO})"
_PROMISES = re.compile(
    rf"\b{_I}{_WILL}(?: \w+ly| just| then| always| even)? \w+"
    r"|\blet me \w+"
    r"|\byou(?:'ll| will| can)(?: \w+ly)? (?:get|have|find)\b"
    r"|\b(?!you\b)\w+(?:'ll| will) (?!not\b|never\b)\w+|\b(?:it|that|they) can (?:be|get|stay|go|come|charge|stop)\b"
    r"|\b(?:is|are|'s|'re) (?:on me|done|cancelled|no problem|yours|off|settled)\b"
    r"|\b(?P<never>(?:i|we|you|it|that|they)(?: won't| will (?:not|never)|'ll never) (?P<not>\w+))|\bno more\b"
)
_ENDS_A_HABIT = re.compile(r"\b(?:any ?more|another|again|ever|no more|any longer)\b")
_TAKES_BACK = re.compile(
    r"\b(?:if|when|whenever|unless|until|till|once|maybe|perhaps|might|could|would|try|think|look|see|say|but|except|instead|"
    r"only|nobody|nothing|never|not|\w+n't|and you|as long as|as i (?:like|please|want))\b|\?"
)
"""A condition, a doubt, a question or a no: then it is half a step at most."""
_LASTS = re.compile(r"\b(?:(?:stop|leav|keep|quit|drop)\w*|out of|no)\b")
"""A request to end something is met by a sentence with a no in it."""
_GENERAL = (
    "let put set take tell say come send give get keep look leave make talk ask bring hear see start back before "
    "after won't any more again another ever never then now word i'll we'll you'll they'll it'll that'll "
    "day week time once twice first next one two three four good way thing people"
)
"""Words that go with anything: alone they show no subject."""
LEAST_SHARE = 0.3
"""Of a sentence's words of meaning, those that speak of what was asked for."""


class Pledges:
    """What counts as one in a scenario: its request, its goal, and the words of the topics that these touch."""

    def __init__(self, scenario: Scenario) -> None:
        names = content_stems(scenario.partner.name)
        asked = f"{scenario.slots.request} {scenario.learner.goal}"
        whole = stems(asked)
        topics = (words for words in scenario.topics.values() if any(holds(whole, stems(word)) for word in words))
        related = content_stems(" ".join(word for words in topics for word in words))
        self._deeds = content_stems(scenario.slots.request)
        self._general = content_stems(_GENERAL)
        self._about = (content_stems(asked) | related) - names - self._general
        self._allowed = frozenset(re.findall(r"[a-z']+", asked.lower()))
        self._ends = _LASTS.search(asked.lower()) is not None

    def made_in(self, sentence: str) -> bool:
        words = sentence.lower().replace("\u2019", "'")
        promise = _PROMISES.search(words)
        if promise is None or not self._speaks_of_it(words):
            return False
        rest = words
        if promise["never"] or promise[0] == "no more":
            is_end = _ENDS_A_HABIT.search(words) is not None and not self._refuses(promise["not"] or "")
            rest = words.replace(promise[0], " ")
            if not is_end:
                return False
        return not any(match[0] not in self._allowed for match in _TAKES_BACK.finditer(rest))

    def _speaks_of_it(self, words: str) -> bool:
        told = content_stems(words) - self._general
        shared = told & self._about
        return len(shared) >= 2 or len(shared) > LEAST_SHARE * len(told)

    def _refuses(self, verb: str) -> bool:
        return not self._ends and bool(content_stems(verb) & self._deeds)
