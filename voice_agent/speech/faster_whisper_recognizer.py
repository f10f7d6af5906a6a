"""faster-whisper as a recognizer: words so far by decoding the growing turn again, final words with times.

The model hears 30 s at a time and takes as long for one second as for thirty, so words so far come from decoding
the whole segment anew whenever the time allows; those on which two decodes agree are shown (`local_agreement`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript, Word
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario
from voice_agent.speech.hallucinations import Decoded, believed
from voice_agent.speech.hotwords import hotwords
from voice_agent.speech.local_agreement import LocalAgreement
from voice_agent.speech.voiced_span import VoicedSpan
from voice_agent.speech.whisper_decoder import Stretch, WhisperDecoder, WhisperOptions
from voice_agent.text import bare

LEAST_NEW_S = 0.5
"""New sound that is worth another decode: one or two words."""
PAUSE_S = 0.15
"""After this much silence the segment is likely to end: a decode begun now would delay its final words."""
LONGEST_SOUND_S = 20.0
"""A segment is cut after an agreed word from here on: what is decoded anew stays within one window."""
_EMPTY = np.zeros(0, np.int16)


class FasterWhisperRecognizer:
    """See `Recognizer`. A cancelled decode ends at its next window of 30 s: the engine stops nowhere else."""

    def __init__(
        self,
        options: WhisperOptions,
        scenario: Scenario | None,
        *,
        now_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Blocking, a second or two. now_s: measures decodes. Raises EngineError with a cure when it can't start."""
        language = scenario.partner.voice.language.partition("-")[0] if scenario else "en"
        self._decoder = WhisperDecoder(options, language=language)
        self._options = options
        self._now_s = now_s
        self._hint = hotwords(scenario) if options.hotwords else ""
        self._voiced = VoicedSpan()
        self._dropped = threading.Event()
        self._took_s = 0.0
        self._open = False
        self._restart()
        self.name = f"faster-whisper {options.model} on {self._decoder.device}, {self._decoder.compute_type}"
        if options.partials:
            self._decode(np.zeros(MIC_RATE_HZ, np.int16), quick=True)  # what a decode takes here

    def begin(self, *, continues: bool = False) -> None:
        self._restart()
        self._dropped.clear()
        self._open = True

    def feed(self, samples: Int16Array) -> str | None:
        if not self._open or self._dropped.is_set():
            return None
        self._parts.append(samples)
        self._heard += len(samples)
        self._voiced.feed(samples)
        return self._words_so_far() if self._is_due() else None

    def finish(self) -> Transcript:
        if not self._open:
            return Transcript("")
        self._open = False
        words = [*self._kept, *self._final_words()]
        return Transcript("") if self._dropped.is_set() else _transcript(words)

    def cancel(self) -> None:
        self._dropped.set()

    def close(self) -> None:
        self.cancel()

    def _restart(self) -> None:
        self._parts: list[Int16Array] = []
        self._heard = 0
        self._start = 0
        """Sample of the segment at which `_parts` begins: later ones were cut off."""
        self._decoded_to = 0
        self._kept: list[Word] = []
        """Agreed words of the sound that was cut off."""
        self._agreement = LocalAgreement()
        self._told = ""
        self._voiced.reset()

    def _is_due(self) -> bool:
        """Whether there is something new to decode, time to do it, and nobody about to wait for final words."""
        if not self._options.partials or self._voiced.find() is None or self._voiced.silent_s >= PAUSE_S:
            return False
        new_s = (self._heard - self._decoded_to) / MIC_RATE_HZ
        return new_s >= max(LEAST_NEW_S, self._took_s / self._options.partial_load)

    def _words_so_far(self) -> str | None:
        self._decoded_to = self._heard
        sound, at = self._sound()
        words = self._believed(self._decode(sound, quick=True), len(sound), at)
        self._agreement.hear(words)
        if len(sound) > LONGEST_SOUND_S * MIC_RATE_HZ:
            self._cut()
        told = _text(self._agreement.agreed)
        if told == self._told:
            return None
        self._told = told
        return told

    def _final_words(self) -> list[Word]:
        sound, at = self._sound()
        return self._believed(self._decode(sound, quick=False), len(sound), at) if len(sound) else []

    def _sound(self) -> tuple[Int16Array, int]:
        """(the part with a voice that was not cut off, its place in the segment); empty when there is no voice."""
        span = self._voiced.find()
        if span is None or self._dropped.is_set():
            return _EMPTY, 0
        self._parts = [np.concatenate([_EMPTY, *self._parts])]
        start, stop = max(self._start, span[0]), span[1]
        return self._parts[0][start - self._start : max(0, stop - self._start)], start

    def _cut(self) -> None:
        """Forget the sound of agreed words: up to the last end of a sentence, else up to the last word."""
        fresh = [word for word in self._agreement.agreed if word.end_s * MIC_RATE_HZ > self._start]
        ends = [n for n, word in enumerate(fresh) if word.text.rstrip("\"'”’ ").endswith((".", "?", "!"))]
        fresh = fresh[: ends[-1] + 1] if ends else fresh
        if not fresh:
            return
        place = min(self._heard, round(fresh[-1].end_s * MIC_RATE_HZ))
        self._parts = [np.concatenate(self._parts)[place - self._start :]]
        self._start = place
        self._kept += fresh

    def _decode(self, sound: Int16Array, *, quick: bool) -> list[Stretch]:
        start_s = self._now_s()
        found = self._decoder.decode(sound, hint=self._hint, quick=quick, go_on=lambda: not self._dropped.is_set())
        if quick:
            self._took_s = self._now_s() - start_s
        return found

    def _believed(self, stretches: Sequence[Stretch], samples: int, at: int) -> list[Word]:
        """The words that can be believed, with times from the segment's first sample. at: the sound's place in it."""
        at_s, stop_s = at / MIC_RATE_HZ, (at + samples) / MIC_RATE_HZ
        found = []
        for stretch in stretches:
            decoded = Decoded(
                words=tuple(word.text for word in stretch.words),
                log_prob=stretch.log_prob,
                no_speech=stretch.no_speech,
                voiced_s=self._voiced.voiced_s,
            )
            for place in believed(decoded, least_confidence=self._options.least_confidence, hint=self._hint):
                word = stretch.words[place]
                # The last word's end may lie in the silence with which the engine fills its window.
                start_s = min(stop_s, at_s + max(0.0, word.start_s))
                end_s = min(stop_s, max(start_s, at_s + word.end_s))
                found.append(Word(word.text, round(start_s, 2), round(end_s, 2), word.confidence))
        return found


def _transcript(words: Sequence[Word]) -> Transcript:
    """Words without the punctuation around them; the text keeps it."""
    plain = tuple(
        Word(
            bare(word.text), word.start_s, word.end_s, None if word.confidence is None else round(word.confidence, 4)
        )
        for word in words
        if bare(word.text)
    )
    sure = [word.confidence for word in plain if word.confidence is not None]
    return Transcript(_text(words), plain, sum(sure) / len(sure) if sure else None)


def _text(words: Sequence[Word]) -> str:
    """As written: the engine puts white space before a word where its language has it."""
    return " ".join("".join(word.text for word in words).split())


def _open(options: WhisperOptions, scenario: Scenario | None) -> FasterWhisperRecognizer:
    return FasterWhisperRecognizer(options, scenario)


SPEC = EngineSpec(options=WhisperOptions, open=_open)
