"""What could be practised next, and why: always offers, always the learner's choice.

Moderate demand: a training partner of the highest difficulty is not the best teacher. It gets harder while things go
well, and easier after distress.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from voice_agent.dearman import Skill
from voice_agent.events import EndReason
from voice_agent.review.spacing import SkillState, days_ago
from voice_agent.scenario import Domain
from voice_agent.sessions.digest import Digest
from voice_agent.sessions.summary import SessionSummary

EASIEST, HARDEST = 1, 5
STEADY = 0.7
"""Share of first tries in which both states of mind were strong, from which on a talk went well."""
CONFIDENT = 60
"""Confidence after a talk, of 100, from which on more can be asked."""
FELL = 10
"""A fall of confidence in a talk by this much asks for less."""
TRANSFER_EVERY = 5
"""Sessions after which an unseen, harder situation is offered again."""
MOST_OFFERS = 3


class OfferKind(StrEnum):
    SKILL = "skill"
    """Practise what is due and weakest."""
    TRANSFER = "transfer"
    """See what carries over to an unseen, harder situation."""
    AGAIN = "again"
    """Take a known situation up again."""
    OTHER = "other"
    """So that there is always something else to choose."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """A situation that can be chosen."""

    id: str
    title: str
    domain: Domain
    difficulty: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to practise."""

    kind: OfferKind
    scenario: str
    title: str
    difficulty: int
    skill: Skill | None
    why: tuple[str, ...]
    """Sentences without a full stop."""

    @property
    def command(self) -> str:
        return f"voice-agent practice {self.scenario} --difficulty {self.difficulty}"


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """How difficult the next partner should be."""

    difficulty: int
    why: str
    no_harder: bool = False
    """The last talk was much: nothing harder is offered, even where there is nothing easier."""


def next_practice(
    practised: Sequence[tuple[SessionSummary, Digest]],
    situations: Sequence[Situation],
    skills: Sequence[SkillState],
    now: datetime,
) -> tuple[Offer, ...]:
    """At most `MOST_OFFERS`, the best reasons first. Empty when there is nothing to choose from."""
    if not situations:
        return ()
    demand = demand_after([digest for _, digest in practised])
    last = {session.scenario: session.started for session, _ in practised}
    offers = [_for_skill(situations, skills, demand, last, now)]
    if (transfer := _transfer(practised, situations, demand, last)) is not None:
        offers.append(transfer)
    if (again := _again(practised, situations, demand)) is not None:
        offers.append(again)
    if len(offers) > 1 and offers[1].kind is OfferKind.TRANSFER and _transfer_is_due(practised):
        offers[0], offers[1] = offers[1], offers[0]
    offers += [
        _offer(OfferKind.OTHER, place, demand.difficulty, None, ["another situation", demand.why])
        for place in _ranked(situations, demand, last, now)
    ]
    chosen: dict[str, Offer] = {}
    for offer in offers:
        chosen.setdefault(offer.scenario, offer)
    return tuple(chosen.values())[:MOST_OFFERS]


def _ranked(
    situations: Sequence[Situation], demand: Demand, last: dict[str, datetime], now: datetime
) -> list[Situation]:
    """About as difficult as asked for, then unseen, then longest ago."""
    return sorted(
        situations,
        key=lambda one: (abs(one.difficulty - demand.difficulty), one.id in last, last.get(one.id, now), one.id),
    )


