"""The minute of paced breathing within a rehearsal: told second by second, sounded, and stopped by any command."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from voice_agent.clock import Clock
from voice_agent.events import BreathPaced, Event, TalkState
from voice_agent.rehearsal.aloud import Aloud
from voice_agent.rehearsal.breathing import WHOLE_S, BreathTone, breath_at
from voice_agent.rehearsal.talk import Talk


class Host(Protocol):
    talk: Talk

    def emit(self, event: Event) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def answer_aloud(self, words: str) -> None: ...
    def tell_aloud(self) -> None: ...


class Breath:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, aloud: Aloud, clock: Clock) -> None:
        self._host = host
        self._aloud = aloud
        self._clock = clock
        self._pacing: asyncio.Task[None] | None = None

    @property
    def is_paced(self) -> bool:
        return self._pacing is not None

    def begin(self) -> None:
        self._pacing = self._host.spawn(self._pace())

    def stop(self) -> None:
        """Nothing when nobody breathes."""
        if self._pacing is not None:
            self._pacing.cancel()
            self._over()

    async def _pace(self) -> None:
        host = self._host
        if host.talk.settings.hands_free:
            host.answer_aloud("Breathe in while the tone rises, and out while it falls.")
            await self._aloud.voice.finished()
        for second in range(WHOLE_S):
            paced = breath_at(second)
            host.emit(paced)
            if paced.count == 1 and host.talk.state is TalkState.PAUSED:
                self._aloud.add(BreathTone(paced.of, is_in=paced.is_in))
                host.tell_aloud()
            await self._clock.sleep(1.0)
        self._over()
        if host.talk.settings.hands_free:
            host.answer_aloud("That was a minute. Say: coach, go on.")

    def _over(self) -> None:
        self._pacing = None
        self._host.emit(BreathPaced(is_in=False, count=0, of=0, left_s=0))
