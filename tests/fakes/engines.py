"""Engines that do what a test says: each implements its stage's Protocol."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence

import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.conversation import Moment, Move, ReplyPart, Transcript
from voice_agent.errors import EngineError
from voice_agent.speech.protocols import Delivery, SpeechBlock


class LoudBlocks:
    """Voice activity: whatever is loud is speech."""

    def is_speech(self, samples: Int16Array) -> bool:
        return bool(np.abs(samples.astype(np.int32)).max(initial=0) > 1000)

    def reset(self) -> None:
        pass


class FakeRecognizer:
    """Hears the given texts, one for each turn; a segment that continues a turn adds nothing."""

    name = "fake"

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = list(texts)
        self._now = ""
        self.begun = 0
        self.fails = False

    def begin(self, *, continues: bool = False) -> None:
        self.begun += 1
        self._now = "" if continues else (self._texts.pop(0) if self._texts else "")

    def feed(self, samples: Int16Array) -> str | None:
        return None

    def finish(self) -> Transcript:
        if self.fails:
            raise EngineError("recognizer", "the model is broken", cure="run setup")
        return Transcript(self._now)

    def cancel(self) -> None:
        pass

    def close(self) -> None:
        pass


class FakeSynthesizer:
    """Speaks a tone, 60 ms a character; can fail."""

    name = "fake"
    sample_rate_hz = 22_050

    def __init__(self) -> None:
        self.fails = False
        self.spoken: list[str] = []
        self.deliveries: list[Delivery] = []

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        if self.fails:
            raise EngineError("synthesizer", "the voice is broken", cure="choose another voice")
        self.spoken.append(text)
        self.deliveries.append(delivery)
        block = np.full(1323, 3000, np.int16)
        for chars in range(1, len(text) + 1):
            if stop.is_set():
                return
            yield SpeechBlock(block, chars)

    def close(self) -> None:
        pass


class ScriptedPartner:
    """Says the given lines; can be late for ever, fail, or end the talk."""

    name = "scripted"

    def __init__(self, lines: Sequence[str] = (), *, fails: bool = False, hangs: bool = False) -> None:
        self._lines = list(lines)
        self._fails = fails
        self._hangs = hangs
        self.moments: list[Moment] = []
        self.closed_early = 0

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        self.moments.append(moment)
        if self._fails:
            raise EngineError("partner", "the server said 500", cure="say it again")
        try:
            if self._hangs:
                await asyncio.Event().wait()
            line = self._lines.pop(0) if self._lines else f"Answer number {len(self.moments)}. And some more of it."
            closes = line.startswith("BYE ")
            yield ReplyPart(text=line.removeprefix("BYE "), move=Move.CLOSE_AGREED if closes else Move.ANSWER)
        except (asyncio.CancelledError, GeneratorExit):
            self.closed_early += 1
            raise

    async def close(self) -> None:
        pass
