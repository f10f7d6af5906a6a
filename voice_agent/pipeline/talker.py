"""The speaking half of the conversation lane: text, sentences, synthesizer, speaker; and what was heard."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import pairwise

from voice_agent.audio.protocols import Int16Array, Speaker
from voice_agent.audio.resampling import StreamResampler
from voice_agent.clock import Clock
from voice_agent.conversation import Move, ReplyPart
from voice_agent.errors import EngineError
from voice_agent.pipeline.signals import ReplyFailed, ReplySpoken, SentenceSounded, Signal, VoiceLost
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.speech.sentences import SentenceSplitter
from voice_agent.speech.speakable import speakable
from voice_agent.text import clean
from voice_agent.worker import Worker

WATCH_S = 0.01
"""How often the speaker is asked what has been heard."""
STALL_S = 4.0
"""Sound queued and none heard for this long: the device is dead, whatever it says."""


@dataclass(slots=True)
class _Mark:
    """Where a sentence lies in the reply's samples."""

    text: str
    start: int
    stop: int | None = None
    points: list[tuple[int, float]] = field(default_factory=list)
    """(samples, share of the text spoken by then), where the engine tells."""
    is_told: bool = False


@dataclass(slots=True)
class _Reply:
    turn: int
    base: int
    """Samples heard before this reply."""
    stop: threading.Event = field(default_factory=threading.Event)
    marks: list[_Mark] = field(default_factory=list)
    written: int = 0
    intended: list[str] = field(default_factory=list)
    move: Move | None = None
    text_at_s: float | None = None
    sounded_at_s: float | None = None
    heard_at_stop: int | None = None


