"""PocketSphinx as a streaming recognizer: its wheel carries the acoustic model, so nothing is downloaded.

Good for commands, demonstrations and a first try; no dictation machine (see docs/recognition.md).
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript, Word
from voice_agent.errors import EngineError
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario
from voice_agent.speech.language_model import adapted_model

_FRAME_S = 0.01
_SLICE = MIC_RATE_HZ // 50
"""Samples in one call: the decoder keeps Python's lock while it works, and the main loop waits as long."""


class PocketsphinxOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    adapt: bool = True
    """Whether the language model learns the situation's words."""
    weight: Annotated[float, msgspec.Meta(ge=0, le=0.9)] = 0.3
    """Share of the situation's sentences in the language model."""
    second_pass: bool = False
    """A slower second search at the end of each segment: a little better, and the answer comes later."""


class PocketsphinxRecognizer:
    """See `Recognizer`. One decoder for the whole rehearsal."""

    name = "pocketsphinx"

    def __init__(self, options: PocketsphinxOptions, scenario: Scenario | None) -> None:
        """Raises EngineError when the model can't be loaded."""
        from pocketsphinx import Config, Decoder  # 60 ms

        model = adapted_model(scenario, weight=options.weight) if options.adapt and scenario else None
        settings: dict[str, Any] = {
            "loglevel": "FATAL",
            "fwdflat": options.second_pass,
            "bestpath": True,
            "samprate": float(MIC_RATE_HZ),
        }
        if model is not None:
            settings |= {"lm": str(model.language_model), "dict": str(model.dictionary)}
        try:
            self._decoder: Any = Decoder(Config(**settings))
        except RuntimeError as error:
            raise EngineError("recognizer", "the language model can't be loaded", cure="delete the cache") from error
        self._is_open = False
        self._is_dropped = False
        self._has_sound = False
        self._partial = ""
        self._warm_up()

    def begin(self, *, continues: bool = False) -> None:
        self._end()
        self._decoder.start_utt()
        self._is_open, self._is_dropped, self._has_sound, self._partial = True, False, False, ""

    def feed(self, samples: Int16Array) -> str | None:
        if not self._is_open or self._is_dropped or not len(samples):
            return None
        for start in range(0, len(samples), _SLICE):
            self._decoder.process_raw(samples[start : start + _SLICE].tobytes(), False, False)
        self._has_sound = True
        hypothesis = self._decoder.hyp()
        partial = _plain(hypothesis.hypstr) if hypothesis else ""
        if partial == self._partial:
            return None
        self._partial = partial
        return partial

    def finish(self) -> Transcript:
        if not self._end():
            return Transcript("")
        hypothesis = self._decoder.hyp() if self._has_sound and not self._is_dropped else None
        if hypothesis is None:
            return Transcript("")
        words = self._words()
        sure = [word.confidence for word in words if word.confidence is not None]
        return Transcript(
            text=" ".join(word.text for word in words),
            words=words,
            confidence=sum(sure) / len(sure) if sure else None,
        )

    def cancel(self) -> None:
        # The decoder may be at work on its own thread: the utterance is ended there.
        self._is_dropped = True

    def close(self) -> None:
        self._end()

    def _end(self) -> bool:
        """End the utterance; whether there was one."""
        was_open, self._is_open = self._is_open, False
        if was_open:
            self._decoder.end_utt()
        return was_open

    def _words(self) -> tuple[Word, ...]:
        words = []
        for segment in self._decoder.seg():
            text = _plain(segment.word)
            if text:
                # The posterior of the word in the lattice.
                confidence = min(1.0, max(0.0, float(segment.prob)))
                words.append(
                    Word(
                        text,
                        round(segment.start_frame * _FRAME_S, 2),
                        round((segment.end_frame + 1) * _FRAME_S, 2),
                        round(confidence, 4),
                    )
                )
        return tuple(words)

    def _warm_up(self) -> None:
        """The first utterance builds the search; half a second of silence does it now."""
        self.begin()
        self._decoder.process_raw(bytes(MIC_RATE_HZ), False, False)
        self._end()


def _plain(text: str) -> str:
    """Without fillers (`<sil>`, `[NOISE]`, `++um++`) and marks of alternative pronunciations (`read(2)`)."""
    return " ".join(word.split("(")[0] for word in text.split() if not word.startswith(("<", "[", "+")))


def _open(options: PocketsphinxOptions, scenario: Scenario | None) -> PocketsphinxRecognizer:
    return PocketsphinxRecognizer(options, scenario)


SPEC = EngineSpec(options=PocketsphinxOptions, open=_open)
