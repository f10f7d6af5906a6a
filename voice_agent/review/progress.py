"""What changes over many rehearsals, told from first tries in the learner's own words; each measure apart.

IMBUE's trial found that skill carried over to a new, harder situation while feelings and confidence did not: so the
three are never mixed, and first contact with an unseen, harder situation is reported by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from voice_agent.dearman import Skill
from voice_agent.review.next_practice import Offer, Situation, next_practice
from voice_agent.review.spacing import SkillState, skill_states
from voice_agent.sessions.digest import Digest
from voice_agent.sessions.real_talk import RealTalk
from voice_agent.sessions.summary import SessionSummary

MOST_PERIODS = 24
"""Columns of a chart in a terminal."""
WEEKS_SHOWN = 8
COMPARED = 5
"""Sessions before it that a first contact is compared with."""
BASELINE = 3
"""Sessions before which nothing is a transfer: there is nothing yet to carry over."""


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of one day, week or month."""

    begins: str
    """ISO date of its first day."""
    sessions: int
    turns: int
    """First tries."""
    strong: tuple[int, ...]
    """Of those, in which each skill was strong; in the order of `Skill`."""
    confidence_before: float | None
    confidence_after: float | None


class SituationProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One situation over all its rehearsals."""

    scenario: str
    title: str
    times: int
    last_days: int
    """Days since the last one."""
    difficulty: int
    """Of the last one."""
    shares: tuple[float, ...]
    """Of all ratings of first tries, those that were strong; one for each of the last rehearsals, oldest first."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """First contact with an unseen, harder situation, beside the sessions before it."""

    scenario: str
    title: str
    date: str
    difficulty: int
    turns: int
    skill: float
    """Share of ratings that were strong, first tries alone."""
    skill_before: float | None
    """The same in the sessions before; None where there were no turns."""
    confidence: tuple[int | None, int | None]
    feelings: str
    """What was named before and after; empty where nothing was."""


class RealTalkTold(msgspec.Struct, frozen=True, kw_only=True):
    """A real talk as the learner told it afterwards; never mixed with rehearsals."""

    title: str
    partner: str
    date: str
    turns: int
    """Of the learner, rated from memory."""
    share: float | None
    """Of their ratings, those that were strong; None without turns."""
    confidence: int | None
    feelings: str
    rehearsals: int
    """In this situation, before it."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the progress screen shows."""

    sessions: int
    turns: int
    hours: float
    weeks: tuple[int, ...]
    """Rehearsals in each of the last weeks, this one last."""
    period: Period
    stretches: tuple[Stretch, ...]
    skills: tuple[SkillState, ...]
    """Weakest first."""
    situations: tuple[SituationProgress, ...]
    """Most recent first."""
    transfers: tuple[Transfer, ...]
    """Newest last."""
    real_talks: tuple[RealTalkTold, ...] = ()
    """Newest last."""
    offers: tuple[Offer, ...]
    """What could be practised next, the first with the best reasons; the learner chooses."""


def progress_of(
    told: Sequence[tuple[SessionSummary, Digest]],
    situations: Sequence[Situation],
    now: datetime,
    real_talks: Sequence[RealTalk] = (),
) -> Progress:
    """told, real_talks: oldest first. situations: those that can be practised."""
    # A clock that stood wrong may have dated sessions in the future: they count as of now.
    practised = [(one, digest) for one, digest in told if digest.counted or digest.first]
    skills = skill_states(practised, now)
    period = _period(practised, now)
    return Progress(
        sessions=len(practised),
        turns=sum(digest.first for _, digest in practised),
        hours=round(sum(digest.length_s for _, digest in practised) / 3600, 2),
        weeks=_weeks(practised, now),
        period=period,
        stretches=_stretches(practised, period),
        skills=skills,
        situations=_situations(practised, now),
        transfers=transfers(practised),
        real_talks=tuple(_real(one, practised) for one in real_talks),
        offers=next_practice(practised, situations, skills, now),
    )


def share(digest: Digest) -> float:
    """Of all ratings of first tries, those that were strong, in [0, 1]."""
    return sum(digest.first_strong) / (len(Skill) * digest.first) if digest.first else 0.0


