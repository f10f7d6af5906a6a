"""A Whisper model of faster-whisper, loaded and warm: sound in, words with times and evidence out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Word
from voice_agent.errors import EngineError, nearest
from voice_agent.quiet import quieten
from voice_agent.speech.hallucinations import MOST_COMPRESSION, NO_SPEECH, POOR_LOG_PROB
from voice_agent.speech.whisper_files import compute_type_for, devices_for, model_path, threads_for
from voice_agent.text import clean

WINDOW_S = 30.0
"""Whisper hears this much at once, and takes as long for less."""
TOKENS_PER_S = 20.0
TOKENS_AT_LEAST = 48
MOST_TOKENS = 320
"""Bound of a decode, of which the engine gives half: the fastest talkers need about eight tokens a second."""
LONGEST_HINT_TOKENS = 100
SURE_LANGUAGE = 0.5
"""Probability from which the language of a turn is taken for the whole talk."""
WAIT_IN_SILENCE_S = 2.0
"""Unlikely words beside a silence this long are looked at again by the engine."""
SECOND_TRY = 0.4
"""Temperature of the one further try where the first text repeats itself or is improbable."""


class WhisperOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    model: str = "base.en"
    """Size (`tiny.en`, `base.en`, `small` ...) of a model in the user's folder, or the path of one. `.en` knows
    English only."""
    language: str = ""
    """Code such as `en`; empty: the situation's; `auto`: heard from the first turn."""
    hotwords: bool = True
    """Whether the model is told the situation's names and topics."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """auto: a CUDA device where there is one."""
    compute_type: str = "auto"
    """auto: float16 on CUDA, int8 on CPU; or one that CTranslate2 knows."""
    cpu_threads: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """0: all cores but one, at most 8."""
    beam_size: Annotated[int, msgspec.Meta(ge=1, le=10)] = 5
    """Hypotheses that are kept side by side for the final words; words so far are decoded with one."""
    partials: bool = True
    """Whether words are shown while the learner speaks."""
    partial_load: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    """Most of the time that decoding words so far may take."""
    least_confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.25
    """Mean token probability under which a stretch of words is not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What the model made of a part of the sound."""

    words: tuple[Word, ...]
    """As written, white space and punctuation included; times from the sound's first sample."""
    log_prob: float
    no_speech: float


