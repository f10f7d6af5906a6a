"""What a talk is made of: words, turns, acts, stance, and the moment in which the partner answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from voice_agent.dearman import Ratings, Skill


class Word(msgspec.Struct, frozen=True):
    """One recognised word."""

    text: str
    start_s: float
    """Seconds from the start of the turn's audio."""
    end_s: float
    confidence: float | None = None
    """Probability in [0, 1]; None where the engine gives none."""


class Transcript(msgspec.Struct, frozen=True):
    """What a recognizer heard in one turn; empty text when it heard no words."""

    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    """Mean word probability in [0, 1]; None where the engine gives none."""


class Act(StrEnum):
    """What the learner's turn does in the talk; a turn may do several things, most important first."""

    DESCRIBE = "describe"
    EXPRESS = "express"
    REQUEST = "request"
    REFUSE = "refuse"
    OFFER = "offer"
    REINFORCE = "reinforce"
    THANKS = "thanks"
    QUESTION = "question"
    ANSWER = "answer"
    AGREE = "agree"
    CONCEDE = "concede"
    APOLOGY = "apology"
    ATTACK = "attack"
    THREAT = "threat"
    ACKNOWLEDGE = "acknowledge"
    LISTEN = "listen"
    SMALL_TALK = "small_talk"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    SILENCE = "silence"
    UNCLEAR = "unclear"
    ASKS_IF_REAL = "asks_if_real"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a rater makes of one turn: how well, what it does, and what would help next."""

    ratings: Ratings
    acts: tuple[Act, ...]
    """At least one; the first is what the partner reacts to."""
    next_skill: Skill
    rater: str
    """Name and version of the engine that read the turn."""


class PartnerEmotion(StrEnum):
    CALM = "calm"
    WARY = "wary"
    IRRITATED = "irritated"
    ANGRY = "angry"
    HURT = "hurt"
    RELIEVED = "relieved"
    WARM = "warm"


class StanceBand(StrEnum):
    HARD = "hard"
    WARY = "wary"
    SOFT = "soft"


class Stance(msgspec.Struct, frozen=True):
    """How far the partner is from giving way, and in what mood."""

    resistance: Annotated[float, msgspec.Meta(ge=0, le=10)]
    """0 won over, 10 shut."""
    emotion: PartnerEmotion = PartnerEmotion.CALM

    @property
    def band(self) -> StanceBand:
        """Hard from 6.5 up, soft below 3.5."""
        if self.resistance >= 6.5:
            return StanceBand.HARD
        return StanceBand.WARY if self.resistance >= 3.5 else StanceBand.SOFT


class Move(StrEnum):
    """What a partner's line does. The first group is a character's habit, the rest answers the moment."""

    DEFLECT = "deflect"
    MINIMISE = "minimise"
    GUILT_TRIP = "guilt_trip"
    COUNTER_ATTACK = "counter_attack"
    STONEWALL = "stonewall"
    BARGAIN = "bargain"
    REFUSE = "refuse"
    ASK_BACK = "ask_back"
    ACKNOWLEDGE = "acknowledge"
    OPEN_UP = "open_up"
    ANSWER = "answer"
    HALF_AGREE = "half_agree"
    AGREE = "agree"
    SETTLE = "settle"
    ON_ATTACK = "on_attack"
    ON_THREAT = "on_threat"
    ON_APOLOGY = "on_apology"
    ON_SILENCE = "on_silence"
    ON_UNCLEAR = "on_unclear"
    ON_SMALL_TALK = "on_small_talk"
    ON_THANKS = "on_thanks"
    ON_OFFER = "on_offer"
    ON_REPEAT = "on_repeat"
    ON_CONCESSION = "on_concession"
    ON_REINFORCE = "on_reinforce"
    ON_REAL = "on_real"
    CLOSE_AGREED = "close_agreed"
    CLOSE_HALF = "close_half"
    CLOSE_REFUSED = "close_refused"
    CLOSE_HURT = "close_hurt"
    OPENING = "opening"

    @property
    def closes(self) -> bool:
        """Whether the partner ends the talk with it."""
        return self.value.startswith("close_")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the learner that the partner heard, and what the learner heard in answer."""

    turn: int
    said: str
    reading: Reading | None
    answer: str
    """Only what was audible: an interrupted line ends where playback stopped."""
    move: Move | None = None
    """None where the partner's engine does not tell."""
    was_cut: bool = False
    """The learner broke in, and the rest of the answer was not heard."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """All that a partner may look at when it answers."""

    said: str
    """The learner's words; empty for a silence."""
    reading: Reading
    stance: Stance
    """After this turn has moved it."""
    history: tuple[Exchange, ...]
    """Oldest first, without turns taken back."""
    already_said: frozenset[str]
    """Every line the partner has spoken in this session, retaken turns included."""
    difficulty: Annotated[int, msgspec.Meta(ge=1, le=5)]
    seed: int
    """The same session and turn give the same seed, so that a talk can be replayed."""
    wanted_move: Move | None = None
    """What a coach at the table wants the partner to do now."""


class ReplyPart(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the partner's answer as it is being made."""

    text: str
    move: Move | None = None
