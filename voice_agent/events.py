"""What happens in a rehearsal: the one stream that fronts, the store and the tests all see.

Events are past participles and plain data. `Stamped` carries an event with its place and times. The JSON is
derived from these classes by msgspec;
`Stamped.schema` grows when a reader of the old form would fail.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from voice_agent.conversation import Move, Reading, Stance, Word
from voice_agent.dearman import Skill
from voice_agent.emotions import CheckIn
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings


class TalkState(StrEnum):
    """What the program is doing now, as the learner would say it."""

    CHECK_IN = "check_in"
    LISTENING = "listening"
    HEARING = "hearing"
    THINKING = "thinking"
    DRAFT = "draft"
    SPEAKING = "speaking"
    PAUSED = "paused"
    ENDED = "ended"


class CheckInTime(StrEnum):
    START = "start"
    END = "end"


class EndReason(StrEnum):
    LEARNER = "learner"
    PARTNER = "partner"
    GAVE_UP = "gave_up"
    MICROPHONE_ENDED = "microphone_ended"
    FAULT = "fault"


class Withdrawal(StrEnum):
    """Why a turn does not count."""

    RETAKE = "retake"
    """The learner took it back."""
    DROPPED = "dropped"
    """Gate: the draft was not sent."""
    WENT_ON = "went_on"
    """The learner went on before the answer was audible; the next turn holds its words too."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    pass


class SessionStarted(_Event, frozen=True, kw_only=True, tag=True):
    scenario: Scenario
    """A copy: the file may change later."""
    settings: Settings
    pipeline: str
    engines: dict[str, str]
    """Stage and the engine that runs it; `voice` names the voice."""
    microphone: str
    speaker: str
    seed: int
    program: str
    """Version of the program."""


class SessionResumed(_Event, frozen=True, kw_only=True, tag=True):
    engines: dict[str, str]
    microphone: str
    speaker: str


class SettingsChanged(_Event, frozen=True, kw_only=True, tag=True):
    settings: Settings


class CheckInDue(_Event, frozen=True, kw_only=True, tag=True):
    when: CheckInTime


class CheckInRecorded(_Event, frozen=True, kw_only=True, tag=True):
    when: CheckInTime
    check_in: CheckIn | None
    """None when it was skipped."""


class StateChanged(_Event, frozen=True, kw_only=True, tag=True):
    state: TalkState
    turn: int


class LevelMeter(_Event, frozen=True, kw_only=True, tag=True):
    """Ten a second; not stored."""

    rms_dbfs: float
    peak_dbfs: float


class PartialTranscript(_Event, frozen=True, kw_only=True, tag=True):
    """Words so far, while the learner speaks; not stored."""

    turn: int
    text: str


class SkillDeclared(_Event, frozen=True, kw_only=True, tag=True):
    turn: int
    """The turn that it is for."""
    skill: Skill | None


class TurnHeard(_Event, frozen=True, kw_only=True, tag=True):
    """The learner's turn is over and its words are final."""

    turn: int
    text: str
    """As recognised or typed; empty when the learner stayed silent."""
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    audio: tuple[int, int] | None = None
    """[start, stop) in samples of the 16 kHz microphone stream; None when typed."""
    speech_ended_at_s: float | None = None
    declared: Skill | None = None
    retake_of: int | None = None
    """The turn that this one replaces."""


class DraftRated(_Event, frozen=True, kw_only=True, tag=True):
    """Gate: the turn was rated and waits for "send" or "again"; the partner has not heard it."""

    turn: int
    reading: Reading


class DraftSent(_Event, frozen=True, kw_only=True, tag=True):
    turn: int


class TurnRated(_Event, frozen=True, kw_only=True, tag=True):
    turn: int
    reading: Reading


class StanceChanged(_Event, frozen=True, kw_only=True, tag=True):
    turn: int
    before: Stance
    after: Stance
    why: tuple[str, ...]
    """What moved it, largest first, in words."""


class PartnerSentence(_Event, frozen=True, kw_only=True, tag=True):
    """A sentence of the partner began to sound (or was shown, where there is no voice)."""

    turn: int
    index: int
    text: str
    audio_began_at_s: float | None = None


class PartnerInterrupted(_Event, frozen=True, kw_only=True, tag=True):
    turn: int
    heard: str
    """What was audible of the reply up to here."""


class PartnerSpoke(_Event, frozen=True, kw_only=True, tag=True):
    """The partner's answer to a turn is over; one for each turn that is answered."""

    turn: int
    text: str
    """Only what was heard."""
    intended: str
    """The whole reply as far as it was made; no partner says it again."""
    move: Move | None
    complete: bool


class TurnWithdrawn(_Event, frozen=True, kw_only=True, tag=True):
    """A turn and its answer no longer count; they stay in the session."""

    turn: int
    why: Withdrawal
    stance: Stance
    """The stance that holds again."""


class TurnTimed(_Event, frozen=True, kw_only=True, tag=True):
    """Where the time went between the learner's last sound and the partner's first, in seconds."""

    turn: int
    committed_s: float | None = None
    """End of speech to committed end of turn; None when typed."""
    words_s: float | None = None
    """Committed end to final words."""
    rated_s: float | None = None
    """Final words to rating."""
    reply_text_s: float | None = None
    """Rating to the first text of the reply."""
    first_sample_s: float | None = None
    """Committed end (or typed line) to the first sample handed to the speaker."""


class VoiceCommandHeard(_Event, frozen=True, kw_only=True, tag=True):
    """A spoken command was understood; it is no turn of the talk."""

    command: str


class Fault(_Event, frozen=True, kw_only=True, tag=True):
    """Something failed or will; one line each."""

    component: str
    category: str
    happened: str
    done: str = ""
    """What the program did about it."""
    cure: str = ""
    """What the user can do."""


class SessionEnded(_Event, frozen=True, kw_only=True, tag=True):
    reason: EndReason
    outcome: Move | None = None
    """The partner's closing move, where there was one."""


Event = (
    SessionStarted
    | SessionResumed
    | SettingsChanged
    | CheckInDue
    | CheckInRecorded
    | StateChanged
    | LevelMeter
    | PartialTranscript
    | SkillDeclared
    | TurnHeard
    | DraftRated
    | DraftSent
    | TurnRated
    | StanceChanged
    | PartnerSentence
    | PartnerInterrupted
    | PartnerSpoke
    | TurnWithdrawn
    | TurnTimed
    | VoiceCommandHeard
    | Fault
    | SessionEnded
)

UNSTORED = (LevelMeter, PartialTranscript)
"""They come many times a second and mean nothing afterwards."""


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """An event in its place."""

    schema: Literal[1] = 1
    session: str
    seq: int
    """Place in the stored stream, from 0, without gaps; an unstored event repeats the last place."""
    at_s: float
    """Seconds since the rehearsal (or its resumption) began, by the injected clock."""
    wall: datetime
    event: Event


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Stamped)


def to_json(stamped: Stamped) -> bytes:
    """One line of JSON without a line break."""
    return _encoder.encode(stamped)


def from_json(line: bytes | str) -> Stamped:
    """Raises msgspec.ValidationError naming the field, or msgspec.DecodeError for broken JSON."""
    return _decoder.decode(line)
