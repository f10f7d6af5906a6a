"""Where each participant stands, folded from the trial's records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from voice_agent.dearman import Level, Skill
from voice_agent.events import EndReason
from voice_agent.study.protocol import Study
from voice_agent.study.questionnaire import items_of
from voice_agent.study.records import (
    Answered,
    CareEnded,
    ConsentAnswered,
    Enrolled,
    Noted,
    Opened,
    ProtocolRevised,
    Randomised,
    RehearsalBegun,
    RehearsalEnded,
    TurnRatedByExpert,
    Withdrawn,
)
from voice_agent.study.steps import AskConsent, Questionnaire, Randomise, Rehearse, Step, steps_of


@dataclass(slots=True)
class Participant:
    code: str
    site: str
    strata: dict[str, str]
    enrolled: datetime
    consent: ConsentAnswered | None = None
    arm: str | None = None
    """Only from randomisation on."""
    randomised: datetime | None = None
    answers: dict[str, dict[str, int | None]] = field(default_factory=dict)
    """By step and item; None was skipped, an absent item was not reached."""
    answered_at: dict[str, datetime] = field(default_factory=dict)
    """When the last answer of a step came."""
    sessions: dict[str, str] = field(default_factory=dict)
    """Step and the rehearsal that was begun for it."""
    ended: dict[str, EndReason] = field(default_factory=dict)
    withdrawn: Withdrawn | None = None
    withdrawn_at: datetime | None = None
    needs_care: bool = False
    """A rehearsal was stopped for care's sake, and nobody has said yet that the trial may go on."""

    @property
    def has_refused(self) -> bool:
        return self.consent is not None and not self.consent.given

    def next_step(self, study: Study) -> Step | None:
        """None when all is done, or nothing more is to be done."""
        if self.withdrawn is not None or self.has_refused:
            return None
        return next((step for step in steps_of(study) if not self.has_done(step, study)), None)

    def has_done(self, step: Step, study: Study) -> bool:
        match step:
            case AskConsent():
                return self.consent is not None and self.consent.given
            case Randomise():
                return self.arm is not None
            case Questionnaire():
                return len(self.answers.get(step.id, {})) >= len(items_of(study.measures))
            case Rehearse():
                return step.id in self.ended

    def state(self, study: Study) -> str:
        """In words, without the arm."""
        if self.withdrawn is not None:
            return "withdrawn, data deleted" if self.withdrawn.data_deleted else "withdrawn"
        if self.has_refused:
            return "consent refused"
        if self.needs_care:
            return "stopped for care's sake: look after them first"
        step = self.next_step(study)
        if step is None:
            return "finished"
        return "not begun" if self.consent is None else f"next: {step.id}"


@dataclass(slots=True)
class TrialState:
    """Everything that the records say."""

    opened: Opened | None = None
    study: Study | None = None
    participants: dict[str, Participant] = field(default_factory=dict)
    ratings: dict[tuple[str, int], dict[str, dict[Skill, Level]]] = field(default_factory=dict)
    """By session and turn, then by rater: the last rating of each stands."""
    places: dict[str, int] = field(default_factory=dict)
    """How many arms of each stratum's list are given."""


def state_of(noted: Iterable[Noted]) -> TrialState:
    state = TrialState()
    for one in noted:
        _apply(state, one)
    return state


def _apply(state: TrialState, noted: Noted) -> None:
    record = noted.record
    match record:
        case Opened():
            state.opened, state.study = record, record.study
        case ProtocolRevised():
            state.study = record.study
        case Enrolled():
            state.participants[record.code] = Participant(record.code, record.site, record.strata, noted.at)
        case _:
            _apply_to(state, state.participants[record.code], noted)


def _apply_to(state: TrialState, participant: Participant, noted: Noted) -> None:
    record = noted.record
    match record:
        case ConsentAnswered():
            participant.consent = record
        case Randomised():
            participant.arm, participant.randomised = record.arm, noted.at
            state.places[record.stratum] = max(state.places.get(record.stratum, 0), record.place + 1)
        case Answered():
            participant.answers.setdefault(record.step, {})[record.item] = record.value
            participant.answered_at[record.step] = noted.at
        case RehearsalBegun():
            participant.sessions[record.step] = record.session
        case RehearsalEnded():
            participant.ended[record.step] = record.reason
            participant.needs_care = participant.needs_care or record.reason is EndReason.CARE
        case CareEnded():
            participant.needs_care = False
        case Withdrawn():
            participant.withdrawn, participant.withdrawn_at = record, noted.at
        case TurnRatedByExpert():
            state.ratings.setdefault((record.session, record.turn), {})[record.rater] = record.levels
        case _:
            pass
