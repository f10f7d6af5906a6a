"""A rated turn as data: what the rater is trained on, what the bank holds, what `eval` reads."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from voice_agent.conversation import Act
from voice_agent.dearman import Level, Skill
from voice_agent.text import clean


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What a rater has to know of the talk around a turn."""

    partner: str
    """Who the partner is to the learner."""
    context: str
    """What happened, as the learner tells it."""
    goal: str


Labels = Annotated[dict[Skill, Level], msgspec.Meta(min_length=7)]


class AnnotatedTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an annotated JSON Lines file."""

    id: Annotated[str, msgspec.Meta(min_length=1)]
    situation: Situation
    partner_line: str = ""
    """What the partner said just before."""
    utterance: Annotated[str, msgspec.Meta(min_length=1)]
    register: Literal["clean", "spoken"] = "clean"
    """clean: written; spoken: as a recognizer prints it."""
    labels: Labels
    next_skill: Skill | None = None
    declared: Skill | None = None
    """The skill that the speaker meant to use, where that is known."""
    act: Act | None = None
    suggestion: str | None = None
    """An expert's better words, where there are some."""
    split: Literal["train", "dev", "test"] | None = None
    annotator: str = ""
    """Who rated it; two of them may rate one turn."""


class TurnToRate(msgspec.Struct, frozen=True, kw_only=True):
    """What `rate` needs of a line: an annotated turn's fields, of which only the words must be there."""

    id: str | None = None
    situation: Situation | None = None
    partner_line: str = ""
    utterance: str


class ContrastingPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two turns of one moment that differ in one skill: weak or none, and its rewrite as strong."""

    weaker: str
    """Id of a turn."""
    stronger: str
    skill: Skill
    why: str
    """The words that make the difference."""


class Demonstration(msgspec.Struct, frozen=True, kw_only=True):
    """A contrasting pair with all that is needed to show it: retrieved for advice and for prompts."""

    id: str
    situation: Situation
    partner_line: str = ""
    skill: Skill
    weaker: str
    level: Level
    """Of the weaker side on the skill: none or weak."""
    stronger: str
    """The rewrite, strong on the skill."""
    why: str = ""


class RatedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `voice-agent rate` prints for one turn."""

    id: str | None = None
    utterance: str
    labels: dict[Skill, Level]
    confidences: dict[Skill, float] = {}
    next_skill: Skill
    acts: tuple[Act, ...] = ()
    rater: str
    skill: Skill | None = None
    """What the suggestion is about."""
    reason: str = ""
    suggestion: str = ""
    example: tuple[str, str] | None = None
    """The nearest demonstration, another person's: said weakly, and said well."""
    prosody_notes: tuple[str, ...] = ()


def cleaned_turn(turn: AnnotatedTurn) -> AnnotatedTurn:
    """The same turn with harmless text."""
    return msgspec.structs.replace(
        turn,
        utterance=clean(turn.utterance),
        partner_line=clean(turn.partner_line),
        situation=Situation(
            partner=clean(turn.situation.partner),
            context=clean(turn.situation.context),
            goal=clean(turn.situation.goal),
        ),
    )
