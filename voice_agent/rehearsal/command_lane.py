"""Spoken commands and answers, heard by grammar beside dictation.

A short turn may be one: it is looked at while its end is still provisional, so that it costs no time. Two ears
must agree, the grammar and dictation's first word: a turn taken for a command is worse than the reverse.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from voice_agent.events import TalkState
from voice_agent.pipeline.signals import TurnOver, TurnPaused
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.talk import Talk
from voice_agent.speech.spoken_command import OPENING_WORD, Asked, HeardCommand
from voice_agent.text import bare

T = TypeVar("T")
_TAKES_TURNS = (TalkState.HEARING, TalkState.LISTENING, TalkState.DRAFT)


class Host(Protocol):
    talk: Talk

    @property
    def asked(self) -> Asked:
        """What the check-in asks for now."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def obey_spoken(self, heard: HeardCommand) -> None: ...
    def heard_turn(self, over: TurnOver) -> None: ...
    def heard_answer(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A turn that may be a spoken command, or an answer."""

    voiced_s: float
    command: asyncio.Future[HeardCommand | None]
    answer: asyncio.Future[str | None] | None


class CommandLane:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, engines: Engines) -> None:
        self._host = host
        self._engines = engines
        self._candidate: _Candidate | None = None

    def paused(self, paused: TurnPaused) -> None:
        """A turn's end is provisional: listen to it with the grammars."""
        self._candidate = None
        if self._engines.commands is None or paused.voiced_s > limits.COMMAND_VOICED_S:
            return
        answer = None
        if self._host.talk.state is TalkState.CHECK_IN and self._engines.answers is not None:
            answer = self._begin(self._engines.answers.understand, paused.samples, self._host.asked)
        command = self._begin(self._engines.commands.understand, paused.samples)
        self._candidate = _Candidate(paused.voiced_s, command, answer)

    def over(self, over: TurnOver) -> None:
        """A turn is over: a command, an answer, or a turn of the talk."""
        candidate, self._candidate = self._candidate, None
        if candidate is None or candidate.voiced_s != over.voiced_s:
            self._deliver(over, None)
        elif _may_be_command(over) or candidate.answer is not None:
            self._host.spawn(self._decide(over, candidate))
        else:
            self._deliver(over, None)

    def _begin(self, understand: Any, *heard_so_far: object) -> asyncio.Future[Any]:
        heard = asyncio.ensure_future(self._engines.commands_worker.run(understand, *heard_so_far))
        # A turn that went on never asks for it.
        heard.add_done_callback(lambda done: done.cancelled() or done.exception())
        return heard

    async def _decide(self, over: TurnOver, candidate: _Candidate) -> None:
        if _may_be_command(over):
            spoken = await _result(candidate.command)
            if spoken is not None:
                self._host.obey_spoken(spoken)
                return
        self._deliver(over, await _result(candidate.answer) if candidate.answer is not None else None)

    def _deliver(self, over: TurnOver, answer: str | None) -> None:
        state = self._host.talk.state
        if state is TalkState.CHECK_IN:
            if text := answer or over.transcript.text:
                self._host.heard_answer(text)
        elif state in _TAKES_TURNS:
            self._host.heard_turn(over)


def _may_be_command(over: TurnOver) -> bool:
    words = over.transcript.text.split()
    return len(words) <= limits.COMMAND_WORDS and bool(words) and bare(words[0]).lower() == OPENING_WORD


async def _result(heard: asyncio.Future[T | None]) -> T | None:
    with suppress(Exception):  # a broken command lane must not lose the turn
        return await heard
    return None
