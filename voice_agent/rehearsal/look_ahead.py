"""Look ahead: a few wordings are tried on the partner before one is said.

Explore-Generate-Simulate (Liu et al. 2023): draft several ways to say it from different advice, simulate how it would
be taken, show that. A try is a dry run: it reads the talk and changes nothing of it, and no partner remembers it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from voice_agent.advice import Advice
from voice_agent.candidate import MOST_CANDIDATES, Candidate, Whose
from voice_agent.care import CrisisKind
from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError
from voice_agent.events import CheckInTime, Fault, LookedAhead, TalkState
from voice_agent.feedback.care_words import crisis_in
from voice_agent.feedback.choosing import TEACHING_ORDER, skills_to_advise
from voice_agent.feedback.protocols import AdvisedTurn, RatedTurn
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.moment import next_moment
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Arm
from voice_agent.text import bare, clean

_CHANCE = ":ahead"
"""Another choice than the turn itself will get: what is shown is one possible answer, and stays that."""
_STATES = (TalkState.LISTENING, TalkState.DRAFT)


@dataclass(frozen=True, slots=True)
class Looked:
    """The candidates have been tried; the rehearsal tells them when the talk is still where it was."""

    place: tuple[object, ...]
    event: LookedAhead | Fault
    aloud: bool


@dataclass(frozen=True, slots=True)
class _Wording:
    words: str
    whose: Whose
    skill: Skill | None = None


class Host(Protocol):
    talk: Talk

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def post(self, signal: Looked) -> None: ...
    def crisis(self, turn: int, kind: CrisisKind) -> None: ...


class LookingAhead:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, engines: Engines) -> None:
        self._host = host
        self._engines = engines
        self._task: asyncio.Task[None] | None = None

    def begin(self, draft: str, *, aloud: bool) -> str:
        """Try wordings; why not, where that can't be. draft: the learner's own words, where they are typed."""
        talk = self._host.talk
        if talk.settings.arm is Arm.SIMULATION_ONLY:
            return "this rehearsal shows nothing between turns"
        if talk.state not in _STATES:
            return "you can look ahead when it is your turn"
        if self._task is not None and not self._task.done():
            return "it is being looked ahead already"
        own = clean(draft) or _own_words(talk)
        if (crisis := crisis_in(own)) is not None:
            self._host.crisis(talk.turn, crisis)  # no matter for practice, said or not
            return ""
        self._task = self._host.spawn(self._look(talk, own, aloud))
        return ""

    def takes(self, looked: Looked) -> bool:
        """Whether what was looked at is still so."""
        return looked.place == _place(self._host.talk) and self._host.talk.state in (*_STATES, TalkState.PAUSED)

    async def _look(self, talk: Talk, own: str, aloud: bool) -> None:
        place = _place(talk)
        event: LookedAhead | Fault
        self._engines.counter.began()
        try:
            wordings = await self._wordings(talk, own)
            tried = await asyncio.gather(*(self._try(talk, wording) for wording in wordings))
            event = LookedAhead(turn=talk.turn + 1, candidates=tuple(tried))
            if not tried:
                event = _fault("there are no words to try yet")
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            event = _fault(f"what would happen could not be looked at: {error}")
        finally:
            self._engines.counter.ended()
        self._host.post(Looked(place, event, aloud))

    # What to try.

    async def _wordings(self, talk: Talk, own: str) -> list[_Wording]:
        """The learner's own, the coach's, then one for each skill that is missing; no two the same."""
        found: list[_Wording] = []

        def add(words: str, whose: Whose, skill: Skill | None = None) -> None:
            if words and all(_plain(words) != _plain(one.words) for one in found):
                found.append(_Wording(words, whose, skill))

        add(own, Whose.OWN)
        advice = talk.advice
        if advice is not None:
            add(advice.words, Whose.COACH, advice.skill)
        reading = await self._read(talk, own) if own else talk.last_reading or await self._read(talk, "")
        for skill in _missing(talk, reading, with_draft=bool(own)):
            if len(found) >= MOST_CANDIDATES:
                break
            if skill not in {one.skill for one in found}:
                add(await self._words_for(talk, own, reading, skill), Whose.SKILL, skill)
        return found[:MOST_CANDIDATES]

    async def _words_for(self, talk: Talk, own: str, reading: Reading, skill: Skill) -> str:
        """The local advisor's words for one skill; empty when it has none that are true here."""
        check_in = talk.check_ins.get(CheckInTime.BETWEEN) or talk.check_ins.get(CheckInTime.START)
        turn = AdvisedTurn(
            said=own or (talk.said_before[-1] if talk.said_before else ""),
            partner_line=talk.partner_line,
            earlier=talk.said_before,
            heard=talk.heard_before,
            scenario=talk.scenario,
            reading=reading,
            declared=skill,
            last=talk.advice,
            feelings=dict(check_in.feelings) if check_in else {},
        )
        last: Advice | None = None
        async with aclosing(self._engines.stand_in_advisor.advise(turn)) as arriving:
            async for advice in arriving:
                last = advice
        return last.words if last is not None and last.skill is skill else ""

    # Trying it.

    async def _try(self, talk: Talk, wording: _Wording) -> Candidate:
        reading = await self._read(talk, wording.words)
        moment, why = next_moment(talk, talk.turn + 1, wording.words, reading, chance=_CHANCE)
        parts: list[str] = []
        move = None
        try:
            async with asyncio.timeout(limits.THINKING_S), aclosing(self._engines.partner.reply(moment)) as reply:
                async for part in reply:
                    parts.append(part.text.strip())
                    move = part.move or move
        except (EngineError, TimeoutError):
            # Where it would stand is known without its words; the fronts say that there are none.
            parts, move = [], None
        return Candidate(
            words=wording.words,
            whose=wording.whose,
            skill=wording.skill,
            reading=reading,
            before=talk.stance,
            after=moment.stance,
            why=why,
            answer=clean(" ".join(parts)),
            move=move,
        )

    async def _read(self, talk: Talk, said: str) -> Reading:
        turn = RatedTurn(said=said, partner_line=talk.partner_line, earlier=talk.said_before, scenario=talk.scenario)
        return await self._engines.rater_worker.run(self._engines.rater.read, turn)


def _own_words(talk: Talk) -> str:
    """The draft that waits, or the turn that has just been taken back."""
    if talk.draft is not None and talk.pending is not None:
        return talk.pending.text
    back = talk.taken_back
    if back is None:
        return ""
    return back.pending.text if back.pending is not None else back.exchange.said if back.exchange is not None else ""


def _missing(talk: Talk, reading: Reading, *, with_draft: bool) -> list[Skill]:
    """Skills that would help now, best first: those the draft lacks, or those that the talk has not shown."""
    if with_draft:
        return skills_to_advise(reading, talk.declared)
    shown = {
        skill
        for one in talk.exchanges
        for skill in Skill
        if one.reading is not None and one.reading.ratings.level(skill) is Level.STRONG
    }
    found = [talk.declared] if talk.declared is not None else []
    if talk.said_before:
        found.append(reading.next_skill)
    found += [skill for skill in TEACHING_ORDER if skill not in shown]
    return list(dict.fromkeys([*found, *TEACHING_ORDER]))


def _place(talk: Talk) -> tuple[object, ...]:
    """Another turn, a turn taken back, or another draft: another place."""
    return talk.turn, len(talk.exchanges), talk.draft, talk.stance


def _plain(words: str) -> list[str]:
    return [bare(word).lower() for word in words.split()]


def _fault(happened: str) -> Fault:
    return Fault(component="rehearsal", category="not_possible", happened=happened)