def demand_after(digests: Sequence[Digest]) -> Demand:
    """The moderate-demand rule, from the last two sessions with turns in them."""
    rated = [digest for digest in digests if digest.counted]
    if not rated:
        return Demand(difficulty=2, why="begin with a partner who can be moved")
    last = rated[-1]
    easier = max(EASIEST, last.difficulty - 1)
    if last.crisis or last.distress:
        why = "the last talk sounded hard for you, so an easier partner"
        return Demand(difficulty=easier, why=why, no_harder=True)
    before, after = last.efficacy
    if before is not None and after is not None and before - after >= FELL:
        return Demand(
            difficulty=easier, why="your confidence fell in the last talk, so an easier partner", no_harder=True
        )
    if last.reason is EndReason.GAVE_UP:
        why = "the last talk was left early, so no harder than that"
        return Demand(difficulty=last.difficulty, why=why, no_harder=True)
    if len(rated) >= 2 and all(_went_well(one) and one.difficulty >= last.difficulty for one in rated[-2:]):
        if last.difficulty >= HARDEST:
            return Demand(difficulty=HARDEST, why="the last two went well at the highest difficulty")
        return Demand(difficulty=last.difficulty + 1, why="the last two went well, so one step harder")
    return Demand(difficulty=last.difficulty, why="as difficult as the last one")


def _went_well(digest: Digest) -> bool:
    if not digest.first or digest.distress:
        return False
    steady = min(digest.first_strong_of(Skill.MINDFUL), digest.first_strong_of(Skill.CONFIDENT)) / digest.first
    after = digest.efficacy[1]
    return steady >= STEADY and (after is None or after >= CONFIDENT)


def _for_skill(
    situations: Sequence[Situation],
    skills: Sequence[SkillState],
    demand: Demand,
    last: dict[str, datetime],
    now: datetime,
) -> Offer:
    due = [state for state in skills if state.is_due]
    chosen = (due or list(skills))[0]
    place = _ranked(situations, demand, last, now)[0]
    why = [f"{chosen.skill.full_name}: {chosen.sentence}" if chosen.of else "a first rehearsal"]
    why.append(f"due again after {_days(chosen.interval_days)}" if due and chosen.of else "")
    why.append(demand.why)
    if place.id in last:
        why.append(f"last practised {days_ago(max(0, (now - last[place.id]).days))}")
    return _offer(OfferKind.SKILL, place, demand.difficulty, chosen.skill if chosen.of else None, why)


def _transfer(
    practised: Sequence[tuple[SessionSummary, Digest]],
    situations: Sequence[Situation],
    demand: Demand,
    last: dict[str, datetime],
) -> Offer | None:
    """An unseen situation that is harder than what was practised lately; none after distress."""
    rated = [digest for _, digest in practised if digest.counted]
    if len(rated) < TRANSFER_EVERY - 2 or demand.no_harder:
        return None
    usual = sum(digest.difficulty for digest in rated[-TRANSFER_EVERY:]) / len(rated[-TRANSFER_EVERY:])
    unseen = [one for one in situations if one.id not in last and one.difficulty > usual]
    if not unseen:
        return None
    place = min(unseen, key=lambda one: (one.difficulty, one.id))
    why = ["unseen, and harder than what you practised lately: shows what carries over, and is reported apart"]
    return _offer(OfferKind.TRANSFER, place, place.difficulty, None, why)


def _transfer_is_due(practised: Sequence[tuple[SessionSummary, Digest]]) -> bool:
    """Whether the last sessions were all in known situations."""
    seen: set[str] = set()
    new_at = -1
    for place, (session, _) in enumerate(practised):
        if session.scenario not in seen:
            seen.add(session.scenario)
            new_at = place
    return len(practised) - 1 - new_at >= TRANSFER_EVERY


def _again(
    practised: Sequence[tuple[SessionSummary, Digest]], situations: Sequence[Situation], demand: Demand
) -> Offer | None:
    """The last situation once more, at the difficulty that fits now."""
    known = {one.id: one for one in situations}
    place = next((known[session.scenario] for session, _ in reversed(practised) if session.scenario in known), None)
    if place is None:
        return None
    return _offer(OfferKind.AGAIN, place, demand.difficulty, None, ["where you left off", demand.why])


def _offer(kind: OfferKind, place: Situation, difficulty: int, skill: Skill | None, why: Sequence[str]) -> Offer:
    return Offer(
        kind=kind,
        scenario=place.id,
        title=place.title,
        difficulty=difficulty,
        skill=skill,
        why=tuple(reason for reason in why if reason),
    )


def _days(count: int) -> str:
    return "a day" if count == 1 else f"{count} days"
