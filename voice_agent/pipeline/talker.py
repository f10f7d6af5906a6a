"""The speaking half of the conversation lane: text, sentences, synthesizer, speaker; and what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from voice_agent.audio.protocols import Int16Array, Loudness, Speaker
from voice_agent.audio.resampling import StreamResampler
from voice_agent.clock import Clock
from voice_agent.conversation import ReplyPart
from voice_agent.errors import EngineError
from voice_agent.pipeline.reply_maker import (
    Piece,
    ReplyMaker,
    SentenceBegins,
    SentenceMade,
    SoundMade,
    VoiceFailed,
    component_of,
)
from voice_agent.pipeline.signals import ReplyFailed, ReplySpoken, SentenceSounded, Signal, VoiceLost
from voice_agent.speech.protocols import Delivery, Synthesizer
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
    maker: ReplyMaker
    marks: list[_Mark] = field(default_factory=list)
    resampler: StreamResampler | None = None
    """Of the sentence that is being written."""
    written: int = 0
    sounded_at_s: float | None = None
    heard_at_stop: int | None = None

    @property
    def is_stopped(self) -> bool:
        return self.maker.stop.is_set()


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

    def prepare(
        self, parts: AsyncGenerator[ReplyPart, None], delivery: Delivery, *, first: Sequence[str] = ()
    ) -> ReplyMaker:
        """Begin to make a reply that `say` may let sound later; until then only its beginning is made.

        first: sentences spoken before the parts, as they are (the rest of a reply that was interrupted by nothing).
        """
        return ReplyMaker(
            parts,
            delivery,
            synthesizer=self._synthesizer if self._sounds() else None,
            worker=self._worker,
            clock=self._clock,
            first=first,
        )

    def stop(self) -> None:
        """Silence, now; `say` then posts what was heard. Does nothing when no reply is under way."""
        reply = self._reply
        if reply is None or reply.is_stopped:
            return
        reply.maker.halt()
        reply.heard_at_stop = self._clear() - reply.base

    def set_loudness(self, loudness: Loudness) -> None:
        """Speak softer, halt, or go on at the word where it was."""
        if self.speaker is not None:
            self.speaker.set_loudness(loudness)

    async def say(self, turn: int, maker: ReplyMaker) -> None:
        """Let a reply sound as it is made; posts SentenceSounded, then ReplySpoken or ReplyFailed.

        Cancelling silences it and posts nothing.
        """
        heard_so_far = self.speaker.heard_samples() if self.speaker else 0
        reply = self._reply = _Reply(turn, heard_so_far, maker)
        watch = asyncio.create_task(self._watch(reply), name="speaking")
        maker.release()
        try:
            async for piece in maker.pieces():
                await self._take(reply, piece)
            if self._sounds() and self.speaker and not reply.is_stopped:
                await self.speaker.drained()
            self._tell(reply)
            self._post(self._spoken(reply))
        except asyncio.CancelledError:
            maker.stop.set()
            self._clear()
            raise
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            self.stop()
            self._post(ReplyFailed(self._spoken(reply), error))
        finally:
            watch.cancel()
            maker.close()
            if self._reply is reply:
                self._reply = None

    async def _take(self, reply: _Reply, piece: Piece) -> None:
        match piece:
            case SentenceBegins():
                reply.marks.append(_Mark(piece.text, reply.written))
                reply.resampler = self._resampler(reply)
                if not self._sounds() and not reply.is_stopped:
                    self._tell(reply)
            case SoundMade() if reply.resampler is not None and not reply.is_stopped:
                await self._write(reply, reply.resampler.feed(piece.samples))
                if piece.share is not None:
                    reply.marks[-1].points.append((reply.written, piece.share))
            case SentenceMade() if reply.resampler is not None and not reply.is_stopped:
                await self._write(reply, reply.resampler.finish())
                reply.marks[-1].stop = reply.written
            case VoiceFailed():
                self._lose_voice(reply, piece.error, component_of(piece.error))

    def _resampler(self, reply: _Reply) -> StreamResampler | None:
        if self.speaker is None or self._synthesizer is None or not reply.maker.sample_rate_hz:
            return None
        return StreamResampler(reply.maker.sample_rate_hz, self.speaker.sample_rate_hz)

    async def _write(self, reply: _Reply, samples: Int16Array) -> None:
        if not len(samples) or self.speaker is None:
            return
        reply.written += len(samples)
        try:
            await self.speaker.write(samples)
        except EngineError as error:
            reply.maker.mute()
            self._lose_voice(reply, error, "speaker")

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
        while not reply.is_stopped:
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
            sounds = heard > mark.start or (not self._sounds() and not reply.is_stopped)
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
            intended=clean("".join(reply.maker.intended)),
            rest=rest,
            move=reply.maker.move,
            complete=complete,
            text_at_s=reply.maker.text_at_s,
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
