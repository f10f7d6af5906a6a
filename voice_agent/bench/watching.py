"""Follows a rehearsal's events while a track runs, and begins the track when the partner's first line is over."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec

from voice_agent.bench.judging import Happened
from voice_agent.bench.partner_calls import CountedPartner, PartnerCall
from voice_agent.bench.track_microphone import TrackMicrophone
from voice_agent.clock import Clock
from voice_agent.events import (
    Fault,
    PartnerSentence,
    SessionEnded,
    Stamped,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnTimed,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.rehearsal.rehearsal import Rehearsal


class TalkWatch:
    """`run` it beside the rehearsal, from before its first event."""

    def __init__(
        self, rehearsal: Rehearsal, microphone: TrackMicrophone, partner: CountedPartner, clock: Clock
    ) -> None:
        self._microphone = microphone
        self._partner = partner
        now = clock.now_s()
        self._start_s = now - rehearsal.since_start(now)
        self._state = TalkState.LISTENING
        self.happened = Happened()
        self.faults: list[str] = []
        self.ended = ""

    async def run(self, events: AsyncGenerator[Stamped, None]) -> None:
        async for stamped in events:
            self._noticed(stamped, self._start_s + stamped.at_s)

    def _noticed(self, stamped: Stamped, at_s: float) -> None:
        match stamped.event:
            case StateChanged(state=state):
                if state is TalkState.LISTENING:
                    # The partner's first line is over; later it does nothing.
                    self._microphone.begin()
                elif state is TalkState.HEARING and self._state is TalkState.SPEAKING:
                    self.happened.interrupted.append(at_s)
                self._state = state
            case TurnHeard(turn=turn, text=text):
                self.happened.heard.append((at_s, turn, text))
            case TurnWithdrawn(why=Withdrawal.WENT_ON):
                self.happened.withdrawn.append(at_s)
            case PartnerSentence(text=text):
                self._partner.sounded(text)
            case TurnTimed() as timed:
                told = msgspec.to_builtins(timed)
                self.happened.stages[timed.turn] = {
                    name: value for name, value in told.items() if name not in ("kind", "turn") and value is not None
                }
            case Fault() as fault:
                self.faults.append(fault.line)
            case SessionEnded(reason=reason):
                self.ended = reason.value

    def count_from(self, zero_s: float) -> None:
        """Turn times of the clock into times of the track."""
        told = self.happened
        told.heard = [(at_s - zero_s, turn, text) for at_s, turn, text in told.heard]
        told.withdrawn = [at_s - zero_s for at_s in told.withdrawn]
        told.interrupted = [at_s - zero_s for at_s in told.interrupted]

    def calls(self, zero_s: float) -> list[PartnerCall]:
        for call in self._partner.calls:
            call.at_s -= zero_s
        return self._partner.calls

    def first_fault(self) -> str:
        return self.faults[0] if self.faults else "run it with --debug"
