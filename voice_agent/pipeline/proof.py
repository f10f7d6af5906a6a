"""Proves a pipeline: opens each stage, lets it do its work once, and measures what a reply waits for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import all_voices
from voice_agent.conversation import Moment, Reading
from voice_agent.errors import EngineError
from voice_agent.feedback.protocols import AdvisedTurn, RatedTurn
from voice_agent.partner.stance import first_stance
from voice_agent.pipeline.stages import StageFault, open_engines, open_voice, why
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.scenario import Scenario
from voice_agent.speech.protocols import Delivery, Recognizer, Synthesizer
from voice_agent.speech.sentences import split_sentences
from voice_agent.speech.speakable import speakable
from voice_agent.worker import WorkCounter

PROOF_LINE = "Can we talk about this for a minute?"
_REPLY = "I hear you. I just don't see why it has to be tonight."
_FEED_SAMPLES = 5 * BLOCK_SAMPLES


@dataclass(frozen=True, slots=True)
class Proof:
    stage: str
    engine: str
    works: bool
    seconds: float
    told: str
    """What it did, or why it failed."""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class ReplyGap:
    """What passes between the learner's last word being in and the partner's first sound going out, in seconds.

    An upper bound of the computing: in a talk, words and reply are begun during the silence that ends a turn.
    The patience that ends the turn is not in it.
    """

    words_s: float
    """The recognizer's final words, with what it lags behind while the learner speaks."""
    rating_s: float
    text_s: float
    """The partner's first text."""
    sound_s: float
    """The synthesizer's first block."""

    @property
    def total_s(self) -> float:
        return self.words_s + self.rating_s + self.text_s + self.sound_s


