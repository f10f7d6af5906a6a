"""The microphone's side of a rehearsal: which one it is, what it is judged for, and when a recording waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from voice_agent.audio.protocols import Microphone
from voice_agent.clock import Clock
from voice_agent.events import TalkState
from voice_agent.pipeline.listener import Attention, Listener
from voice_agent.pipeline.signals import Signal
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.pause_memory import PauseMemory
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Duplex, Patience

_HOLDS_RECORDING = frozenset(
    {TalkState.CHECK_IN, TalkState.THINKING, TalkState.DRAFT, TalkState.SPEAKING, TalkState.PAUSED}
)
"""A recording in the microphone's place waits in these, as a polite person would."""


class Ears:
    """All methods are called from the rehearsal's one task."""

    def __init__(
        self,
        talk: Talk,
        engines: Engines,
        microphone: Microphone | None,
        *,
        clock: Clock,
        pauses: PauseMemory,
        post: Callable[[Signal], None],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        """microphone: None when turns are only typed. pauses: this learner's, which are learnt here."""
        self._talk = talk
        self._engines = engines
        self._clock = clock
        self._pauses = pauses
        self._post = post
        self._spawn = spawn
        self._listening: asyncio.Task[None] | None = None
        self._listener = self._new_listener()
        self.microphone = microphone
        self.has_ended = False
        """The microphone was a recording, and it is over."""

    @property
    def answers(self) -> bool:
        """Whether it may answer a check-in: a recording does only where all is done by voice."""
        return self.microphone is not None and (self.microphone.is_live or self._talk.settings.hands_free)

    @property
    def is_stuck(self) -> bool:
        """A live microphone from which nothing has come for too long, not even silence."""
        last_s = self._listener.last_block_at_s
        if self.microphone is None or not self.microphone.is_live or last_s is None:
            return False
        return self._clock.now_s() - last_s > limits.MICROPHONE_SILENT_S

    def start(self) -> None:
        if self.microphone is not None:
            self.has_ended = False
            self._listening = self._spawn(self._listener.run(self.microphone))

    def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()

    def change(self, microphone: Microphone) -> None:
        """Listen to another one from now on."""
        self.stop()
        self.microphone = microphone
        self._listener = self._new_listener()
        self.start()
        self.attend(self._talk.state, TalkState.PAUSED, speaks=False)

    def attend(self, state: TalkState, before: TalkState, *, speaks: bool) -> None:
        """Judge the microphone as this state wants it. speaks: the partner has a loudspeaker."""
        settings = self._talk.settings
        full = settings.duplex is Duplex.FULL
        self._listener.partner_line = self._talk.partner_line
        echo = not full and before is TalkState.SPEAKING and speaks
        match state:
            case TalkState.LISTENING | TalkState.DRAFT | TalkState.HEARING | TalkState.THINKING:
                self._listener.attend(Attention.TURN, echo=echo)
            case TalkState.CHECK_IN if self.answers:
                self._listener.attend(Attention.TURN, echo=echo)
            case TalkState.SPEAKING if full:
                self._listener.attend(Attention.INTERRUPTION)
            case TalkState.PAUSED if settings.hands_free:
                # For "coach, go on"; nothing else that is said counts.
                self._listener.attend(Attention.TURN, echo=echo)
            case _:
                self._listener.attend(Attention.NOTHING)

    def rest(self) -> None:
        """Nothing that is said counts, until `attend`."""
        self._listener.attend(Attention.NOTHING)

    def hold(self, state: TalkState) -> None:
        """Let a recording in the microphone's place wait where a person would."""
        if self.microphone is not None:
            answers = self._talk.settings.hands_free and state in (TalkState.CHECK_IN, TalkState.PAUSED)
            self.microphone.hold(held=state in _HOLDS_RECORDING and not answers)

    def wait_for_coach(self) -> None:
        """The coach speaks: a recording waits; in half duplex nothing that is said counts, or it would be heard."""
        if self.microphone is not None:
            self.microphone.hold(held=True)
        if self._talk.settings.duplex is Duplex.HALF:
            self.rest()

    def key_down(self) -> None:
        self._listener.key_down()

    def commit(self) -> None:
        self._listener.commit()

    def set_patience(self, patience: Patience) -> None:
        self._listener.set_patience(patience)

    def learn_pause(self, pause_s: float) -> None:
        """A pause inside a turn was heard."""
        if self.microphone is not None and self.microphone.is_live:
            self._pauses.heard(pause_s)
            self._listener.set_stretch(self._pauses.stretch)

    def _new_listener(self) -> Listener:
        engines = self._engines
        listener = Listener(
            activity=engines.activity,
            recognizer=engines.recognizer,
            worker=engines.recognizer_worker,
            clock=self._clock,
            patience=self._talk.settings.patience,
            post=self._post,
            voice=engines.voice,
            judge=engines.judge,
            judge_worker=engines.prosody_worker,
        )
        listener.set_stretch(self._pauses.stretch)
        return listener
