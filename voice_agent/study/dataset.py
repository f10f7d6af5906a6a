"""A trial as tidy rows: one a participant, an answer, a rehearsal, a turn. The rows are the export's format.

Field docstrings become the codebook: what, unit, range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import msgspec

from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError
from voice_agent.sessions.story import Story, Take, story_of
from voice_agent.study.participant import Participant, TrialState
from voice_agent.study.protocol import Phase, Study, When
from voice_agent.study.questionnaire import items_of
from voice_agent.study.steps import Questionnaire, Rehearse, steps_of
from voice_agent.study.trial import Trial

Status = Literal["answered", "skipped", "not_reached"]
SKILLS = tuple(Skill)


class ParticipantRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    site: str
    strata: dict[str, str]
    consented: bool
    consent_version: str | None
    randomised: bool
    arm: str | None
    finished: bool
    withdrawn: bool
    data_deleted: bool
    days: float | None
    """From randomisation to the last answer."""


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    arm: str | None
    visit: int
    occasion: When
    measure: str
    value: int | None
    status: Status


class RehearsalRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    arm: str | None
    visit: int
    phase: Phase
    number: int
    scenario: str
    difficulty: int
    mode: str
    feedback: bool
    turns: int
    retakes: int
    length_s: float
    breaks: int
    reason: str | None
    distress: int


class TurnRow(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    arm: str | None
    visit: int
    phase: Phase
    number: int
    scenario: str
    session: str
    turn: int
    first_try: bool
    stands: bool
    typed: bool
    words: int
    at_s: float
    machine: tuple[int | None, ...]
    """A level for each skill, in the order of `Skill`."""
    experts: tuple[float | None, ...]
    raters: int
    resistance: float | None
    said: str
    partner_line: str


@dataclass(frozen=True, slots=True)
class Dataset:
    study: Study
    simulated: bool
    truth: Mapping[str, float]
    participants: tuple[ParticipantRow, ...]
    answers: tuple[AnswerRow, ...]
    rehearsals: tuple[RehearsalRow, ...]
    turns: tuple[TurnRow, ...]

    @property
    def arm_of(self) -> dict[str, str]:
        """Of everybody who was randomised, whatever they did afterwards."""
        return {row.code: row.arm for row in self.participants if row.arm is not None}


def dataset_of(trial: Trial) -> Dataset:
    """Everything in the trial's store; what is deleted is only counted. Blocking."""
    state = trial.state()
    study = trial.study
    rehearsals: list[RehearsalRow] = []
    turns: list[TurnRow] = []
    known = {one.id for one in trial.store.sessions.summaries()}
    for participant in state.participants.values():
        for step in steps_of(study):
            if not isinstance(step, Rehearse):
                continue
            session = participant.sessions.get(step.id)
            if session is None or session not in known:
                continue
            try:
                story = story_of(trial.store.sessions.events(session))
            except UserError:
                continue  # begun and killed before its first event was whole
            rehearsals.append(_rehearsal_row(participant, step, story))
            turns += _turn_rows(participant, step, story, state)
    return Dataset(
        study=study,
        simulated=state.opened is not None and state.opened.simulated,
        truth=state.opened.truth if state.opened is not None else {},
        participants=tuple(_participant_row(one, study) for one in state.participants.values()),
        answers=tuple(row for one in state.participants.values() for row in _answer_rows(one, study)),
        rehearsals=tuple(rehearsals),
        turns=tuple(turns),
    )


def _participant_row(one: Participant, study: Study) -> ParticipantRow:
    last = max(one.answered_at.values(), default=None)
    return ParticipantRow(
        code=one.code,
        site=one.site,
        strata=one.strata,
        consented=one.consent is not None and one.consent.given,
        consent_version=one.consent.version if one.consent else None,
        randomised=one.arm is not None,
        arm=one.arm,
        finished=one.withdrawn is None and not one.has_refused and one.next_step(study) is None,
        withdrawn=one.withdrawn is not None,
        data_deleted=one.withdrawn is not None and one.withdrawn.data_deleted,
        days=round((last - one.randomised).total_seconds() / 86_400, 3) if last and one.randomised else None,
    )


def _answer_rows(one: Participant, study: Study) -> Iterable[AnswerRow]:
    if one.withdrawn is not None and one.withdrawn.data_deleted:
        return
    for step in steps_of(study):
        if not isinstance(step, Questionnaire):
            continue
        given = one.answers.get(step.id, {})
        for item in items_of(study.measures):
            value = given.get(item.id)
            status: Status = "not_reached" if item.id not in given else "skipped" if value is None else "answered"
            yield AnswerRow(
                code=one.code,
                arm=one.arm,
                visit=step.visit,
                occasion=step.when,
                measure=item.id,
                value=value,
                status=status,
            )


def _rehearsal_row(one: Participant, step: Rehearse, story: Story) -> RehearsalRow:
    return RehearsalRow(
        code=one.code,
        arm=one.arm,
        visit=step.visit,
        phase=step.phase,
        number=int(step.id.rpartition(".")[2]),
        scenario=story.scenario.id,
        difficulty=story.settings.difficulty,
        mode=story.settings.mode.value,
        feedback=step.phase.has_feedback and story.started.settings.arm.value == "feedback",
        turns=len(story.counted),
        retakes=sum(take.retake_of is not None for take in story.takes),
        length_s=round(story.length_s, 1),
        breaks=story.runs - 1,
        reason=story.ended.reason.value if story.ended else None,
        distress=sum(bool(take.distress) for take in story.takes),
    )


def _turn_rows(one: Participant, step: Rehearse, story: Story, state: TrialState) -> Iterable[TurnRow]:
    first = {take.turn for take in story.first_takes}
    line = story.opening
    for take in story.takes:
        if take.said and take.is_rated:
            yield _turn_row(one, step, story, take, take.turn in first, line, state)
        if take.counts:
            line = take.answer or line


def _turn_row(
    one: Participant, step: Rehearse, story: Story, take: Take, is_first: bool, line: str, state: TrialState
) -> TurnRow:
    ratings = list(state.ratings.get((story.session, take.turn), {}).values())
    return TurnRow(
        code=one.code,
        arm=one.arm,
        visit=step.visit,
        phase=step.phase,
        number=int(step.id.rpartition(".")[2]),
        scenario=story.scenario.id,
        session=story.session,
        turn=take.turn,
        first_try=is_first,
        stands=take.counts,
        typed=take.typed,
        words=len(take.said.split()),
        at_s=round(take.at_s, 1),
        machine=tuple(int(take.level(skill)) for skill in SKILLS),
        experts=tuple(_mean_level([levels[skill] for levels in ratings if skill in levels]) for skill in SKILLS),
        raters=len(ratings),
        resistance=take.after.resistance if take.after else None,
        said=take.said,
        partner_line=line,
    )


def _mean_level(levels: list[Level]) -> float | None:
    return round(fmean(levels), 3) if levels else None
