"""Piper's neural voices (VITS) as a synthesizer: natural, on this machine, a twentieth of real time on one core.

A model is asked for one part of the text at a time, the first one short, so that its sound comes early; parts
ahead are made while the ones before are heard. Voices differ in loudness and pace, so each is measured on one
line when it is opened and brought to the level and pace of the others.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.errors import EngineError
from voice_agent.registry import EngineSpec
from voice_agent.speech.blocks import Put, stream_blocks
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.pauses import SENTENCE_S, Pauses
from voice_agent.speech.piper_model import PiperModel, load
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.speech.sentences import LONGEST_UNSPOKEN_CHARS, split_sentences
from voice_agent.voice import Voice

if TYPE_CHECKING:
    from piper.config import SynthesisConfig

_TRIAL = "I came home at nine and the plates were still in the sink."
_TRIAL_S = 3.9
"""What the line takes at an easy pace, about 200 words a minute without breaths."""
_PACE = (0.75, 1.4)
"""A voice is not slowed or hurried further than this: it would slur or stammer."""
_LEVEL = 2450.0
"""RMS of the line while it is spoken; talk is some 2 dB louder, near the other engines' -21 dBFS (measured)."""
_GAINS = (0.05, 20.0)
_CLAUSE_S = 0.12
"""A breath after a part that ends inside a sentence."""
_SENTENCE_ENDS = (".", "!", "?", "…", '"', "”", "'", "’", ")")
_PITCH = (0.8, 1.25)
"""Pitch is moved by resampling, which moves the formants along: further than this it is another person."""
_LIVELY = 1.5
"""How much more or less melody and rhythm vary when a line is louder or softer; a voice of its own at volume 1."""
# espeak's phonemizer takes \x01 for the start of a command and \x00 for the text's end; [[ ]] would be phonemes.
# Half a surrogate pair is no text.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000)), " ")
_BRACKETS = str.maketrans({"[": "(", "]": ")"})


class PiperOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the piper engine; the voice file names the model."""

    threads: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """Of the model; 0 takes half of the cores. More is seldom faster, since sentences are short."""
    first_chars: Annotated[int, msgspec.Meta(ge=20, le=160)] = 40
    """A longer first sentence is cut at a clause, so that sound comes early."""
    noise: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    """How much the melody varies; empty: the model's own (mostly 0.667)."""
    noise_w: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    """How much the rhythm varies; empty: the model's own (mostly 0.8)."""