class Talker:
    """Speaks one reply at a time. Without a synthesizer or a speaker, a reply is shown instead of heard."""

    def __init__(
        self,
        *,
        synthesizer: Synthesizer | None,
        speaker: Speaker | None,
        worker: Worker,
        clock: Clock,
        post: Callable[[Signal], None],
    ) -> None:
        self._synthesizer = synthesizer
        self.speaker = speaker
        self._worker = worker
        self._clock = clock
        self._post = post
        self._reply: _Reply | None = None

    def stop(self) -> None:
        """Silence, now; `say` then posts what was heard. Does nothing when no reply is under way."""
        reply = self._reply
        if reply is None or reply.stop.is_set():
            return
        reply.stop.set()
        reply.heard_at_stop = self._clear() - reply.base

    async def say(
        self,
        turn: int,
        parts: AsyncGenerator[ReplyPart, None],
        delivery: Delivery,
        *,
        keep_sentences: Sequence[str] = (),
    ) -> None:
        """Speak a reply as it comes; posts SentenceSounded, then ReplySpoken or ReplyFailed.

        keep_sentences: spoken first, as they are (the rest of a reply that was interrupted by nothing).
        Cancelling silences it and posts nothing.
        """
        heard_so_far = self.speaker.heard_samples() if self.speaker else 0
        reply = self._reply = _Reply(turn, heard_so_far)
        watch = asyncio.create_task(self._watch(reply), name="speaking")
        try:
            for sentence in keep_sentences:
                await self._sentence(reply, sentence, delivery)
            await self._speak_parts(reply, parts, delivery)
            if self._sounds() and self.speaker and not reply.stop.is_set():
                await self.speaker.drained()
            self._tell(reply)
            self._post(self._spoken(reply))
        except asyncio.CancelledError:
            reply.stop.set()
            self._clear()
            raise
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            self.stop()
            self._post(ReplyFailed(self._spoken(reply), error))
        finally:
            watch.cancel()
            if self._reply is reply:
                self._reply = None

    async def _speak_parts(self, reply: _Reply, parts: AsyncGenerator[ReplyPart, None], delivery: Delivery) -> None:
        splitter = SentenceSplitter()
        async with aclosing(parts):
            async for part in parts:
                if reply.stop.is_set():
                    break
                if reply.text_at_s is None:
                    reply.text_at_s = self._clock.now_s()
                reply.move = part.move or reply.move
                reply.intended.append(part.text)
                for sentence in splitter.feed(part.text):
                    await self._sentence(reply, sentence, delivery)
        for sentence in splitter.finish():
            await self._sentence(reply, sentence, delivery)

    async def _sentence(self, reply: _Reply, raw: str, delivery: Delivery) -> None:
        text = clean(raw)
        if not text:
            return
        mark = _Mark(text, reply.written)
        reply.marks.append(mark)
        if reply.stop.is_set():
            return
        if not self._sounds():
            self._tell(reply)
            return
        try:
            await self._speak(reply, mark, delivery)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            component = error.component if isinstance(error, EngineError) else "synthesizer"
            self._lose_voice(reply, error, component)

    async def _speak(self, reply: _Reply, mark: _Mark, delivery: Delivery) -> None:
        synthesizer, speaker = self._synthesizer, self.speaker
        if synthesizer is None or speaker is None:
            return
        spoken = speakable(mark.text)
        resampler = StreamResampler(synthesizer.sample_rate_hz, speaker.sample_rate_hz)
        blocks = synthesizer.speak(spoken, delivery, reply.stop)
        # next() with a default: StopIteration cannot cross a future.
        while (block := await self._worker.run(next, blocks, None)) is not None:
            if reply.stop.is_set():
                return
            await self._write(reply, speaker, resampler.feed(block.samples))
            if block.chars_spoken is not None:
                mark.points.append((reply.written, block.chars_spoken / max(1, len(spoken))))
        if not reply.stop.is_set():
            await self._write(reply, speaker, resampler.finish())
            mark.stop = reply.written

    async def _write(self, reply: _Reply, speaker: Speaker, samples: Int16Array) -> None:
        if len(samples):
            reply.written += len(samples)
            await speaker.write(samples)

    def _lose_voice(self, reply: _Reply, error: Exception, component: str) -> None:
        """Go on as text: what has not sounded yet is shown at once."""
        if component == "speaker":
            self.speaker = None
        else:
            self._synthesizer = None
        self._post(VoiceLost(error, component))
        self._tell(reply)

    def _sounds(self) -> bool:
        return self._synthesizer is not None and self.speaker is not None

    def _clear(self) -> int:
        return self.speaker.clear() if self.speaker else 0

    async def _watch(self, reply: _Reply) -> None:
        """Tell each sentence when its sound begins; end a reply that does not sound."""
        last_heard, since_s = -1, self._clock.now_s()
        while not reply.stop.is_set():
            heard = self._heard(reply)
            now = self._clock.now_s()
            if heard != last_heard or reply.written <= heard:
                last_heard, since_s = heard, now
            elif now - since_s > STALL_S:
                cause = f"nothing has sounded for {STALL_S:.0f} s"
                self._clear()
                self._lose_voice(reply, EngineError("speaker", cause, cure="choose another speaker"), "speaker")
                return
            self._tell(reply)
            await self._clock.sleep(WATCH_S)

    def _heard(self, reply: _Reply) -> int:
        if reply.heard_at_stop is not None:
            return reply.heard_at_stop
        return self.speaker.heard_samples() - reply.base if self.speaker else 0

    def _tell(self, reply: _Reply) -> None:
        heard = self._heard(reply)
        for index, mark in enumerate(reply.marks):
            sounds = heard > mark.start or (not self._sounds() and not reply.stop.is_set())
            if sounds and not mark.is_told:
                mark.is_told = True
                now = self._clock.now_s()
                reply.sounded_at_s = now if reply.sounded_at_s is None else reply.sounded_at_s
                self._post(SentenceSounded(turn=reply.turn, index=index, text=mark.text, began_at_s=now))

    def _spoken(self, reply: _Reply) -> ReplySpoken:
        heard = self._heard(reply)
        complete = reply.heard_at_stop is None
        texts = [mark.text if complete else _heard_text(mark, heard) for mark in reply.marks]
        rest = tuple(mark.text for mark, text in zip(reply.marks, texts, strict=True) if text != mark.text)
        return ReplySpoken(
            turn=reply.turn,
            heard=" ".join(text for text in texts if text),
            intended=clean("".join(reply.intended)),
            rest=rest,
            move=reply.move,
            complete=complete,
            text_at_s=reply.text_at_s,
            sounded_at_s=reply.sounded_at_s,
        )


def _heard_text(mark: _Mark, heard: int) -> str:
    """The whole words of a sentence that were audible after `heard` samples of the reply."""
    if mark.stop is not None and heard >= mark.stop:
        return mark.text
    if heard <= mark.start:
        return ""
    known = [(mark.start, 0.0), *mark.points]
    if mark.stop is not None:
        known.append((mark.stop, 1.0))
    share = 1.0
    for (before, share_before), (after, share_after) in pairwise(known):
        if before <= heard < after:
            share = share_before + (share_after - share_before) * (heard - before) / (after - before)
            break
    cut = int(share * len(mark.text))
    if cut >= len(mark.text):
        return mark.text
    # A word counts as heard when its last letter was.
    return mark.text[: cut + 1].rsplit(" ", 1)[0] if " " in mark.text[: cut + 1] else ""
