"""The talk as it stands, folded from its events: the same for a live rehearsal, a resumed one and a replay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from voice_agent.conversation import Exchange, Move, Reading, Stance
from voice_agent.dearman import Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import (
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    DraftRated,
    DraftSent,
    Event,
    Fault,
    LevelMeter,
    PartialTranscript,
    PartnerInterrupted,
    PartnerSentence,
    PartnerSpoke,
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
    TurnTimed,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings


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
    retake_of: int | None = None
    """The turn that the next one replaces."""
    stance_before: dict[int, Stance] = field(default_factory=dict)
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
                self.due = None
                if event.check_in is not None:
                    self.check_ins[event.when] = event.check_in
            case StateChanged():
                self.state = event.state
            case SkillDeclared():
                self.declared = event.skill
            case TurnHeard():
                self.turn, self.pending, self.reading = event.turn, event, None
                self.declared = self.retake_of = None
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
            case SessionEnded():
                self.ended = event
            case (
                SessionStarted()
                | SessionResumed()
                | LevelMeter()
                | PartialTranscript()
                | PartnerSentence()
                | PartnerInterrupted()
                | TurnTimed()
                | VoiceCommandHeard()
                | Fault()
            ):
                pass
            case _:
                assert_never(event)

    def _partner_spoke(self, event: PartnerSpoke) -> None:
        said = self.pending.text if self.pending and self.pending.turn == event.turn else ""
        reading = self.reading if self.pending and self.pending.turn == event.turn else None
        self.exchanges.append(
            Exchange(turn=event.turn, said=said, reading=reading, answer=event.text, move=event.move)
        )
        if event.intended:
            self.already_said.add(event.intended)
        self.pending = self.reading = None

    def _withdraw(self, event: TurnWithdrawn) -> None:
        self.exchanges = [exchange for exchange in self.exchanges if exchange.turn != event.turn]
        self.stance = event.stance
        self.stance_before.pop(event.turn, None)
        if self.pending and self.pending.turn == event.turn:
            self.pending = self.reading = None
        self.draft = None
        if event.why is not Withdrawal.WENT_ON:
            self.retake_of = event.turn


def new_talk(started: SessionStarted, stance: Stance) -> Talk:
    return Talk(scenario=started.scenario, settings=started.settings, seed=started.seed, stance=stance)
