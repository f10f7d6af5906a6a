"""The talk as it stands, folded from its events: the same for a live rehearsal, a resumed one and a replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from voice_agent.advice import Advice
from voice_agent.candidate import Candidate
from voice_agent.conversation import Exchange, Move, Reading, Stance
from voice_agent.dearman import Ratings, Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import (
    AdviceArriving,
    AdviceGiven,
    BreathPaced,
    CheckInAnswerHeard,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    CoachWhispered,
    CrisisNoticed,
    DistressNoticed,
    DraftRated,
    DraftSent,
    Event,
    Fault,
    HelpOffered,
    LevelMeter,
    LookedAhead,
    MomentMarked,
    NextMoveChosen,
    PartialTranscript,
    PartnerInterrupted,
    PartnerSentence,
    PartnerSpoke,
    PlanMade,
    ProsodyMeasured,
    RatingCorrected,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    SkillDeclared,
    StanceChanged,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnTimed,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)
from voice_agent.prosody import ProsodyNote
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A turn that was taken back, as long as that can be undone."""

    turn: int
    exchange: Exchange | None
    pending: TurnHeard | None
    reading: Reading | None
    was_draft: bool
    stance: Stance
    """With the turn."""
    stance_before: Stance | None


@dataclass(slots=True)
class Talk:
    """Changes only by `apply`."""

    scenario: Scenario
    settings: Settings
    seed: int
    stance: Stance
    state: TalkState = TalkState.CHECK_IN
    exchanges: list[Exchange] = field(default_factory=list)
    """What partner and learner have heard of each other, without turns taken back."""
    already_said: set[str] = field(default_factory=set)
    check_ins: dict[CheckInTime, CheckIn] = field(default_factory=dict)
    due: CheckInTime | None = None
    turn: int = 0
    """The last turn's id; 0 is the partner's opening."""
    pending: TurnHeard | None = None
    """A turn of the learner that is not yet answered."""
    reading: Reading | None = None
    """Of the pending turn."""
    draft: int | None = None
    """Gate: the turn that waits to be sent."""
    declared: Skill | None = None
    """For the next turn."""
    meant: Skill | None = None
    """What was declared for the last turn."""
    retake_of: int | None = None
    """The turn that the next one replaces."""
    stance_before: dict[int, Stance] = field(default_factory=dict)
    advice: Advice | None = None
    """The coach's last suggestion, and the turn that it was for."""
    advised_turn: int = 0
    sounded: tuple[ProsodyNote, ...] = ()
    """How the last turn sounded."""
    candidates: tuple[Candidate, ...] = ()
    """Wordings that were tried for the next turn."""
    turns_since_check_in: int = 0
    plan: dict[Skill, str] = field(default_factory=dict)
    next_move: Move | None = None
    """Chosen by a coach at the table for the partner's next answer."""
    taken_back: TakenBack | None = None
    """The last turn that was taken back, until the next one."""
    ended: SessionEnded | None = None

    @property
    def partner_line(self) -> str:
        """What the partner said last, as heard."""
        return self.exchanges[-1].answer if self.exchanges else ""

    @property
    def said_before(self) -> tuple[str, ...]:
        """The learner's turns that the partner heard."""
        return tuple(exchange.said for exchange in self.exchanges if exchange.said)

    @property
    def heard_before(self) -> tuple[str, ...]:
        """The partner's lines before the last one."""
        return tuple(exchange.answer for exchange in self.exchanges[:-1])

    @property
    def last_reading(self) -> Reading | None:
        """Of the learner's last turn that has one."""
        if self.reading is not None:
            return self.reading
        return next((one.reading for one in reversed(self.exchanges) if one.reading is not None), None)

    @property
    def partner_moves(self) -> tuple[Move | None, ...]:
        return tuple(exchange.move for exchange in self.exchanges)

    def apply(self, event: Event) -> None:
        """Move on by one event."""
        match event:
            case SettingsChanged():
                self.settings = event.settings
            case CheckInDue():
                self.due = event.when
            case CheckInRecorded():
                self.due, self.turns_since_check_in = None, 0
                if event.check_in is not None:
                    self.check_ins[event.when] = event.check_in
            case StateChanged():
                self.state = event.state
            case SkillDeclared():
                self.declared = event.skill
            case TurnHeard():
                self.turn, self.pending, self.reading = event.turn, event, None
                self.taken_back, self.candidates = None, ()
                self.meant, self.declared = event.declared, None
                self.retake_of, self.sounded = None, ()
            case DraftRated():
                self.reading, self.draft = event.reading, event.turn
            case DraftSent():
                self.draft = None
            case TurnRated():
                self.reading = event.reading
            case StanceChanged():
                self.stance_before.setdefault(event.turn, event.before)
                self.stance = event.after
            case PartnerSpoke():
                self._partner_spoke(event)
            case TurnWithdrawn():
                self._withdraw(event)
            case TurnRestored():
                self._restore(event)
            case PlanMade():
                self.plan = dict(event.notes)
            case NextMoveChosen():
                self.next_move = event.move
            case RatingCorrected():
                self._correct(event)
            case AdviceGiven():
                self.advice, self.advised_turn = event.advice, event.turn
            case ProsodyMeasured():
                self.sounded = event.notes
            case LookedAhead():
                self.candidates = event.candidates
            case DistressNoticed():
                self.turns_since_check_in = max(self.turns_since_check_in, self.settings.check_in_every)
            case SessionEnded():
                self.ended = event
            case (
                SessionStarted()
                | SessionResumed()
                | LevelMeter()
                | PartialTranscript()
                | CheckInAnswerHeard()
                | CheckInAsked()
                | BreathPaced()
                | CoachWhispered()
                | MomentMarked()
                | PartnerSentence()
                | PartnerInterrupted()
                | TurnTimed()
                | VoiceCommandHeard()
                | Fault()
                | AdviceArriving()
                | HelpOffered()
                | CrisisNoticed()
            ):
                pass
            case _:
                assert_never(event)

    def _partner_spoke(self, event: PartnerSpoke) -> None:
        said = self.pending.text if self.pending and self.pending.turn == event.turn else ""
        reading = self.reading if self.pending and self.pending.turn == event.turn else None
        self.exchanges.append(
            Exchange(
                turn=event.turn,
                said=said,
                reading=reading,
                answer=event.text,
                move=event.move,
                was_cut=not event.complete,
            )
        )
        self.turns_since_check_in += bool(said)
        if said:
            self.next_move = None
        if event.intended:
            self.already_said.add(event.intended)
        self.pending = self.reading = None

    def _restore(self, event: TurnRestored) -> None:
        back, self.taken_back = self.taken_back, None
        if back is None or back.turn != event.turn:
            return
        if back.exchange is not None:
            self.exchanges.append(back.exchange)
        self.pending, self.reading = back.pending, back.reading
        self.draft = back.turn if back.was_draft else None
        self.stance, self.retake_of = event.stance, None
        if back.stance_before is not None:
            self.stance_before[back.turn] = back.stance_before

    def _correct(self, event: RatingCorrected) -> None:
        self.exchanges = [
            msgspec.structs.replace(one, reading=_corrected(one.reading, event))
            if one.turn == event.turn and one.reading is not None
            else one
            for one in self.exchanges
        ]
        if self.pending is not None and self.pending.turn == event.turn and self.reading is not None:
            self.reading = _corrected(self.reading, event)

    def _withdraw(self, event: TurnWithdrawn) -> None:
        of_turn = self.pending is not None and self.pending.turn == event.turn
        self.taken_back, self.candidates = None, ()
        if event.why is not Withdrawal.WENT_ON:
            self.taken_back = TakenBack(
                turn=event.turn,
                exchange=next((one for one in self.exchanges if one.turn == event.turn), None),
                pending=self.pending if of_turn else None,
                reading=self.reading if of_turn else None,
                was_draft=self.draft == event.turn,
                stance=self.stance,
                stance_before=self.stance_before.get(event.turn),
            )
        self.exchanges = [exchange for exchange in self.exchanges if exchange.turn != event.turn]
        self.stance = event.stance
        self.stance_before.pop(event.turn, None)
        if self.pending and self.pending.turn == event.turn:
            self.pending = self.reading = None
        self.draft = None
        if event.why is not Withdrawal.WENT_ON:
            self.retake_of = event.turn


def _corrected(reading: Reading, event: RatingCorrected) -> Reading:
    levels = {skill: reading.ratings.level(skill) for skill in Skill} | {event.skill: event.level}
    return msgspec.structs.replace(reading, ratings=Ratings.from_levels(levels))


def new_talk(started: SessionStarted, stance: Stance) -> Talk:
    return Talk(scenario=started.scenario, settings=started.settings, seed=started.seed, stance=stance)
