"""The recognizer's side of the conversation lane: segments of a turn go in, its words come out.

Blocks are queued for the recognizer's own thread; a segment is finished at each provisional end and a new one
begun when the learner goes on, so that the words are final when the turn is committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript, Word
from voice_agent.errors import EngineError
from voice_agent.speech.protocols import Recognizer
from voice_agent.text import clean
from voice_agent.worker import Worker

QUEUE_BLOCKS = 3000
"""A minute of sound; a recognizer further behind than this will not catch up, and blocks are dropped."""
BATCH_BLOCKS = 10
"""Blocks handed over in one call when the recognizer is behind."""


@dataclass(slots=True)
class _Segment:
    continues: bool
    start_sample: int
    words: asyncio.Future[Transcript]
    partial: str = ""
    is_finished: bool = False
    is_dropped: bool = False


@dataclass(frozen=True, slots=True)
class _Job:
    segment: _Segment
    kind: str
    samples: Int16Array | None = None


class Hearing:
    """One recognizer fed turn by turn. `run` must be running as a task."""

    def __init__(self, recognizer: Recognizer | None, worker: Worker, on_words: Callable[[str], None]) -> None:
        self._given = recognizer
        self._worker = worker
        self._on_words = on_words
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(QUEUE_BLOCKS)
        self._segments: list[_Segment] = []
        self._at_work: _Segment | None = None
        self.dropped_blocks = 0

    @property
    def _recognizer(self) -> Recognizer:
        if self._given is None:
            raise EngineError("recognizer", "there is none", cure="start again with a microphone")
        return self._given

    @property
    def backlog(self) -> int:
        """Blocks that wait for the recognizer."""
        return self._jobs.qsize()

    def begin(self, start_sample: int) -> None:
        """A new turn, or its next segment; start_sample: place of its first sample in the stream."""
        words: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        # A turn that is dismissed never asks for its words.
        words.add_done_callback(lambda done: done.cancelled() or done.exception())
        segment = _Segment(bool(self._segments), start_sample, words)
        self._segments.append(segment)
        self._put(_Job(segment, "begin"))

    def feed(self, samples: Int16Array) -> None:
        if self._segments and not self._segments[-1].is_finished:
            self._put(_Job(self._segments[-1], "feed", samples))

    def finish(self) -> None:
        """End the segment; its words become final soon."""
        if self._segments and not self._segments[-1].is_finished:
            self._segments[-1].is_finished = True
            self._put(_Job(self._segments[-1], "finish"))

    def cancel(self) -> None:
        """Forget the turn; what the recognizer is doing for it ends soon."""
        segments, self._segments = self._segments, []
        for segment in segments:
            segment.is_dropped = True
            self._put(_Job(segment, "cancel"))
        if self._at_work in segments and self._given is not None:
            self._given.cancel()

    async def words(self) -> Transcript:
        """The turn's words so far; all its segments must be finished. Raises what the recognizer raised."""
        return _joined([(segment.start_sample, await segment.words) for segment in self._segments])

    def take(self) -> Callable[[], asyncio.Future[Transcript]]:
        """The turn is over: its words as an awaitable, independent of the turns that follow."""
        segments, self._segments = self._segments, []

        async def final() -> Transcript:
            return _joined([(segment.start_sample, await segment.words) for segment in segments])

        return lambda: asyncio.ensure_future(final())

    def _put(self, job: _Job) -> None:
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            if job.kind == "feed":
                self.dropped_blocks += 1
            else:
                job.segment.words.cancel()

    async def run(self) -> None:
        """Work off the queue for ever; when this is cancelled, the work under way ends soon too."""
        try:
            await self._work()
        finally:
            if self._at_work is not None and self._given is not None:
                self._given.cancel()

    async def _work(self) -> None:
        waiting: _Job | None = None
        while True:
            self._at_work = None
            job = waiting or await self._jobs.get()
            waiting = None
            segment = self._at_work = job.segment
            try:
                if segment.is_dropped and job.kind != "cancel":
                    continue
                if job.kind == "begin":
                    await self._worker.run(self._recognizer.begin, continues=segment.continues)
                elif job.kind == "feed":
                    samples, waiting = self._batch(job)
                    partial = await self._worker.run(self._recognizer.feed, samples)
                    if partial is not None and segment in self._segments:
                        segment.partial = partial
                        so_far = " ".join(part.partial for part in self._segments if part.partial)
                        self._on_words(clean(so_far))
                elif job.kind == "finish":
                    heard = await self._worker.run(self._recognizer.finish)
                    segment.partial = heard.text
                    if not segment.words.done():
                        segment.words.set_result(heard)
                elif not segment.words.done():
                    segment.words.cancel()
                    await self._worker.run(self._recognizer.cancel)
            except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
                if not segment.words.done():
                    segment.words.set_exception(error)

    def _batch(self, first: _Job) -> tuple[Int16Array, _Job | None]:
        """This job's samples with those that wait behind it, and the next job of another kind."""
        parts = [first.samples]
        while len(parts) < BATCH_BLOCKS and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job.kind != "feed" or job.segment is not first.segment:
                return _concatenated(parts), job
            parts.append(job.samples)
        return _concatenated(parts), None


def _concatenated(parts: Sequence[Int16Array | None]) -> Int16Array:
    return np.concatenate([part for part in parts if part is not None])


def _joined(segments: Sequence[tuple[int, Transcript]]) -> Transcript:
    """One transcript of a turn; times count from its first segment."""
    if not segments:
        return Transcript("")
    start = segments[0][0]
    words = tuple(
        Word(clean(word.text), word.start_s + offset, word.end_s + offset, word.confidence)
        for place, heard in segments
        for offset in [(place - start) / MIC_RATE_HZ]
        for word in heard.words
    )
    sure = [word.confidence for word in words if word.confidence is not None]
    return Transcript(
        text=clean(" ".join(heard.text for _, heard in segments if heard.text)),
        words=words,
        confidence=sum(sure) / len(sure) if sure else None,
    )
