"""The feedback lane between rating and panel: advice and delivery for each turn, never in the voice's way.

Work for a turn begins when the partner's first sentence sounds (or at once where the partner waits, as in gate):
from then on the speaker has something to play, and nothing that is computed here delays it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from voice_agent.advice import Advice, Intent
from voice_agent.audio.protocols import Int16Array
from voice_agent.conversation import Reading, Transcript
from voice_agent.errors import EngineError
from voice_agent.events import AdviceArriving, AdviceGiven, CheckInTime, Event, Fault, ProsodyMeasured, TurnHeard
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.feedback.sounding import measure
from voice_agent.feedback.sounding_notes import notes
from voice_agent.feedback.stand_in import WithStandIn
from voice_agent.pipeline.stages import Engines
from voice_agent.prosody import SpeechBaseline
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Arm


@dataclass(frozen=True, slots=True)
class Coached:
    """Something the lane has made; posted to the rehearsal, which tells it unless the turn was taken back."""

    turn: int
    event: Event


class Host(Protocol):
    talk: Talk

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def post(self, signal: Coached) -> None: ...


class Coaching:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, engines: Engines, baseline: SpeechBaseline | None) -> None:
        self._host = host
        self._engines = engines
        self._baseline = baseline
        self._waiting: dict[int, list[Coroutine[Any, Any, None]]] = {}
        self._running: dict[int, set[asyncio.Task[None]]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._advisor = WithStandIn(engines.advisor, engines.stand_in_advisor)

    @property
    def is_busy(self) -> bool:
        """Something about a turn is still to be told."""
        return bool(self._waiting) or any(self._running.values())

    async def until_idle(self) -> None:
        await self._idle.wait()

    def _look(self) -> None:
        if not self.is_busy:
            self._idle.set()

    def heard(self, turn: int, samples: Int16Array, transcript: Transcript) -> None:
        """A spoken turn's sound. samples: 16 kHz mono."""
        self._later(turn, self._measure(turn, samples, transcript))

    def rated(self, heard: TurnHeard, reading: Reading) -> None:
        """The turn has its rating: advice follows."""
        turn, said, declared, talk = heard.turn, heard.text, heard.declared, self._host.talk
        if not said or talk.settings.arm is Arm.SIMULATION_ONLY:
            return
        before = talk.check_ins.get(CheckInTime.BETWEEN) or talk.check_ins.get(CheckInTime.START)
        advised = AdvisedTurn(
            said=said,
            partner_line=talk.partner_line,
            earlier=talk.said_before,
            heard=talk.heard_before,
            scenario=talk.scenario,
            reading=reading,
            declared=declared,
            last=talk.advice,
            feelings=dict(before.feelings) if before else {},
            doubtful=frozenset(
                word.text.lower() for word in heard.words if (word.confidence or 1.0) < limits.DOUBTFUL_WORD
            ),
        )
        self._later(turn, self._advise(turn, advised))

    def may_work(self, turn: int) -> None:
        """The voice of this turn is out, or none is wanted now."""
        for work in self._waiting.pop(turn, []):
            task = self._host.spawn(work)
            tasks = self._running.setdefault(turn, set())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: self._look())

    def withdrawn(self, turn: int) -> None:
        """The turn does not count any more: what is not yet told stays untold."""
        for work in self._waiting.pop(turn, []):
            work.close()
        for task in self._running.pop(turn, set()):
            task.cancel()
        self._look()

    def close(self) -> None:
        for turn in list(self._waiting):
            self.withdrawn(turn)

    def _later(self, turn: int, work: Coroutine[Any, Any, None]) -> None:
        self._waiting.setdefault(turn, []).append(work)
        self._idle.clear()

    async def _measure(self, turn: int, samples: Int16Array, transcript: Transcript) -> None:
        try:
            prosody = await self._engines.prosody_worker.run(measure, samples, transcript)
        except Exception as error:  # noqa: BLE001 - the lane's border: a measure must not end the talk
            self._tell(turn, _fault("prosody", f"the sound of the turn was not measured: {error}", ""))
            return
        self._tell(
            turn, ProsodyMeasured(turn=turn, prosody=prosody, notes=notes(prosody, self._baseline, transcript.text))
        )

    async def _advise(self, turn: int, advised: AdvisedTurn) -> None:
        last: Advice | None = None

        def failed(error: EngineError, done: str) -> None:
            nonlocal last
            last = None
            self._tell(turn, _fault("advisor", error.cause, error.cure, done))

        self._engines.counter.began()
        try:
            async with aclosing(self._advisor.advise(advised, failed)) as arriving:
                async for advice in arriving:
                    if last is not None:
                        self._tell(turn, AdviceArriving(turn=turn, advice=last))
                    last = advice
        finally:
            self._engines.counter.ended()
        if last is None:
            return
        intent = None
        if advised.declared is not None:
            intent = Intent(skill=advised.declared, level=advised.reading.ratings.level(advised.declared))
        self._tell(turn, AdviceGiven(turn=turn, advice=last, intent=intent))

    def _tell(self, turn: int, event: Event) -> None:
        self._host.post(Coached(turn, event))


def _fault(component: str, happened: str, cure: str, done: str = "") -> Fault:
    return Fault(component=component, category="failed", happened=happened, done=done, cure=cure)