class Trial:
    """A pipeline's engines, opened to be tried. Blocking; not for the event loop. Use as a context manager."""

    def __init__(self, plan: PipelinePlan, scenario: Scenario) -> None:
        self._plan = plan
        self._scenario = scenario
        self._runner = asyncio.Runner()
        self._said: Int16Array | None = None

    def __enter__(self) -> Trial:
        """Raises UserError for options that no engine has, and when even an embedded engine can't start."""
        start = time.perf_counter()
        self._engines = open_engines(self._plan, self._scenario, counter=WorkCounter())
        self.opened_s = time.perf_counter() - start
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._runner.run(self._engines.close())
        self._runner.close()

    @property
    def faults(self) -> list[StageFault]:
        """Stages that did not start as asked."""
        return self._engines.faults

    @property
    def engines(self) -> dict[str, str]:
        """The engine of each stage, as it runs."""
        return self._engines.names

    def proofs(self) -> Iterator[Proof]:
        """One a stage, in the order of a turn. A stage whose stand-in runs has failed."""
        checks: list[tuple[str, Callable[[], str]]] = [
            ("synthesizer", self._spoke),
            ("voice_activity", self._noticed),
            ("recognizer", self._recognized),
            ("rater", self._rated),
            ("partner", self._answered),
            ("advisor", self._advised),
        ]
        failed = {fault.stage: fault for fault in self._engines.faults}
        for stage, check in checks:
            if (fault := failed.get(stage)) is not None:
                asked = str(getattr(self._plan, stage).get("engine", ""))
                yield Proof(stage, asked, False, 0.0, f"{fault.happened}; {fault.done}", fault.cure)
                continue
            start = time.perf_counter()
            try:
                told, works, cure = check(), True, ""
            except Exception as error:  # noqa: BLE001 - engines of other packages may raise anything
                (told, cure), works = why(error), False
            yield Proof(stage, self._engines.names.get(stage, ""), works, time.perf_counter() - start, told, cure)

    def gap(self) -> ReplyGap:
        """Measured once; a first measurement also warms. Raises EngineError when a stage fails."""
        start = time.perf_counter()
        words_s = self._words_s(self._speech())
        start = time.perf_counter()
        reading = self._reading()
        rating_s = time.perf_counter() - start
        start = time.perf_counter()
        text = self._runner.run(self._reply(reading, first_part_only=True))
        text_s = time.perf_counter() - start
        return ReplyGap(words_s, rating_s, text_s, self._sound_s(text or _REPLY))

    # The stages' work.

    def _spoke(self) -> str:
        said = self._speech()
        return f"{len(said) / MIC_RATE_HZ:.1f} s of speech from {self._engines.names.get('voice', '')}"

    def _noticed(self) -> str:
        said = self._speech()
        blocks = said[: len(said) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
        share = float(np.mean([self._engines.activity.is_speech(block) for block in blocks]))
        if not share:
            raise EngineError("voice_activity", "hears no speech in speech", cure="choose another engine")
        return f"speech in {share:.0%} of the blocks"

    def _recognized(self) -> str:
        recognizer = self._recognizer()
        recognizer.begin()
        for start in range(0, len(said := self._speech()), _FEED_SAMPLES):
            recognizer.feed(said[start : start + _FEED_SAMPLES])
        heard = recognizer.finish().text
        if not heard:
            raise EngineError("recognizer", "understood no words", cure="choose another engine or model")
        return f'heard "{heard}" for "{PROOF_LINE}"'

    def _rated(self) -> str:
        return f"read it as {self._reading().acts[0].value}"

    def _answered(self) -> str:
        answer = self._runner.run(self._reply(self._reading(), first_part_only=False))
        if not answer:
            raise EngineError("partner", "said nothing", cure="choose another engine or model")
        return f'answered "{answer}"'

    def _advised(self) -> str:
        turn = AdvisedTurn(
            said=PROOF_LINE,
            partner_line=self._scenario.opening,
            scenario=self._scenario,
            reading=self._reading(),
        )

        async def advice() -> str:
            reasons = [advice.reason async for advice in self._engines.advisor.advise(turn)]
            return reasons[-1] if reasons else ""

        reason = self._runner.run(advice())
        if not reason:
            raise EngineError("advisor", "gave no advice", cure="choose another engine or model")
        return f"advised: {reason}"

    # What they share.

    def _recognizer(self) -> Recognizer:
        recognizer = self._engines.recognizer
        assert recognizer is not None, "opened with a microphone in mind"
        return recognizer

    def _speech(self) -> Int16Array:
        """The proof line, spoken by the pipeline's voice or else by any; 16 kHz, half a second of silence around."""
        if self._said is None:
            voice = self._engines.synthesizer
            opened = None
            if voice is None:
                opened, _ = open_voice(self._scenario, all_voices(), keep_order=False, options={})
            if voice is None and opened is not None:
                voice = opened[1]
            if voice is None:
                raise EngineError("synthesizer", "no voice works here", cure="reinstall espeakng-loader")
            self._said = _spoken(voice)
            if opened is not None:
                opened[1].close()
        return self._said

    def _reading(self) -> Reading:
        turn = RatedTurn(said=PROOF_LINE, partner_line=self._scenario.opening, scenario=self._scenario)
        return self._engines.rater.read(turn)

    async def _reply(self, reading: Reading, *, first_part_only: bool) -> str:
        moment = Moment(
            said=PROOF_LINE,
            reading=reading,
            stance=first_stance(self._scenario, self._scenario.difficulty),
            history=(),
            already_said=frozenset(),
            difficulty=self._scenario.difficulty,
            seed=0,
        )
        text = ""
        parts = self._engines.partner.reply(moment)
        try:
            async for part in parts:
                text += part.text
                if text.strip() and first_part_only:
                    break
        finally:
            await parts.aclose()
        return text.strip()

    def _words_s(self, said: Int16Array) -> float:
        recognizer = self._recognizer()
        recognizer.begin()
        start = time.perf_counter()
        for place in range(0, len(said), _FEED_SAMPLES):
            recognizer.feed(said[place : place + _FEED_SAMPLES])
        # Hearing goes on while the learner speaks: only what is slower than speech is waited for.
        lag_s = max(0.0, time.perf_counter() - start - len(said) / MIC_RATE_HZ)
        start = time.perf_counter()
        recognizer.finish()
        return lag_s + time.perf_counter() - start

    def _sound_s(self, text: str) -> float:
        voice = self._engines.synthesizer
        if voice is None:
            raise EngineError("synthesizer", "no voice works here", cure="run `voice-agent voices list`")
        stop = threading.Event()
        start = time.perf_counter()
        blocks = voice.speak(speakable(split_sentences(text)[0]), Delivery(), stop)
        next(blocks, None)
        sound_s = time.perf_counter() - start
        stop.set()
        for _ in blocks:
            pass
        return sound_s


def _spoken(voice: Synthesizer) -> Int16Array:
    blocks = [block.samples for block in voice.speak(PROOF_LINE, Delivery(), threading.Event())]
    if not blocks:
        raise EngineError("synthesizer", "made no sound", cure="choose another voice")
    speech = resampled(np.concatenate(blocks), voice.sample_rate_hz, MIC_RATE_HZ)
    return np.pad(speech, (MIC_RATE_HZ // 2, MIC_RATE_HZ // 2))
