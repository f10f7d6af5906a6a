"""The coach speaks aloud, in a voice of its own, while nobody else does."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any, Protocol

from voice_agent.audio.protocols import Int16Array, Speaker
from voice_agent.audio.resampling import StreamResampler
from voice_agent.pipeline.stages import Engines
from voice_agent.speech.protocols import Delivery
from voice_agent.speech.speakable import speakable

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Sound(Protocol):
    """Sound without words, such as a tone to breathe by: blocks at a sample rate."""

    def __call__(self, sample_rate_hz: int) -> Iterator[Int16Array]: ...


class CoachVoice:
    """Says one thing after another. All methods are called from the rehearsal's one task."""

    def __init__(self, engines: Engines, spawn: Spawn, done: Callable[[], None]) -> None:
        """done: called when it has finished by itself, so that the microphone is judged again."""
        self._engines = engines
        self._spawn = spawn
        self._done = done
        self._task: asyncio.Task[None] | None = None
        self._stop = threading.Event()
        self._waiting: deque[str | Sound] = deque()

    @property
    def is_speaking(self) -> bool:
        return self._task is not None

    def say(self, what: str | Sound, speaker: Speaker) -> bool:
        """Say this after what is being said; False when there is no voice for it."""
        if self._engines.coach is None:
            return False
        self._waiting.append(what)
        if self._task is None:
            self._stop = threading.Event()
            self._task = self._spawn(self._speak(speaker, self._stop))
        return True

    def stop(self, speaker: Speaker | None) -> None:
        """Silence, now; what was waiting is not said."""
        self._waiting.clear()
        if self._task is None:
            return
        self._stop.set()
        self._task.cancel()
        self._task = None
        if speaker is not None:
            speaker.clear()

    async def finished(self) -> None:
        """When everything has been said."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _speak(self, speaker: Speaker, stop: threading.Event) -> None:
        with suppress(Exception):  # the words stand on the screen: a broken voice must not end the talk
            # More may come to be said while the last of it still sounds.
            while self._waiting:
                while self._waiting:
                    await self._sound(self._waiting.popleft(), speaker, stop)
                await speaker.drained()
        self._waiting.clear()
        self._task = None
        self._done()

    async def _sound(self, what: str | Sound, speaker: Speaker, stop: threading.Event) -> None:
        if isinstance(what, str):
            await self._say(what, speaker, stop)
        else:
            for samples in what(speaker.sample_rate_hz):
                await speaker.write(samples)

    async def _say(self, words: str, speaker: Speaker, stop: threading.Event) -> None:
        voice, worker = self._engines.coach, self._engines.coach_worker
        assert voice is not None
        resampler = StreamResampler(voice.sample_rate_hz, speaker.sample_rate_hz)
        blocks = voice.speak(speakable(words), Delivery(), stop)
        while (block := await worker.run(next, blocks, None)) is not None:
            if len(samples := resampler.feed(block.samples)):
                await speaker.write(samples)
        if len(samples := resampler.finish()):
            await speaker.write(samples)
