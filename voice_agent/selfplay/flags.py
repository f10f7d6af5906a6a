"""What a partner's line should not hold: another role than its own, or what a person is taken for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from voice_agent.catalog.stereotypes import stereotypes
from voice_agent.partner.refusals import out_of_role
from voice_agent.scenario import Scenario

_NARRATION = re.compile(
    r"\*[^*]+\*|\([^)]*\)|\[[^\]]*\]|<[^>]*>|^\s*\w+\s*:\s|^\s*(?:he|she|they) (?:says|sighs|nods|smiles)\b"
)
_CLAIM_WITHIN = 2
"""Words between a group's name and a claim about it."""


class Flag(msgspec.Struct, frozen=True):
    """A line, and why it was marked."""

    line: str
    why: str


def drift(line: str) -> str | None:
    """Why a line is not in role; None when it is."""
    if _NARRATION.search(line):
        return "narrates"
    return out_of_role(line)


def stereotype_flags(scenario: Scenario, also: Iterator[str] | None = None) -> list[Flag]:
    """Texts of the scenario, and lines that were said in its talks, that rest on what a person is taken for."""
    texts = dict.fromkeys([*_texts(scenario), *(also or ())])
    return [Flag(text, why) for text in texts if (why := stereotype(text)) is not None]


def stereotype(text: str) -> str | None:
    """`"your age": rests on age`; None when the list finds nothing."""
    plain = text.lower().replace("\u2019", "'")
    words, claims = _patterns()
    if found := words.search(plain):
        return f'"{found[0]}": {_reasons()[found[0]]}'
    if found := claims.search(plain):
        return f'"{found[0]}": a claim about all of a group'
    return None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    known = stereotypes()
    cues = "|".join(re.escape(one.cue) for one in known.words)
    groups = "|".join(re.escape(group) for group in known.groups)
    claims = "|".join(re.escape(claim) for claim in known.claims)
    between = rf"(?: [a-z']+){{0,{_CLAIM_WITHIN}}}?"
    return re.compile(rf"\b(?:{cues})\b"), re.compile(rf"\b(?<!the )(?<!you )(?:{groups}){between} (?:{claims})\b")


@cache
def _reasons() -> dict[str, str]:
    return {one.cue: one.reason for one in stereotypes().words}


def _texts(scenario: Scenario) -> Iterator[str]:
    """Everything that is shown or said."""
    partner = scenario.partner
    yield from (scenario.title, scenario.summary, scenario.opening, scenario.learner.goal, scenario.learner.fear)
    yield from scenario.learner.facts
    yield from (partner.relationship, partner.persona, partner.wants, partner.hidden_concern, partner.bottom_line)
    yield from partner.beliefs
    yield from (line.say for line in scenario.lines)