def _weeks(practised: Sequence[tuple[SessionSummary, Digest]], now: datetime) -> tuple[int, ...]:
    counts = [0] * WEEKS_SHOWN
    for session, _ in reversed(practised):
        weeks_ago = max(0, (now - session.started).days // 7)
        if weeks_ago >= WEEKS_SHOWN:
            break
        counts[WEEKS_SHOWN - 1 - weeks_ago] += 1
    return tuple(counts)


def _period(practised: Sequence[tuple[SessionSummary, Digest]], now: datetime) -> Period:
    if not practised:
        return Period.DAY
    days = (now - practised[0][0].started).days
    if days < MOST_PERIODS:
        return Period.DAY
    return Period.WEEK if days < 7 * MOST_PERIODS else Period.MONTH


def _begins(moment: datetime, period: Period) -> str:
    day = moment.date()
    if period is Period.WEEK:
        day -= timedelta(days=day.weekday())
    elif period is Period.MONTH:
        day = day.replace(day=1)
    return day.isoformat()


def _stretches(practised: Sequence[tuple[SessionSummary, Digest]], period: Period) -> tuple[Stretch, ...]:
    """The last `MOST_PERIODS` with a session in them, oldest first."""
    found: dict[str, list[Digest]] = {}
    begins, since = "", None
    for session, digest in reversed(practised):
        if since is None or session.started < since:
            if len(found) == MOST_PERIODS:
                break
            begins = _begins(session.started, period)
            since = datetime.fromisoformat(f"{begins}T00:00+00:00")
            found[begins] = []
        found[begins].append(digest)
    return tuple(_stretch(begins, found[begins]) for begins in sorted(found))


def _stretch(begins: str, digests: Sequence[Digest]) -> Stretch:
    rated = [digest.first_strong for digest in digests if digest.first]
    return Stretch(
        begins=begins,
        sessions=len(digests),
        turns=sum(digest.first for digest in digests),
        strong=tuple(map(sum, zip(*rated, strict=True))) if rated else (0,) * len(Skill),
        confidence_before=_mean([digest.efficacy[0] for digest in digests]),
        confidence_after=_mean([digest.efficacy[1] for digest in digests]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 3) if known else None


def _situations(practised: Sequence[tuple[SessionSummary, Digest]], now: datetime) -> tuple[SituationProgress, ...]:
    found: dict[str, list[tuple[SessionSummary, Digest]]] = {}
    for one in reversed(practised):
        found.setdefault(one[0].scenario, []).append(one)
    return tuple(
        SituationProgress(
            scenario=scenario,
            title=talks[0][0].title,
            times=len(talks),
            last_days=max(0, (now - talks[0][0].started).days),
            difficulty=talks[0][1].difficulty,
            shares=tuple(round(share(digest), 3) for _, digest in reversed(talks[:MOST_PERIODS]) if digest.first),
        )
        for scenario, talks in found.items()
    )


def transfers(practised: Sequence[tuple[SessionSummary, Digest]]) -> tuple[Transfer, ...]:
    """First contacts with a situation harder than the mean of the `COMPARED` sessions before it."""
    seen: set[str] = set()
    found = []
    for place, (session, digest) in enumerate(practised):
        is_new = session.scenario not in seen
        seen.add(session.scenario)
        if not is_new or place < BASELINE or not digest.first:
            continue
        before = [one for _, one in practised[max(0, place - COMPARED) : place]]
        if digest.difficulty > sum(one.difficulty for one in before) / len(before):
            found.append(_transfer(session, digest, before))
    return tuple(found)


def _transfer(session: SessionSummary, digest: Digest, before: Sequence[Digest]) -> Transfer:
    rated = [one for one in before if one.first]
    turns = sum(one.first for one in rated)
    start, end = digest.feelings_before, digest.feelings_after
    feelings = [
        f"{feeling.value} {_shown(start.get(feeling))} to {_shown(end.get(feeling))}"
        for feeling in dict.fromkeys((*start, *end))
    ]
    return Transfer(
        scenario=session.scenario,
        title=session.title,
        date=session.started.date().isoformat(),
        difficulty=digest.difficulty,
        turns=digest.first,
        skill=round(share(digest), 3),
        skill_before=round(sum(sum(one.first_strong) for one in rated) / (len(Skill) * turns), 3) if turns else None,
        confidence=digest.efficacy,
        feelings=", ".join(feelings),
    )


def _real(talk: RealTalk, practised: Sequence[tuple[SessionSummary, Digest]]) -> RealTalkTold:
    check_in, turns = talk.check_in, len(talk.rated)
    feelings = check_in.feelings if check_in is not None else {}
    before = [
        one for one, _ in practised if talk.scenario and one.scenario == talk.scenario and one.started <= talk.began
    ]
    return RealTalkTold(
        title=talk.title,
        partner=talk.partner,
        date=talk.began.date().isoformat(),
        turns=turns,
        share=round(sum(talk.strong) / (len(Skill) * turns), 3) if turns else None,
        confidence=check_in.self_efficacy if check_in is not None else None,
        feelings=", ".join(f"{feeling.value} {strength}" for feeling, strength in feelings.items()),
        rehearsals=len(before),
    )


def _shown(value: int | None) -> str:
    return "not named" if value is None else str(value)