class WhisperDecoder:
    """One model. Blocking; one thread at a time."""

    def __init__(self, options: WhisperOptions, *, language: str) -> None:
        """Loads and warms up. language: a code, for where the options name none.

        Raises EngineError with a cure when the model, the device or the language can't be had.
        """
        path = model_path(options.model)
        import ctranslate2  # 0.2 s
        from faster_whisper import WhisperModel  # 0.3 s, PyAV among it

        quieten("faster_whisper")
        self._options = options
        self._language: str | None = "en"
        self._windows_left = 0
        self._go_on: Callable[[], bool] = lambda: True
        failed: Exception | None = None
        for device in devices_for(options.device, ctranslate2.get_cuda_device_count):
            supported = ctranslate2.get_supported_compute_types(device)
            self.device, self.compute_type = device, compute_type_for(device, options.compute_type, supported)
            try:
                self._model: Any = WhisperModel(
                    str(path),
                    device=device,
                    compute_type=self.compute_type,
                    cpu_threads=threads_for(options.cpu_threads),
                    local_files_only=True,
                )
                # The first decode makes the work space, and on a GPU loads its libraries.
                self._bound()
                with suppress(_EnoughError):
                    list(self._transcribe(_hiss(), hint="", quick=True)[0])
            except Exception as error:  # noqa: BLE001 - two libraries' loaders, which raise anything
                failed = error
            else:
                break
        else:
            raise EngineError(
                "recognizer", f'the model "{options.model}" can\'t be loaded ({_first_line(failed)})', cure=_MEND
            ) from failed
        self._language = self._known(options.language or language)

    def decode(
        self, sound: Int16Array, *, hint: str, quick: bool = False, go_on: Callable[[], bool] = lambda: True
    ) -> list[Stretch]:
        """sound: 16 kHz mono, not empty; hint: words to expect. quick: the first 30 s, for words so far.

        go_on: asked before each window of 30 s, on this thread; at a no, what was decoded until then is given.
        Raises EngineError.
        """
        try:
            self._go_on = go_on
            segments, told = self._transcribe(sound, hint=hint, quick=quick)
            found: list[Stretch] = []
            with suppress(_EnoughError):
                found.extend(map(_stretch, segments))
        except _EnoughError:
            return []
        except (RuntimeError, ValueError) as error:
            raise EngineError("recognizer", f"decoding failed ({_first_line(error)})", cure=_MEND) from error
        if self._language is None and not quick and found and told.language_probability > SURE_LANGUAGE:
            self._language = told.language
        return found

    def _transcribe(self, sound: Int16Array, *, hint: str, quick: bool) -> tuple[Iterator[Any], Any]:
        """Segments, each window of them decoded when it is asked for; and what is told of the language.

        Raises _EnoughError, here or from the iterator.
        """
        self._windows_left = 1 if quick else 2 * math.ceil(len(sound) / MIC_RATE_HZ / WINDOW_S) + 1
        self._windows_left += self._language is None  # hearing the language looks at the first once more
        seconds = min(len(sound) / MIC_RATE_HZ, WINDOW_S)
        segments, told = self._model.transcribe(
            sound.astype(np.float32) / 32768,
            language=self._language,
            beam_size=1 if quick else self._options.beam_size,
            temperature=[0.0] if quick else [0.0, SECOND_TRY],
            best_of=1,
            condition_on_previous_text=False,
            compression_ratio_threshold=MOST_COMPRESSION,
            log_prob_threshold=POOR_LOG_PROB,
            no_speech_threshold=NO_SPEECH,
            word_timestamps=True,
            hallucination_silence_threshold=None if quick else WAIT_IN_SILENCE_S,
            max_new_tokens=min(MOST_TOKENS, TOKENS_AT_LEAST + math.ceil(TOKENS_PER_S * seconds)),
            hotwords=self._fitting(hint) or None,
        )
        return iter(segments), told

    def _bound(self) -> None:
        """Look before each window whether it is wanted: words that move on by little would be decoded for ever."""
        encode = self._model.encode

        def bounded(features: Any) -> Any:
            self._windows_left -= 1
            if self._windows_left < 0 or not self._go_on():
                raise _EnoughError
            return encode(features)

        self._model.encode = bounded

    def _fitting(self, hint: str) -> str:
        """As many of the words as fit: what is expected and what is written share the decoder's 448 tokens."""
        words = hint.split(", ")
        while words and len(self._model.hf_tokenizer.encode(", ".join(words)).ids) > LONGEST_HINT_TOKENS:
            words.pop()
        return ", ".join(words)

    def _known(self, language: str) -> str | None:
        """The language's code; None where it is to be heard from the sound. Raises EngineError."""
        supported = self._model.supported_languages
        if language == "auto":
            return None if len(supported) > 1 else supported[0]
        if language in supported:
            return language
        if len(supported) == 1:
            raise EngineError(
                "recognizer",
                f'the model "{self._options.model}" knows only the language "{supported[0]}", not "{language}"',
                cure="choose a model without .en",
            )
        raise EngineError("recognizer", f'no language is called "{language}"', cure=nearest(language, supported))


class _EnoughError(Exception):
    """No further window is wanted."""


_MEND = 'run "voice-agent setup local" again, or choose another model'


def _stretch(segment: Any) -> Stretch:
    words = tuple(
        Word(word.word, float(word.start), float(word.end), min(1.0, max(0.0, float(word.probability))))
        for word in segment.words or ()
    )
    return Stretch(words=words, log_prob=float(segment.avg_logprob), no_speech=float(segment.no_speech_prob))


def _hiss() -> Int16Array:
    """A second of faint noise."""
    noise: Int16Array = np.random.default_rng(0).integers(-300, 300, MIC_RATE_HZ, dtype=np.int16)
    return noise


def _first_line(error: Exception | None) -> str:
    return clean(str(error).strip().split("\n")[0], limit=200)
