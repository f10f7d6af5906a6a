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
    Loudness,
    MicBlock,
    Microphone,
    Trust,
    VoiceActivity,
    VoiceLikelihood,
)
from voice_agent.clock import Clock
from voice_agent.conversation import Transcript
from voice_agent.errors import EngineError
from voice_agent.pipeline.barge_in import BargeIn, BargeSignal
from voice_agent.pipeline.end_of_turn import EndOfTurn, TurnSignal
from voice_agent.pipeline.hearing import Hearing
from voice_agent.pipeline.signals import (
    BargedIn,
    BlocksDropped,
    EchoStays,
    EndForeseen,
    LevelRead,
    MicrophoneEnded,
    MicrophoneLost,
    MicrophoneNoticed,
    PartnerYields,
    PausedInside,
    RecognizerFailed,
    Signal,
    SpeechBegan,
    SpeechDismissed,
    TurnOver,
    TurnPaused,
    WentOn,
    WordsSoFar,
)
from voice_agent.pipeline.turn_end.judge import TurnJudge
from voice_agent.settings import Patience
from voice_agent.speech.protocols import Recognizer
from voice_agent.worker import Worker

PRE_ROLL_S = 0.4
"""Sound from before the onset that belongs to the turn: a soft first syllable comes before a sure voice."""
RESUME_ROLL_S = 0.2
"""The same when the learner goes on after a provisional end: no more than that silence, or a word is heard twice."""
FORESEEN_AFTER_S = 0.04
"""Two blocks: the words that look finished come 0.1 s after they were said, so the silence needs to prove little."""
LEAD_S = 0.7
"""An answer is prepared this long before the turn would be committed: a server near by needs about 0.5 s."""
WENT_ON_S = 0.16
"""Voice after a foreseen end that is more than a breath or a click."""
_LOUDNESS = {
    BargeSignal.DUCK: Loudness.DUCKED,
    BargeSignal.HOLD: Loudness.HELD,
    BargeSignal.RELEASE: Loudness.FULL,
}
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
    is_overlapped: bool
    """It began while the partner spoke."""
    pauses: int = 0
    melody: float | None = None
    """Log odds of the pause under way."""
    words: float | None = None
    """Log odds of the newest words that were weighed."""


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
        judge: TurnJudge | None = None,
        judge_worker: Worker | None = None,
        voice: VoiceLikelihood | None = None,
    ) -> None:
        """judge: tells a pause from an end, on the judge's worker; without both, silence alone ends turns.

        voice: tells a voice from a noise while the partner speaks; None: activity stands for it.
        """
        self._activity = activity
        self._voice = voice
        self._told_echo = False
        self._clock = clock
        self._post = post
        self._policy = EndOfTurn(patience)
        self._turn_judge = judge
        self._judge_worker = judge_worker
        self.partner_line = ""
        """What the learner answers: a "no" may be a whole turn."""
        self._barge_in = BargeIn(voice.window_s) if voice is not None else BargeIn()
        self._hearing = Hearing(recognizer, worker, self._words)
        self._attention = Attention.NOTHING
        self._deaf_until_s = 0.0
        self._roll: deque[MicBlock] = deque(maxlen=round(PRE_ROLL_S / BLOCK_S))
        self._turn: _Turn | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._dropped_told = 0
        self._words_so_far = ""
        self._unweighed: str | None = None
        """Newer words than `_words_so_far`, which wait until how finished they are is known."""
        self._is_weighing = False
        self._foreseen: str | None = None
        """The words with which an end was foreseen and told."""
        self._voiced_since_s = 0.0
        self.last_block_at_s: float | None = None

    # Commands from the rehearsal, all on the event loop.

    def attend(self, attention: Attention, *, echo: bool = False) -> None:
        """Judge the microphone for this from now on; echo: a loudspeaker has just stopped."""
        if attention is self._attention:
            return
        if self._attention is Attention.INTERRUPTION:
            self._leave_interruption(attention)
        if attention is not Attention.TURN or self._attention is Attention.NOTHING:
            self._drop_turn()
        if self._attention is Attention.NOTHING:
            self._roll.clear()
            self._activity.reset()
        if attention is Attention.INTERRUPTION and self._voice is not None:
            self._voice.reset()
        if echo:
            self._deaf_until_s = self._clock.now_s() + ECHO_TAIL_S
        self._attention = attention
        self._barge_in.reset()

    def set_patience(self, patience: Patience) -> None:
        self._policy.patience = patience

    def set_stretch(self, stretch: float) -> None:
        """This learner's pauses against most people's."""
        self._policy.stretch = stretch

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
            if self._barge_in.holds:
                self._interrupt()
            self.commit()
            await asyncio.gather(*self._deliveries)
            self._post(MicrophoneEnded())
        except EngineError as error:
            self._drop_turn()
            if self._barge_in.yields:
                self._barge_signal(self._barge_in.let_go())
            self._post(MicrophoneLost(error))
        finally:
            hearing.cancel()

    def _judge(self, block: MicBlock) -> bool:
        if self._attention is Attention.NOTHING or self._clock.now_s() < self._deaf_until_s:
            return False
        if block.trust is not Trust.SURE and not (self._turn is not None and self._attention is Attention.TURN):
            if block.trust is Trust.ECHO and not self._told_echo:
                self._told_echo = True
                self._post(EchoStays())
            if self._barge_in.yields:
                self._barge_signal(self._barge_in.let_go())
            return False
        is_speech = self._activity.is_speech(block.samples)
        if self._attention is Attention.INTERRUPTION:
            self._interruption(block, is_speech=is_speech)
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
        self._foresee(is_speech=is_speech)
        return is_speech

    def _foresee(self, *, is_speech: bool) -> None:
        """Tell when the turn may end soon with the words so far, and when it did not."""
        if self._turn is None or self._policy.is_held:
            return
        if is_speech:
            self._voiced_since_s += BLOCK_S
            if self._foreseen is not None and self._voiced_since_s >= WENT_ON_S:
                self._foreseen = None
                self._post(WentOn())
            return
        text, silence_s = self._words_so_far, self._policy.silence_s
        near = silence_s >= FORESEEN_AFTER_S and self._policy.likely_wait_s() - silence_s <= LEAD_S
        if text and near and text != self._foreseen:
            self._foreseen, self._voiced_since_s = text, 0.0
            self._post(EndForeseen(text))

    def _interruption(self, block: MicBlock, *, is_speech: bool) -> None:
        """One more block while the partner speaks."""
        if self._turn is None:
            self._roll.append(block)
        else:
            self._turn.blocks.append(block)
            self._hearing.feed(block.samples)
        voices = None if self._voice is None else self._voice.feed(block.samples).tolist()
        self._barge_signal(self._barge_in.block(is_speech=is_speech, voices=voices))

    def _barge_signal(self, signal: BargeSignal | None) -> None:
        if signal is BargeSignal.CONFIRMED:
            self._interrupt()
        elif signal is BargeSignal.ENDED:
            self._hearing.finish()
            self._spawn(self._decide())
        elif signal is not None:
            if signal is BargeSignal.HOLD:
                self._gather(None)
            elif signal is BargeSignal.RELEASE:
                self._drop_turn()
            self._post(PartnerYields(_LOUDNESS[signal]))

    async def _decide(self) -> None:
        """Whether a short voice was an interruption, by its words."""
        turn = self._turn
        try:
            words = (await self._hearing.words()).text
        except (asyncio.CancelledError, Exception):  # noqa: BLE001 - without words its length decides
            words = ""
        if turn is not None and turn is self._turn and self._attention is Attention.INTERRUPTION:
            self._barge_signal(self._barge_in.decide(words))

    def _interrupt(self) -> None:
        """The learner has the word: what was gathered so far is the beginning of the turn."""
        self._attention = Attention.TURN
        self._post(BargedIn())
        self._begin_held()

    def _begin_held(self) -> None:
        self._policy.begin_now(voiced_s=self._barge_in.voiced_s)
        if self._barge_in.has_ended:
            self._go_on()
        self._post(SpeechBegan())

    def _leave_interruption(self, attention: Attention) -> None:
        """The partner has ended, or was stopped: a voice that halted it is a turn where one may begin."""
        if self._barge_in.yields:
            self._post(PartnerYields(Loudness.FULL))
        if not self._barge_in.holds:
            return
        if attention is Attention.TURN:
            self._begin_held()
        else:
            self._drop_turn()

    def _begin(self, block: MicBlock | None) -> None:
        self._gather(block)
        self._post(SpeechBegan())

    def _gather(self, block: MicBlock | None) -> None:
        blocks = [*self._roll] + ([block] if block is not None else [])
        self._roll.clear()
        start = blocks[0].start_sample if blocks else 0
        self._turn = _Turn(start, blocks, is_overlapped=block is None)
        self._words_so_far, self._unweighed, self._foreseen = "", None, None
        self._hearing.begin(start)
        for earlier in blocks:
            self._hearing.feed(earlier.samples)

    def _turn_signal(self, signal: TurnSignal) -> None:
        if signal is TurnSignal.PROVISIONAL:
            self._hearing.finish()
            if (turn := self._turn) is not None:
                samples = _samples_of(turn)
                turn.pauses += 1
                turn.melody = None
                self._spawn(self._after_provisional(turn, turn.pauses, samples))
                self._post(
                    TurnPaused(
                        start_sample=turn.start_sample,
                        samples=samples,
                        voiced_s=self._policy.voiced_s,
                    )
                )
        elif signal is TurnSignal.WENT_ON:
            if (turn := self._turn) is not None and not turn.is_overlapped:
                self._post(PausedInside(self._policy.paused_s))
            self._go_on()
        elif signal is TurnSignal.COMMITTED:
            self._commit()
        elif signal is TurnSignal.DISMISSED:
            self._drop_turn()
            self._post(SpeechDismissed())

    async def _after_provisional(self, turn: _Turn, pause: int, samples: Int16Array) -> None:
        """Melody and words of a paused turn: they set the wait, and may hold "over"."""
        melody = asyncio.create_task(self._melody_of(turn, pause, samples))
        try:
            heard = await self._hearing.words()
        except (asyncio.CancelledError, Exception):  # noqa: BLE001 - told when the turn is delivered
            return
        finally:
            await melody
        odds = await self._words_odds(heard.text)
        if turn is not self._turn or pause != turn.pauses:
            return
        self._words_so_far, self._unweighed, turn.words = heard.text, None, odds
        self._weigh(turn, is_final=True)
        if self._policy.patience is Patience.OVER and says_over(heard.text):
            self.commit()

    async def _melody_of(self, turn: _Turn, pause: int, samples: Int16Array) -> None:
        if self._turn_judge is None or self._judge_worker is None:
            return
        try:
            melody = await self._judge_worker.run(self._turn_judge.melody, samples)
        except Exception:  # noqa: BLE001 - Praat refuses some sounds; the words remain
            return
        if turn is self._turn and pause == turn.pauses:
            turn.melody = melody
            self._weigh(turn, is_final=False)

    async def _words_odds(self, text: str) -> float | None:
        if self._turn_judge is None or self._judge_worker is None:
            return None
        try:
            return await self._judge_worker.run(self._turn_judge.words, text, self.partner_line)
        except Exception:  # noqa: BLE001 - the melody and the silence remain
            return None

    async def _weigh_words(self) -> None:
        """Weigh the newest words, until there are none newer: a slow machine passes some over."""
        self._is_weighing = True
        try:
            while (text := self._unweighed) is not None and (turn := self._turn) is not None:
                self._unweighed = None
                odds = await self._words_odds(text)
                # Final words may have come between.
                if turn is self._turn and not self._policy.is_final:
                    self._words_so_far, turn.words = text, odds
                    self._weigh(turn, is_final=False)
        finally:
            self._is_weighing = False

    def _weigh(self, turn: _Turn, *, is_final: bool) -> None:
        """Tell the policy how finished the turn is by all that is known."""
        if self._turn_judge is not None:
            self._policy.judged(self._turn_judge.over(turn.words, turn.melody), is_final=is_final)

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
        if self._attention is Attention.INTERRUPTION:
            self._barge_signal(self._barge_in.words(text))
        self._post(WordsSoFar(text))
        self._unweighed = text
        if not self._is_weighing:
            self._spawn(self._weigh_words())
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
