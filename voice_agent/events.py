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

from voice_agent.advice import Advice, Intent
from voice_agent.candidate import Candidate
from voice_agent.care import CrisisKind
from voice_agent.conversation import Move, Reading, Stance, Word
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn, CheckInForm
from voice_agent.prosody import Prosody, ProsodyNote
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings
from voice_agent.text import sentence


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
    BETWEEN = "between"
    """After some turns, or when something sounded hard; the talk goes on afterwards."""
    END = "end"


class EndReason(StrEnum):
    LEARNER = "learner"
    PARTNER = "partner"
    GAVE_UP = "gave_up"
    MICROPHONE_ENDED = "microphone_ended"
    FAULT = "fault"
    TURNS = "turns"
    """As many turns as were wanted are taken."""
    CARE = "care"
    """Something was said that a practice program must not play with."""


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
    hosts: dict[str, str] = {}
    """Stages whose words or audio leave this machine, and the host they go to."""
    microphone: str
    speaker: str
    seed: int
    program: str
    """Version of the program."""


class SessionResumed(_Event, frozen=True, kw_only=True, tag=True):
    engines: dict[str, str]
    hosts: dict[str, str] = {}
    microphone: str
    speaker: str


class SettingsChanged(_Event, frozen=True, kw_only=True, tag=True):
    settings: Settings


class CheckInDue(_Event, frozen=True, kw_only=True, tag=True):
    when: CheckInTime
    form: CheckInForm = CheckInForm.EVERYDAY


class CheckInRecorded(_Event, frozen=True, kw_only=True, tag=True):
    when: CheckInTime
    check_in: CheckIn | None
    """None when it was skipped."""


class CheckInAnswerHeard(_Event, frozen=True, kw_only=True, tag=True):
    """Something was said while a check-in was open: it is taken for an answer to the question that stands."""

    text: str


class CheckInAsked(_Event, frozen=True, kw_only=True, tag=True):
    """The question of the check-in that stands now; not stored."""

    question: str
    slip: str = ""
    """Why the last answer was not understood."""
    highest: int = 100
    """The greatest number that answers it."""
    asks_feelings: bool = False
    """Whether feelings with numbers are wanted, else a number."""


class PlanMade(_Event, frozen=True, kw_only=True, tag=True):
    """The learner's notes for what to say, kept in view."""

    notes: dict[Skill, str]
    levels: dict[Skill, Level]
    """How each note would be rated on its own skill; empty until that is known."""


class BreathPaced(_Event, frozen=True, kw_only=True, tag=True):
    """One second of paced breathing; not stored."""

    is_in: bool
    """Breathe in, else out."""
    count: int
    """From 1 to `of`."""
    of: int
    left_s: int
    """Seconds to go; 0 when it is over."""


class CoachWhispered(_Event, frozen=True, kw_only=True, tag=True):
    """A hint of a coach at the table; never spoken, never told to the partner."""

    text: str


class MomentMarked(_Event, frozen=True, kw_only=True, tag=True):
    turn: int
    note: str


class RatingCorrected(_Event, frozen=True, kw_only=True, tag=True):
    """A coach at the table rated a skill of a turn otherwise; the rater's own reading stays beside it."""

    turn: int
    skill: Skill
    level: Level


class NextMoveChosen(_Event, frozen=True, kw_only=True, tag=True):
    """What the partner is to do next; None: as it likes."""

    move: Move | None


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


class AdviceArriving(_Event, frozen=True, kw_only=True, tag=True):
    """Advice as far as it has come, while an LLM writes it; not stored."""

    turn: int
    advice: Advice


class AdviceGiven(_Event, frozen=True, kw_only=True, tag=True):
    """The coach's one suggestion for a turn. A later one for the same turn replaces it."""

    turn: int
    advice: Advice
    intent: Intent | None = None
    """The skill that was declared for this turn, and how it went."""


class LookedAhead(_Event, frozen=True, kw_only=True, tag=True):
    """Wordings were tried on the partner; none was said, and nothing of the talk has changed."""

    turn: int
    """The turn that they are for."""
    candidates: tuple[Candidate, ...]


class ProsodyMeasured(_Event, frozen=True, kw_only=True, tag=True):
    """How a spoken turn sounded; beside the ratings, never in them."""

    turn: int
    prosody: Prosody | None
    """None where there was too little sound."""
    notes: tuple[ProsodyNote, ...]


class DistressNoticed(_Event, frozen=True, kw_only=True, tag=True):
    """Something sounded hard for the learner: the fronts offer a pause, a breath, an easier partner."""

    turn: int
    words: str
    """The learner's own words that showed it, or the feeling that was told."""


class HelpOffered(_Event, frozen=True, kw_only=True, tag=True):
    """The learner has said nothing for long, and the partner's word did not help: the fronts offer words to say (not
    to those who get no feedback), a breath, a pause. Once for each silence.
    """

    turn: int
    """The last one."""
    silent_s: float
    """Since the partner's last word."""


class CrisisNoticed(_Event, frozen=True, kw_only=True, tag=True):
    """The role-play ends here; the partner does not answer."""

    turn: int
    crisis: CrisisKind
    message: str
    help_lines: tuple[str, ...]


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


class TurnRestored(_Event, frozen=True, kw_only=True, tag=True):
    """Taking a turn back was undone: it counts again."""

    turn: int
    stance: Stance


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
    replies_ahead: int = 0
    """Replies that were begun before the turn was surely over."""
    was_ahead: bool = False
    """Whether the one that was heard is among them."""


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

    @property
    def line(self) -> str:
        """All of it, as sentences."""
        return " ".join(sentence(part) for part in (self.happened, self.done, self.cure) if part)


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
    | CheckInAnswerHeard
    | CheckInAsked
    | PlanMade
    | BreathPaced
    | CoachWhispered
    | MomentMarked
    | RatingCorrected
    | NextMoveChosen
    | StateChanged
    | LevelMeter
    | PartialTranscript
    | SkillDeclared
    | TurnHeard
    | DraftRated
    | DraftSent
    | TurnRated
    | AdviceArriving
    | AdviceGiven
    | LookedAhead
    | ProsodyMeasured
    | DistressNoticed
    | HelpOffered
    | CrisisNoticed
    | StanceChanged
    | PartnerSentence
    | PartnerInterrupted
    | PartnerSpoke
    | TurnWithdrawn
    | TurnRestored
    | TurnTimed
    | VoiceCommandHeard
    | Fault
    | SessionEnded
)

UNSTORED = (LevelMeter, PartialTranscript, AdviceArriving, CheckInAsked, BreathPaced)
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
