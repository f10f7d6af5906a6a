"""The listening half of the conversation lane: microphone, voice activity, end of turn, recognizer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import numpy as np

from voice_agent.audio.level import LevelMeter, MicrophoneCheck
from voice_agent.audio.protocols import (
    BLOCK_S,
    BLOCK_SAMPLES,
    MIC_RATE_HZ,
    Int16Array,
    MicBlock,
    Microphone,
    VoiceActivity,
)
from voice_agent.clock import Clock
from voice_agent.conversation import Transcript
from voice_agent.errors import EngineError
from voice_agent.pipeline.barge_in import BargeIn
from voice_agent.pipeline.end_of_turn import EndOfTurn, TurnSignal
from voice_agent.pipeline.hearing import Hearing
from voice_agent.pipeline.signals import (
    BargedIn,
    BlocksDropped,
    LevelRead,
    MicrophoneEnded,
    MicrophoneLost,
    MicrophoneNoticed,
    RecognizerFailed,
    Signal,
    SpeechBegan,
    SpeechDismissed,
    TurnOver,
    TurnPaused,
    WordsSoFar,
)
from voice_agent.settings import Patience
from voice_agent.speech.protocols import Recognizer
from voice_agent.worker import Worker

PRE_ROLL_S = 0.4
"""Sound from before the onset that belongs to the turn: a soft first syllable comes before a sure voice."""
RESUME_ROLL_S = 0.3
"""The same when the learner goes on after a provisional end."""
ECHO_TAIL_S = 0.25
"""Half duplex: a room still sounds this long after the loudspeaker stops."""


class Attention(Enum):
    """What the microphone is judged for."""

    NOTHING = auto()
    """Not at all: the blocks are not even looked at."""
    TURN = auto()
    INTERRUPTION = auto()


@dataclass(slots=True)
class _Turn:
    """A turn under way."""

    start_sample: int
    blocks: list[MicBlock]


class Listener:
    """Posts a `Signal` for everything it notices. `run` ends when the microphone does."""

    def __init__(
        self,
        *,
        activity: VoiceActivity,
        recognizer: Recognizer | None,
        worker: Worker,
        clock: Clock,
        patience: Patience,
        post: Callable[[Signal], None],
    ) -> None:
        self._activity = activity
        self._clock = clock
        self._post = post
        self._policy = EndOfTurn(patience)
        self._barge_in = BargeIn()
        self._hearing = Hearing(recognizer, worker, self._words)
        self._attention = Attention.NOTHING
        self._deaf_until_s = 0.0
        self._roll: deque[MicBlock] = deque(maxlen=round(PRE_ROLL_S / BLOCK_S))
        self._turn: _Turn | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._dropped_told = 0
        self.last_block_at_s: float | None = None

    # Commands from the rehearsal, all on the event loop.

    def attend(self, attention: Attention, *, echo: bool = False) -> None:
        """Judge the microphone for this from now on; echo: a loudspeaker has just stopped."""
        if attention is self._attention:
            return
        if attention is not Attention.TURN or self._attention is Attention.NOTHING:
            self._drop_turn()
        if self._attention is Attention.NOTHING:
            self._roll.clear()
            self._activity.reset()
        if echo:
            self._deaf_until_s = self._clock.now_s() + ECHO_TAIL_S
        self._attention = attention
        self._barge_in.reset()

    def set_patience(self, patience: Patience) -> None:
        self._policy.patience = patience

    def key_down(self) -> None:
        """The talk key: what follows is a turn, whatever the detector says."""
        if self._attention is Attention.TURN and self._policy.key_down() is TurnSignal.BEGAN:
            self._begin(None)

    def commit(self) -> None:
        """The turn under way is over now."""
        if self._policy.commit() is TurnSignal.COMMITTED:
            self._commit()

    # The microphone's side.

    async def run(self, microphone: Microphone) -> None:
        """Listen until the microphone ends or is lost; posts which of the two."""
        meter, check = LevelMeter(), MicrophoneCheck()
        hearing = asyncio.create_task(self._hearing.run(), name="hearing")
        try:
            async with aclosing(microphone.blocks()) as blocks:
                async for block in blocks:
                    self.last_block_at_s = self._clock.now_s()
                    if (level := meter.block(block.samples)) is not None:
                        self._post(LevelRead(level.rms_dbfs, level.peak_dbfs))
                    is_speech = self._judge(block)
                    notice = check.block(block.samples, is_speech=is_speech)
                    if notice is not None and microphone.is_live:
                        self._post(MicrophoneNoticed(notice.category, notice.sentence, notice.cure))
            self.commit()
            await asyncio.gather(*self._deliveries)
            self._post(MicrophoneEnded())
        except EngineError as error:
            self._drop_turn()
            self._post(MicrophoneLost(error))
        finally:
            hearing.cancel()

    def _judge(self, block: MicBlock) -> bool:
        if self._attention is Attention.NOTHING or self._clock.now_s() < self._deaf_until_s:
            return False
        is_speech = self._activity.is_speech(block.samples)
        if self._attention is Attention.INTERRUPTION:
            self._roll.append(block)
            voiced_s = self._barge_in.voiced_s
            if self._barge_in.block(is_speech=is_speech):
                self._attention = Attention.TURN
                self._post(BargedIn())
                self._policy.begin_now(voiced_s=voiced_s)
                self._begin(None)
            return is_speech
        signal = self._policy.block(is_speech=is_speech)
        if signal is TurnSignal.BEGAN:
            self._begin(block)
        elif self._turn is not None:
            self._turn.blocks.append(block)
            self._hearing.feed(block.samples)
        else:
            self._roll.append(block)
        if signal is not None and signal is not TurnSignal.BEGAN:
            self._turn_signal(signal)
        return is_speech

    def _begin(self, block: MicBlock | None) -> None:
        blocks = [*self._roll] + ([block] if block is not None else [])
        self._roll.clear()
        start = blocks[0].start_sample if blocks else 0
        self._turn = _Turn(start, blocks)
        self._hearing.begin(start)
        for earlier in blocks:
            self._hearing.feed(earlier.samples)
        self._post(SpeechBegan())

    def _turn_signal(self, signal: TurnSignal) -> None:
        if signal is TurnSignal.PROVISIONAL:
            self._hearing.finish()
            self._spawn(self._after_provisional())
            if (turn := self._turn) is not None:
                self._post(
                    TurnPaused(
                        start_sample=turn.start_sample,
                        samples=_samples_of(turn),
                        voiced_s=self._policy.voiced_s,
                    )
                )
        elif signal is TurnSignal.WENT_ON:
            self._go_on()
        elif signal is TurnSignal.COMMITTED:
            self._commit()
        elif signal is TurnSignal.DISMISSED:
            self._drop_turn()
            self._post(SpeechDismissed())

    async def _after_provisional(self) -> None:
        """The words of a paused turn: they set the wait, and may hold "over"."""
        turn = self._turn
        try:
            heard = await self._hearing.words()
        except (asyncio.CancelledError, Exception):  # noqa: BLE001 - told when the turn is delivered
            return
        if turn is None or turn is not self._turn:
            return
        self._policy.words(heard.text)
        if self._policy.patience is Patience.OVER and says_over(heard.text):
            self.commit()

    def _go_on(self) -> None:
        if self._turn is None:
            return
        roll = self._turn.blocks[-round(RESUME_ROLL_S / BLOCK_S) :]
        self._hearing.begin(roll[0].start_sample)
        for block in roll:
            self._hearing.feed(block.samples)

    def _commit(self) -> None:
        turn, self._turn = self._turn, None
        if turn is None:
            return
        self._hearing.finish()
        words = self._hearing.take()
        now = self._clock.now_s()
        silence_s, voiced_s = self._policy.silence_s, self._policy.voiced_s
        stop = turn.start_sample + len(turn.blocks) * BLOCK_SAMPLES - round(silence_s * MIC_RATE_HZ)
        self._spawn(
            self._deliver(
                words,
                TurnOver(
                    transcript=Transcript(""),
                    audio=(turn.start_sample, max(turn.start_sample, stop)),
                    samples=_samples_of(turn),
                    voiced_s=voiced_s,
                    speech_ended_at_s=now - silence_s,
                    committed_at_s=now,
                    words_at_s=now,
                ),
            )
        )

    async def _deliver(self, words: Callable[[], asyncio.Future[Transcript]], over: TurnOver) -> None:
        try:
            heard = await words()
        except asyncio.CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            self._post(RecognizerFailed(error))
            return
        self._post(
            TurnOver(
                transcript=without_over(heard) if self._policy.patience is Patience.OVER else heard,
                audio=over.audio,
                samples=over.samples,
                voiced_s=over.voiced_s,
                speech_ended_at_s=over.speech_ended_at_s,
                committed_at_s=over.committed_at_s,
                words_at_s=self._clock.now_s(),
            )
        )

    def _drop_turn(self) -> None:
        if self._turn is not None:
            self._turn = None
            self._hearing.cancel()
        self._policy.reset()

    def _words(self, text: str) -> None:
        self._policy.words(text)
        self._post(WordsSoFar(text))
        if self._hearing.dropped_blocks > self._dropped_told:
            self._dropped_told = self._hearing.dropped_blocks
            self._post(BlocksDropped(self._dropped_told))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)


def _samples_of(turn: _Turn) -> Int16Array:
    return np.concatenate([block.samples for block in turn.blocks]) if turn.blocks else np.zeros(0, np.int16)


def says_over(text: str) -> bool:
    """Whether a turn ends in the radio word "over"."""
    return text.lower().rstrip(" .,!").split()[-1:] == ["over"]


def without_over(heard: Transcript) -> Transcript:
    if not says_over(heard.text):
        return heard
    return Transcript(heard.text.rstrip(" .,!")[:-4].rstrip(" ,"), heard.words[:-1], heard.confidence)
