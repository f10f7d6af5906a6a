"""The reply that is prepared before the learner's turn is surely over.

The words so far are rated, the partner begins to answer, and its first sentence is made, while nobody knows yet
whether the turn has ended. Nothing of it is stored, shown or heard; when the learner goes on it is dropped, and the
partner's work ends with it. It is used only when the moment it answers is the moment that came.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import msgspec

from voice_agent.conversation import Moment, Reading
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.pipeline.reply_maker import ReplyMaker

_FILLERS = frozenset("um uh er erm eh ah hm hmm mm mhm".split())  # noqa: SIM905 - read more easily as words

Prepare = Callable[[Reading], tuple[Moment, ReplyMaker] | None]
"""Begins a reply to the turn as read; None where there is nothing to answer ahead."""


@dataclass(slots=True)
class _Guess:
    said: str
    reading: asyncio.Future[Reading]
    work: asyncio.Task[None]
    moment: Moment | None = None
    reply: ReplyMaker | None = None


class Speculation:
    """At most one guess at a time. All methods are called from the rehearsal's one task."""

    def __init__(
        self,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        read: Callable[[RatedTurn], Coroutine[Any, Any, Reading]],
    ) -> None:
        self._spawn = spawn
        self._read = read
        self._guess: _Guess | None = None
        self.begun = 0
        """Replies that were begun for the turn under way."""

    def begin(self, unread: RatedTurn, prepare: Prepare) -> None:
        """Guess that these are the turn's words; the same words again change nothing."""
        if self._guess is not None and same_meaning(self._guess.said, unread.said):
            return
        self.drop()
        reading: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        reading.add_done_callback(lambda done: done.cancelled() or done.exception())
        guess = _Guess(unread.said, reading, self._spawn(self._work(unread, reading, prepare)))
        self._guess = guess

    async def reading(self, said: str) -> Reading | None:
        """What the rater made of these words, where they were guessed; None where they were not, or it failed."""
        guess = self._guess
        if guess is None or not same_meaning(guess.said, said):
            self.drop()
            return None
        try:
            return await asyncio.shield(guess.reading)
        except (asyncio.CancelledError, Exception):
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            return None

    def take(self, moment: Moment) -> ReplyMaker | None:
        """The reply to this moment, if it was prepared; any other is dropped."""
        guess = self._guess
        if guess is None or guess.moment is None or guess.reply is None or not _same(guess.moment, moment):
            self.drop()
            return None
        self._guess = None
        return guess.reply

    def drop(self) -> None:
        """The guess was wrong, or is not wanted any more: end all work for it."""
        guess, self._guess = self._guess, None
        if guess is None:
            return
        guess.work.cancel()
        guess.reading.cancel()
        if guess.reply is not None:
            guess.reply.close()

    def turn_over(self) -> int:
        """Begin to count anew; the number of replies begun for the turn that is over."""
        begun, self.begun = self.begun, 0
        return begun

    async def _work(self, unread: RatedTurn, reading: asyncio.Future[Reading], prepare: Prepare) -> None:
        try:
            read = await self._read(unread)
        except asyncio.CancelledError:
            reading.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - the lane's border: told when the turn is really rated
            if not reading.done():
                reading.set_exception(error)
            return
        if reading.done():
            return
        # Before the waiting turn goes on, so that it finds the reply.
        if self._guess is not None and self._guess.reading is reading and (ahead := prepare(read)) is not None:
            self.begun += 1
            self._guess.moment, self._guess.reply = ahead
        reading.set_result(read)


def same_meaning(one: str, other: str) -> bool:
    """Whether two transcripts differ in nothing but fillers, case, punctuation and a word said twice in a row."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> list[str]:
    words = [word for word in re.sub(r"[^\w' ]+", " ", text.lower()).split() if word not in _FILLERS]
    return [word for place, word in enumerate(words) if place == 0 or words[place - 1] != word]


def _same(one: Moment, other: Moment) -> bool:
    if not same_meaning(one.said, other.said):
        return False
    return msgspec.structs.replace(one, said="") == msgspec.structs.replace(other, said="")
