"""Turns a partner's answer into sentences and sound, ahead of the speaker. Nothing sounds here.

One task reads the answer as it comes, another cuts it and has it spoken into a bounded queue, so that a reply can be
made before anybody knows whether it will be heard, and dropped without a trace.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from voice_agent.audio.protocols import Int16Array
from voice_agent.clock import Clock
from voice_agent.conversation import Move, ReplyPart
from voice_agent.errors import EngineError
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.speech.sentences import SentenceSplitter
from voice_agent.speech.speakable import speakable
from voice_agent.text import clean
from voice_agent.worker import Worker

READY_S = 1.0
"""Sound made before the reply may sound: covers the making of what follows."""
AHEAD_PIECES = 256
"""Pieces made and not yet taken: some 20 s of speech, so that a slow voice can work ahead of the speaker."""


@dataclass(frozen=True, slots=True)
class SentenceBegins:
    """A sentence, or a clause of one; its sound follows, where there is a voice."""

    text: str


@dataclass(frozen=True, slots=True)
class SoundMade:
    samples: Int16Array
    """Mono, at the synthesizer's rate."""
    share: float | None
    """Share of the sentence spoken by the end of these samples; None where the engine does not tell."""


@dataclass(frozen=True, slots=True)
class SentenceMade:
    """All the sound of the sentence has been given."""


@dataclass(frozen=True, slots=True)
class VoiceFailed:
    """The synthesizer failed; the sentences that follow have no sound."""

    error: Exception


Piece = SentenceBegins | SoundMade | SentenceMade | VoiceFailed


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


class ReplyMaker:
    """One reply. Made with a running event loop; `release`d when it may sound; `close`d in any case."""

    def __init__(
        self,
        parts: AsyncGenerator[ReplyPart, None],
        delivery: Delivery,
        *,
        synthesizer: Synthesizer | None,
        worker: Worker,
        clock: Clock,
        first: Sequence[str] = (),
    ) -> None:
        """first: sentences spoken before the parts, as they are. synthesizer: None when the reply is only shown."""
        self._parts = parts
        self._delivery = delivery
        self._synthesizer = synthesizer
        self._worker = worker
        self._clock = clock
        self._text: asyncio.Queue[str | _Failed | None] = asyncio.Queue()
        self._pieces: asyncio.Queue[Piece | _Failed | None] = asyncio.Queue(AHEAD_PIECES)
        self._released = asyncio.Event()
        self._made_s = 0.0
        self.stop = threading.Event()
        """Set when no more sound is wanted; the synthesizer looks at it."""
        self.intended: list[str] = []
        """The answer's text as far as it has come."""
        self.move: Move | None = None
        self.text_at_s: float | None = None
        """When the first text came, by the clock."""
        self.sample_rate_hz = synthesizer.sample_rate_hz if synthesizer is not None else 0
        self._reading = asyncio.create_task(self._read(), name="partner")
        self._making = asyncio.create_task(self._make(first), name="voice ahead")

    def release(self) -> None:
        """The reply may sound: make all of it. Until then only its beginning is made."""
        self._released.set()

    def halt(self) -> None:
        """No more sound, and no more text; `pieces` still tells the sentences that have come."""
        self.stop.set()
        self._reading.cancel()
        self.release()

    def mute(self) -> None:
        """Go on without sound."""
        self._synthesizer = None

    def close(self) -> None:
        """End whatever still works for this reply; the partner's generator is closed with it."""
        self.stop.set()
        self._reading.cancel()
        self._making.cancel()

    async def pieces(self) -> AsyncGenerator[Piece, None]:
        """The reply, piece by piece, as it is made; raises what the partner raised, after what came before it."""
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, _Failed):
                raise piece.error
            yield piece

    async def _read(self) -> None:
        end: _Failed | None = None
        try:
            async with aclosing(self._parts):
                async for part in self._parts:
                    if self.text_at_s is None:
                        self.text_at_s = self._clock.now_s()
                    self.move = part.move or self.move
                    self.intended.append(part.text)
                    self._text.put_nowait(part.text)
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            end = _Failed(error)
        finally:
            self._text.put_nowait(end)

    async def _make(self, first: Sequence[str]) -> None:
        for sentence in first:
            await self._sentence(sentence)
        splitter = SentenceSplitter()
        while isinstance(text := await self._text.get(), str):
            for sentence in splitter.feed(text) or splitter.early():
                await self._sentence(sentence)
        for sentence in splitter.finish():
            await self._sentence(sentence)
        await self._pieces.put(text)

    async def _sentence(self, raw: str) -> None:
        text = clean(raw)
        if not text:
            return
        await self._pieces.put(SentenceBegins(text))
        synthesizer = self._synthesizer
        if synthesizer is not None and not self.stop.is_set():
            try:
                await self._speak(text, synthesizer)
            except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
                self._synthesizer = None
                await self._pieces.put(VoiceFailed(error))
        if self._made_s >= READY_S or self._synthesizer is None:
            await self._released.wait()

    async def _speak(self, text: str, synthesizer: Synthesizer) -> None:
        spoken = speakable(text)
        blocks = synthesizer.speak(spoken, self._delivery, self.stop)
        # next() with a default: StopIteration cannot cross a future.
        while (block := await self._worker.run(next, blocks, None)) is not None:
            if self.stop.is_set():
                return
            share = None if block.chars_spoken is None else block.chars_spoken / max(1, len(spoken))
            self._made_s += len(block.samples) / synthesizer.sample_rate_hz
            await self._pieces.put(SoundMade(block.samples, share))
        if not self.stop.is_set():
            await self._pieces.put(SentenceMade())


def component_of(error: Exception) -> str:
    """Which component an error of the voice belongs to."""
    return error.component if isinstance(error, EngineError) else "synthesizer"
