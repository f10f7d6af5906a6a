"""What is noted in a trial: append-only, past participles, plain data. No names and no free text."""

from __future__ import annotations

from datetime import datetime

import msgspec

from voice_agent.dearman import Level, Skill
from voice_agent.events import EndReason
from voice_agent.study.protocol import Study


class _Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="record"):
    pass


class Opened(_Record, frozen=True, kw_only=True, tag=True):
    """The first participant is about to be enrolled: from here on the protocol stands."""

    study: Study
    seed: str
    """Secret until the export: the arms follow from it."""
    seal: str
    """SHA-256 of the seed, which may be published at once."""
    program: str
    simulated: bool = False
    """Participants are drawn by a program: a check of the analysis, no evidence."""
    truth: dict[str, float] = {}
    """Simulated studies: population effects that were set, by `arm/measure/contrast`."""


class ProtocolRevised(_Record, frozen=True, kw_only=True, tag=True):
    """Title, thanks or a new version of the consent text."""

    study: Study


class Enrolled(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    site: str
    strata: dict[str, str] = {}


class ConsentAnswered(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    version: str
    given: bool


class Randomised(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    arm: str
    stratum: str
    place: int
    """In the stratum's list, from 0."""


class Answered(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    step: str
    item: str
    value: int | None
    """None when it was skipped."""


class RehearsalBegun(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    step: str
    session: str


class RehearsalEnded(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    step: str
    reason: EndReason


class CareEnded(_Record, frozen=True, kw_only=True, tag=True):
    """A person has looked after the participant, and the trial may go on for them."""

    code: str


class Withdrawn(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    data_deleted: bool
    """Answers, ratings and rehearsals are gone; that they took part, and in which arm, stays for the count."""


class TurnRatedByExpert(_Record, frozen=True, kw_only=True, tag=True):
    code: str
    session: str
    turn: int
    rater: str
    levels: dict[Skill, Level]


Record = (
    Opened
    | ProtocolRevised
    | Enrolled
    | ConsentAnswered
    | Randomised
    | Answered
    | RehearsalBegun
    | RehearsalEnded
    | CareEnded
    | Withdrawn
    | TurnRatedByExpert
)


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A record in its place."""

    seq: int
    at: datetime
    record: Record


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def record_to_json(record: Record) -> str:
    return _encoder.encode(record).decode()


def record_from_json(body: str) -> Record:
    """Raises msgspec.MsgspecError."""
    return _decoder.decode(body)
