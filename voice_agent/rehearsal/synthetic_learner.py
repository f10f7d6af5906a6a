"""A learner made of a script and a voice: speaks into the microphone path when it is its turn to speak."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.clock import Clock
from voice_agent.commands import End
from voice_agent.events import SessionEnded, Stamped, StateChanged, TalkState
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.worker import Worker

THINKS_S = 0.6
"""Pause before it speaks; people leave 0.2 s, learners more."""


class SyntheticLearner:
    """Says its lines one by one, waits for each answer, and ends the talk."""

    def __init__(
        self,
        lines: Sequence[str],
        synthesizer: Synthesizer,
        microphone: QueueMicrophone,
        clock: Clock,
        worker: Worker,
    ) -> None:
        self._lines = list(lines)
        self._synthesizer = synthesizer
        self._microphone = microphone
        self._clock = clock
        self._worker = worker
        self.said: list[str] = []
        """What it has spoken so far."""

    async def take_part(self, rehearsal: Rehearsal, events: AsyncGenerator[Stamped, None]) -> None:
        """Until the session ends."""
        async with aclosing(events):
            async for stamped in events:
                event = stamped.event
                if isinstance(event, SessionEnded):
                    return
                if isinstance(event, StateChanged) and event.state is TalkState.LISTENING:
                    await self._speak_or_end(rehearsal)

    async def _speak_or_end(self, rehearsal: Rehearsal) -> None:
        if not self._lines:
            rehearsal.send(End())
            return
        line = self._lines.pop(0)
        speech = await self._worker.run(self._synthesized, line)
        await self._clock.sleep(THINKS_S)
        self.said.append(line)
        self._microphone.say(speech, self._synthesizer.sample_rate_hz)
        await self._microphone.until_said()

    def _synthesized(self, line: str) -> Int16Array:
        blocks = self._synthesizer.speak(line, Delivery(), threading.Event())
        parts = [block.samples for block in blocks]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)
