"""A situation to rehearse: who the partner is, what happened, what the learner wants. The file format.

`scenarios/*.yaml` holds one `Scenario` each; these classes are the format's specification and
`scenarios/roommate-dishes.yaml` shows every key. Every text is data: it is cleaned when it is read.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from voice_agent.conversation import Act, Move, PartnerEmotion, StanceBand
from voice_agent.dearman import Skill

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
SpokenLine = Annotated[str, msgspec.Meta(min_length=2, max_length=400)]
Difficulty = Annotated[int, msgspec.Meta(ge=1, le=5)]
"""1 a willing partner, 3 a stubborn one, 5 one who gives way only to steady skill."""
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Domain(StrEnum):
    WORK = "work"
    FAMILY = "family"
    SOCIAL = "social"
    SERVICES = "services"


class Manner(StrEnum):
    """Conversational style of the partner (after Patient-Psi, Wang et al. 2024)."""

    PLAIN = "plain"
    UPSET = "upset"
    TALKATIVE = "talkative"
    RESERVED = "reserved"
    EVASIVE = "evasive"
    PLEASING = "pleasing"


class Gives(StrEnum):
    """How far the partner can go at best."""

    FULL = "full"
    HALF = "half"
    NOTHING = "nothing"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    NEUTRAL = "neutral"


class Age(StrEnum):
    CHILD = "child"
    YOUNG = "young"
    ADULT = "adult"
    OLD = "old"


class VoiceWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the partner should sound like; the nearest voice of the pipeline is chosen."""

    sex: Sex = Sex.NEUTRAL
    age: Age = Age.ADULT
    language: str = "en-us"
    """BCP 47, lower case."""
    rate: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    """Speech rate relative to the voice's own."""
    pitch: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    """Mean pitch relative to the voice's own."""


class Trigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the learner can say that moves this partner more than others."""

    what: Text
    """For people: `being thanked for the cooking`."""
    cues: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    """Words or phrases, any of which shows it; whole words, any inflection."""


class PartnerLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One authored line of the partner. Slots: {name}, {topic}, {request}; see `Slots`."""

    say: SpokenLine
    move: Move
    to: tuple[Act, ...] = ()
    """Acts of the learner that it answers; empty: any that its move fits."""
    stance: tuple[StanceBand, ...] = ()
    """Bands in which it can be said; empty: all that its move fits."""
    about: tuple[str, ...] = ()
    """Topics (keys of `topics`) that it speaks of: preferred when the learner's words touch one."""
    needs: tuple[str, ...] = ()
    """Topics that must have come up in the talk before it makes sense."""


class Partner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The simulated person."""

    name: Text
    relationship: Text
    """To the learner: `your roommate of eight months`."""
    persona: Text
    manner: Manner = Manner.PLAIN
    wants: Text
    hidden_concern: Text
    """What they fear or need and do not say at first."""
    beliefs: tuple[Text, ...] = ()
    bottom_line: Text
    gives: Gives = Gives.FULL
    moves: Annotated[tuple[Move, ...], msgspec.Meta(min_length=2)]
    """Habits under pressure, favourite first."""
    starts: PartnerEmotion = PartnerEmotion.CALM
    softened_by: tuple[Trigger, ...] = ()
    hardened_by: tuple[Trigger, ...] = ()
    voice: VoiceWish = VoiceWish()


class Learner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the learner knows and wants."""

    facts: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    """Observable; advice never goes beyond them."""
    goal: Text
    fear: str = ""


class Slots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that the shared lines put in; each fits the sentence shown."""

    topic: Text
    """`This is about {topic} again?` — a noun phrase: the dishes."""
    request: Text
    """`You want me to {request}.` — a verb phrase: wash up the same evening."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One situation."""

    schema: Literal[1]
    id: Slug
    """The same as the file's name without `.yaml`."""
    title: Text
    domain: Domain
    difficulty: Difficulty
    summary: Text
    """Two or three sentences to the learner: what happened and why it matters."""
    partner: Partner
    learner: Learner
    opening: SpokenLine
    """The partner's first line."""
    slots: Slots
    topics: dict[str, tuple[Text, ...]] = {}
    """What the talk may touch, each with the words that show it."""
    lines: Annotated[tuple[PartnerLine, ...], msgspec.Meta(min_length=1)]
    practice: tuple[Text, ...] = ()
    """Sentences that a learner may say; they adapt the recognizer's language model."""
    practises: tuple[Skill, ...] = ()
    """Skills that this situation is good for; found by the search."""
    demo: tuple[Text, ...] = ()
    """A synthetic learner's turns for `voice-agent demo`; never part of `practice`."""

    def fits(self, word: str) -> bool:
        """Whether a search word, in lower case, finds it: a difficulty, or part of what can be known before."""
        if word.isdigit():
            return str(self.difficulty) == word
        skills = (skill.full_name for skill in self.practises)
        partner = self.partner
        text = (self.title, self.summary, self.domain.value, partner.name, partner.relationship, self.id, *skills)
        return word in " ".join(text).lower()


class SharedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that any partner can say; {topic} and {request} are filled from the scenario's slots."""

    say: SpokenLine
    move: Move
    to: tuple[Act, ...] = ()
    stance: tuple[StanceBand, ...] = ()
    manner: tuple[Manner, ...] = ()
    """Manners that it suits; empty: all."""


class SharedMoves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`scenarios/shared/moves.yaml`: what every partner can fall back on."""

    schema: Literal[1]
    lines: Annotated[tuple[SharedLine, ...], msgspec.Meta(min_length=1)]
