"""One trial: enrol, consent, randomise, take a participant step by step, withdraw. Every change is noted first."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from voice_agent.errors import UserError, nearest
from voice_agent.events import EndReason
from voice_agent.rehearsal.setup import new_session_id
from voice_agent.study.codes import new_code, read_code
from voice_agent.study.participant import Participant, TrialState, state_of
from voice_agent.study.protocol import Study
from voice_agent.study.randomisation import arm_at, seal_of, stratum_of
from voice_agent.study.records import (
    Answered,
    CareEnded,
    ConsentAnswered,
    Enrolled,
    Noted,
    Opened,
    ProtocolRevised,
    Randomised,
    Record,
    RehearsalBegun,
    RehearsalEnded,
    Withdrawn,
)
from voice_agent.study.steps import Step, steps_of
from voice_agent.study.store import StudyStore
from voice_agent.study.study_files import changed_fields
from voice_agent.version import version

MOST_AT_ONCE = 5_000
SEED_BYTES = 16


def _now() -> datetime:
    return datetime.now(UTC)


def _visit_of(study: Study, code: str) -> str:
    """Names the visit among what a store's programs hold."""
    return f"visit {study.id} {code}"


class Trial:
    """A study with its store. Blocking."""

    def __init__(self, study: Study, store: StudyStore, now: Callable[[], datetime] = _now) -> None:
        """Raises UserError when the file is no longer what participants were enrolled under."""
        self.study, self.store, self._now = study, store, now
        self._check_protocol()

    def state(self) -> TrialState:
        return state_of(self.store.records())

    def participant(self, code: str) -> Participant:
        """Raises UserError."""
        wanted = read_code(code)
        known = self.state().participants
        if wanted not in known:
            raise UserError(f"nobody is enrolled as {wanted}", place=f"study {self.study.id}", cure="check the code")
        return known[wanted]

    def enrol(self, count: int, *, site: str | None = None, strata: Mapping[str, str] | None = None) -> list[str]:
        """New codes. They say nothing about an arm, and have none yet. Raises UserError."""
        if not 1 <= count <= MOST_AT_ONCE:
            raise UserError(f"{count} participants", place="enrol", cure=f"choose 1 to {MOST_AT_ONCE}")
        where = self._site(site)
        sorted_by = self._strata(strata or {})
        codes: list[str] = []

        def decide(noted: Sequence[Noted]) -> list[Record]:
            state = state_of(noted)
            codes.clear()
            for _ in range(count):
                codes.append(new_code({*state.participants, *codes}))
            new: list[Record] = [Enrolled(code=code, site=where, strata=sorted_by) for code in codes]
            return new if state.opened is not None else [self.opening(), *new]

        self.store.decide(decide, self._now())
        return codes

    def opening(self) -> Opened:
        """The record that fixes the protocol and seals the list."""
        chosen = self.study.randomisation.seed
        seed = str(chosen) if chosen is not None else secrets.token_hex(SEED_BYTES)
        return Opened(study=self.study, seed=seed, seal=seal_of(seed), program=version())

    def consent(self, code: str, *, given: bool) -> None:
        self._note(ConsentAnswered(code=code, version=self.study.consent.version, given=given))

    def randomise(self, code: str) -> str:
        """The arm; the same one when it is asked again. Raises UserError without consent."""
        found = ""

        def decide(noted: Sequence[Noted]) -> list[Record]:
            nonlocal found
            state = state_of(noted)
            participant = state.participants[code]
            if participant.arm is not None:
                found = participant.arm
                return []
            if participant.consent is None or not participant.consent.given or state.opened is None:
                raise UserError(f"{code} has not agreed to take part", cure="begin with `voice-agent study run`")
            stratum = stratum_of(participant.site, participant.strata)
            place = state.places.get(stratum, 0)
            found = arm_at(self.study, state.opened.seed, stratum, place)
            return [Randomised(code=code, arm=found, stratum=stratum, place=place)]

        self.store.decide(decide, self._now())
        return found

    def answer(self, code: str, step: Step, item: str, value: int | None) -> None:
        """value: None for a question that was skipped."""
        self._note(Answered(code=code, step=step.id, item=item, value=value))

    def begin_rehearsal(self, code: str, step: Step) -> str:
        """The id of the session to come, or of the one that was begun already."""
        known = self.participant(code).sessions.get(step.id)
        if known is not None:
            return known
        session = new_session_id()
        self._note(RehearsalBegun(code=code, step=step.id, session=session))
        return session

    def end_rehearsal(self, code: str, step: Step, reason: EndReason) -> None:
        self._note(RehearsalEnded(code=code, step=step.id, reason=reason))

    def end_care(self, code: str) -> None:
        self._note(CareEnded(code=code))

    def hold_visit(self, code: str) -> None:
        """Until the store is closed. Raises UserError while another program takes the participant through a visit."""
        self.store.sessions.holds.take(_visit_of(self.study, code), what=f"the visit of {code}")

    def withdraw(self, code: str, *, deletes: bool) -> str:
        """Leave the trial. deletes: answers, ratings and rehearsals too; why traces of them stay, or "".

        Raises UserError while another program takes the participant through a visit.
        """
        participant = self.participant(code)
        self.hold_visit(participant.code)
        if participant.withdrawn is None or (deletes and not participant.withdrawn.data_deleted):
            self._note(Withdrawn(code=participant.code, data_deleted=deletes))
        if not deletes:
            return ""
        keeps = (Enrolled, ConsentAnswered, Randomised, Withdrawn)
        return self.store.forget(
            participant.code, lambda record: isinstance(record, keeps), participant.sessions.values()
        )

    def earliest(self, participant: Participant, step: Step) -> datetime | None:
        """When the visit of a step may begin; None when there is nothing to wait for."""
        if step.visit == 1 or not self.study.hours_between:
            return None
        before = [one.id for one in steps_of(self.study) if one.visit == step.visit - 1]
        if any(one.visit == step.visit and one.id in participant.answered_at for one in steps_of(self.study)):
            return None
        last = max((participant.answered_at[one] for one in before if one in participant.answered_at), default=None)
        if last is None:
            return None
        due = last + timedelta(hours=self.study.hours_between)
        return due if due > self._now() else None

    def note(self, records: Iterable[Record]) -> None:
        """All or none."""
        self.store.append(list(records), self._now())

    def _note(self, record: Record) -> None:
        self.note([record])

    def _check_protocol(self) -> None:
        state = self.state()
        if state.study is None or state.study == self.study:
            return
        if changed := changed_fields(state.study, self.study):
            raise UserError(
                f"{', '.join(changed)} changed since participants were enrolled",
                place=f"study {self.study.id}",
                cure="undo the change, or give the study another id",
            )
        self._note(ProtocolRevised(study=self.study))

    def _site(self, site: str | None) -> str:
        sites = self.study.sites
        if site is None and len(sites) == 1:
            return sites[0]
        if site is None or site not in sites:
            told = "no site was named" if site is None else f'site "{site}" is not in the study'
            raise UserError(told, place="--site", cure=nearest(site or "", sites))
        return site

    def _strata(self, told: Mapping[str, str]) -> dict[str, str]:
        wanted = self.study.randomisation.strata
        for name, value in told.items():
            if name not in wanted:
                raise UserError(
                    f'stratum "{name}" is not in the study', place="--stratum", cure=nearest(name, wanted)
                )
            if value not in wanted[name]:
                cure = nearest(value, wanted[name])
                raise UserError(f'{name} is "{value}"', place="--stratum", cure=cure)
        if missing := [name for name in wanted if name not in told]:
            values = "|".join(wanted[missing[0]])
            raise UserError(
                f"{missing[0]} is not told", place="--stratum", cure=f"add --stratum {missing[0]}={values}"
            )
        return dict(told)
