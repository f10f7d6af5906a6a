"""What the partner was thinking at each turn: from stance, beliefs and hidden concern, after the learner's guess.

A simulated person has an inner model that is shown afterwards, beside what the learner took it to be (Patient-Psi,
Wang et al. 2024). Nothing here is invented: it is the scenario's own text and the rule that moved the partner.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from voice_agent.conversation import StanceBand
from voice_agent.scenario import Partner
from voice_agent.sessions.story import Story, Take


class Guess(StrEnum):
    """What a learner is asked about the partner before it is told."""

    FEAR = "fear"
    WANT = "want"

    def question(self, name: str) -> str:
        if self is Guess.FEAR:
            return f"What do you think {name} was afraid of, and did not say?"
        return f"What do you think {name} wanted?"


class Thought(msgspec.Struct, frozen=True, kw_only=True):
    """The partner at one turn of the learner."""

    turn: int
    said: str
    answer: str
    mood: str
    """Band and emotion after the turn, in words."""
    resistance_before: float
    resistance_after: float
    landed: tuple[str, ...]
    """What softened them, largest first."""
    pushed: tuple[str, ...]
    """What hardened them, largest first."""
    behind: str
    """What stood behind the answer: a belief while hard, their wish while wary, the hidden concern while soft."""

    @property
    def change(self) -> str:
        """`softened by 0.8`."""
        return change_in_words(self.resistance_after - self.resistance_before)


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """The person behind the answers."""

    name: str
    wants: str
    hidden_concern: str
    beliefs: tuple[str, ...]
    bottom_line: str
    thoughts: tuple[Thought, ...]


_REASONS = {
    "describe strong": "you told what happened, without judging",
    "describe weak": "it sounded like blame, or like reading their mind",
    "express strong": "you said what you feel",
    "express weak": "a feeling came through",
    "assert strong": "you asked for something clear",
    "reinforce strong": "they saw what is in it for them",
    "reinforce weak": "there was a hint of what is in it for them",
    "mindful strong": "you stayed with what you came for",
    "mindful weak": "you were drawn away from what you came for",
    "mindful none": "it felt like an attack, or like letting go of what you came for",
    "confident strong": "you said it without making yourself small",
    "negotiate strong": "you offered a way that could work for both",
    "negotiate weak": "you showed some room",
    "attack": "they heard an attack",
    "threat": "they heard a threat",
    "listen": "you listened",
    "acknowledge": "you saw their side",
    "apology": "you said sorry",
}
_CAUSE = re.compile(r"^(?P<what>.*) (?P<points>[+-]\d+\.\d)$")


def revealed(story: Story) -> Revealed:
    partner = story.scenario.partner
    return Revealed(
        name=partner.name,
        wants=partner.wants,
        hidden_concern=partner.hidden_concern,
        beliefs=partner.beliefs,
        bottom_line=partner.bottom_line,
        thoughts=tuple(
            thought
            for place, take in enumerate(story.counted)
            if (thought := _thought(take, partner, place)) is not None
        ),
    )


def _thought(take: Take, partner: Partner, place: int) -> Thought | None:
    if take.before is None or take.after is None:
        return None
    landed, pushed = reasons(take.why)
    return Thought(
        turn=take.turn,
        said=take.said,
        answer=take.answer,
        mood=", ".join(dict.fromkeys((take.after.band.value, take.after.emotion.value))),
        resistance_before=take.before.resistance,
        resistance_after=take.after.resistance,
        landed=landed,
        pushed=pushed,
        behind=_behind(take.after.band, partner, place),
    )


def reasons(why: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stance rule's causes in words: what softened, what hardened."""
    landed: list[str] = []
    pushed: list[str] = []
    for cause in why:
        if (found := _CAUSE.match(cause)) is None:
            continue
        told = _REASONS.get(found["what"], found["what"])
        (landed if found["points"].startswith("-") else pushed).append(told)
    return tuple(landed), tuple(pushed)


def _behind(band: StanceBand, partner: Partner, place: int) -> str:
    if band is StanceBand.SOFT:
        return partner.hidden_concern
    if band is StanceBand.HARD and partner.beliefs:
        return partner.beliefs[place % len(partner.beliefs)]
    return partner.wants


def change_in_words(change: float) -> str:
    """Of resistance: `softened by 0.8`, `hardened by 1.5`, `unmoved`."""
    if abs(change) < 0.05:
        return "unmoved"
    return f"{'softened' if change < 0 else 'hardened'} by {abs(change):.1f}"