class PiperSynthesizer:
    """One voice of Piper; see `Synthesizer`. `chars_spoken` is told at the end of each part."""

    name = "piper"

    def __init__(self, model: PiperModel, voice: Voice, options: PiperOptions) -> None:
        """Measures the voice on a line (0.1 s). Raises EngineError when it makes no sound."""
        config = model.piper.config
        self.sample_rate_hz = config.sample_rate
        self._model = model
        self._voice = voice
        self._limits = _limits(options.first_chars)
        self._noise = config.noise_scale if options.noise is None else options.noise
        self._noise_w = config.noise_w_scale if options.noise_w is None else options.noise_w
        self._length = config.length_scale
        self._gain = 1.0
        self._measure()

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        """See `Synthesizer`. Rate is held to 0.5 to 2.0, pitch to 0.8 to 1.25 times the voice's own."""
        session = _Session(self._model.piper.session)
        yield from stream_blocks(
            partial(self._work, text, delivery, session), stop, name="piper", interrupt=session.interrupt
        )

    def close(self) -> None:
        """The model goes with its last user."""

    def _work(self, text: str, delivery: Delivery, session: _Session, put: Put) -> None:
        """Raises EngineError when the model fails and nobody asked it to stop."""
        chars_spoken = 0
        for part in split_sentences(text.translate(_CONTROLS).translate(_BRACKETS), self._limits):
            chars_spoken += len(part)
            if not any(character.isalnum() for character in part):
                continue
            is_end = part.rstrip().endswith(_SENTENCE_ENDS)
            pauses = Pauses(self.sample_rate_hz, SENTENCE_S if is_end else _CLAUSE_S)
            try:
                for samples in self._sound(part, delivery, session):
                    if not put(pauses.without_lead(samples), None):
                        return
            except Exception as error:
                if session.is_interrupted:
                    return
                cause = f"the voice {self._voice.id} failed ({type(error).__name__})"
                raise EngineError("synthesizer", cause, cure="choose another voice") from error
            if not put(pauses.breath(), chars_spoken):
                return

    def _sound(self, part: str, delivery: Delivery, session: _Session) -> Iterator[Int16Array]:
        """The sentences of a part, one after another, at the voice's level."""
        piper = dataclasses.replace(self._model.piper, session=session)
        pitch = min(_PITCH[1], max(_PITCH[0], delivery.pitch * self._voice.pitch))
        for chunk in piper.synthesize(part, self._config(delivery, pitch)):
            samples = with_gain(chunk.audio_int16_array, self._gain * min(1.5, max(0.0, delivery.volume)))
            yield resampled(samples, self.sample_rate_hz * pitch, self.sample_rate_hz)

    def _config(self, delivery: Delivery, pitch: float) -> SynthesisConfig:
        from piper.config import SynthesisConfig

        rate = min(2.0, max(0.5, delivery.rate * self._voice.rate))
        lively = min(1.4, max(0.6, 1.0 + _LIVELY * (delivery.volume - 1.0)))
        return SynthesisConfig(
            speaker_id=self._model.speaker,
            length_scale=self._length * pitch / rate,
            noise_scale=self._noise * lively,
            noise_w_scale=self._noise_w * lively,
            normalize_audio=False,  # it would make every "no" as loud as a shout
        )

    def _measure(self) -> None:
        """Bring the voice to the common level and pace; also warms the model, whose first call is slow."""
        session = _Session(self._model.piper.session)
        try:
            samples = np.concatenate(list(self._sound(_TRIAL, Delivery(), session)))
        except Exception as error:
            cause = f"the voice {self._voice.id} can't speak ({type(error).__name__})"
            raise EngineError("synthesizer", cause, cure="choose another voice") from error
        size = np.abs(samples.astype(np.float32))
        sounding = np.flatnonzero(size > 0.05 * size.max(initial=0.0))
        if not size.max(initial=0.0) > 1.0:
            raise EngineError(
                "synthesizer", f"the voice {self._voice.id} makes no sound", cure="choose another voice"
            )
        spoken = samples[sounding[0] : sounding[-1] + 1].astype(np.float32)
        seconds = len(spoken) / self.sample_rate_hz * self._voice.rate
        self._length *= min(_PACE[1], max(_PACE[0], _TRIAL_S / seconds))
        self._gain = min(_GAINS[1], max(_GAINS[0], _LEVEL / _level(spoken, self.sample_rate_hz)))


class _Session:
    """An onnxruntime session whose running call can be ended from another thread."""

    def __init__(self, session: Any) -> None:
        import onnxruntime

        self._session = session
        self._options = onnxruntime.RunOptions()
        self._options.log_severity_level = 4
        self.is_interrupted = False

    def run(self, outputs: None, inputs: dict[str, Any]) -> Any:
        return self._session.run(outputs, inputs, self._options)

    def interrupt(self) -> None:
        """End the call under way, and every later one, with an exception."""
        self.is_interrupted = True
        self._options.terminate = True


def _limits(first_chars: int) -> tuple[int, ...]:
    """Each part may be twice as long as the one before: what is heard gives time to make the next."""
    limits = [first_chars]
    while limits[-1] < LONGEST_UNSPOKEN_CHARS:
        limits.append(min(LONGEST_UNSPOKEN_CHARS, 2 * limits[-1]))
    return tuple(limits)


def _level(samples: np.ndarray[Any, np.dtype[np.float32]], rate_hz: int) -> float:
    """RMS over the frames of 20 ms in which there is speech."""
    frame = rate_hz // 50
    levels = np.sqrt(np.mean(np.square(samples[: len(samples) // frame * frame].reshape(-1, frame)), axis=1))
    if not len(levels):
        return _LEVEL
    spoken = levels[levels > 0.1 * levels.max()]
    return float(np.sqrt(np.mean(np.square(spoken)))) or _LEVEL


def _open(options: PiperOptions, voice: Voice) -> PiperSynthesizer:
    return PiperSynthesizer(load(voice, options.threads), voice, options)


SPEC = EngineSpec(options=PiperOptions, open=_open)
