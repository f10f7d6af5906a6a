"""espeak-ng's bundled library as a synthesizer: formant synthesis, understood everywhere, a robot's voice.

The library keeps one global state, so all voices of a process take turns under one lock, a clause at a time.
A clause of ten seconds is made in about ten milliseconds: no thread of its own is worth its cost.
Source: espeak-ng `speak_lib.h` (API revision 12).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import EngineSpec
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.speech.sentences import split_sentences
from voice_agent.voice import Voice

_AUDIO_OUTPUT_SYNCHRONOUS, _DONT_EXIT = 2, 0x8000
_BUFFER_MS = 60
"""A block of speech: what stopping waits for at most."""
_UTF8, _ENDPAUSE = 1, 0x1000
_RATE, _VOLUME, _PITCH = 1, 2, 3
_EVENT_LIST_END, _EVENT_WORD = 0, 1
_RATE_SETTING, _RATE_RANGE = 165.0, (80.0, 450.0)
"""Called words per minute by espeak; talk comes out a tenth faster, and the voice files allow for it."""
_VOLUME_SETTING = 80
"""At this setting no voice clips inside espeak, which cuts peaks; the delivery's volume is applied to its samples."""
_PITCH_FACTORS, _PITCH_SETTINGS = (0.70, 0.83, 0.91, 1.0, 1.08, 1.25, 1.46, 1.60), (0, 25, 40, 50, 60, 75, 90, 99)
"""Pitch relative to the voice's own at espeak's settings: median of five voices, by autocorrelation."""
_LANGUAGES = {"en-gb": "en"}
"""British English goes by another name here than in BCP 47."""
# espeak takes \x01 for the start of a command and \x00 for the text's end.
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160)), " ")


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


class _VoiceHead(ctypes.Structure):
    """The first fields of `espeak_VOICE`."""

    _fields_ = [("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p)]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_lock = threading.Lock()


@cache
def _library() -> tuple[Any, int]:
    """The initialised library and its sample rate; called under the lock. Raises EngineError."""
    import espeakng_loader  # 13 MB of library and data

    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        cause = f"espeak-ng can't be loaded: {error}"
        raise EngineError("synthesizer", cause, cure="reinstall espeakng-loader") from error
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_GetCurrentVoice.restype = ctypes.POINTER(_VoiceHead)
    library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
        ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    data = str(espeakng_loader.get_data_path()).encode()
    # Without the option, a missing data folder ends the process.
    rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT)
    if rate_hz <= 0:
        raise EngineError("synthesizer", "espeak-ng finds no voice data", cure="reinstall espeakng-loader")
    return library, rate_hz


class EspeakSynthesizer:
    """One voice of espeak-ng; see `Synthesizer`. Several may live in one process, on any threads."""

    name = "espeak-ng"

    def __init__(self, voice: Voice) -> None:
        """Raises UserError when espeak-ng has no such voice."""
        language, plus, variant = voice.engine_voice.partition("+")
        self._engine_voice = (_LANGUAGES.get(language, language) + plus + variant).encode()
        self._voice = voice
        with _lock:
            library, self.sample_rate_hz = _library()
            is_known = library.espeak_SetVoiceByName(self._engine_voice) == 0
            # An unknown variant is no error for espeak: it speaks with the plain voice.
            told = library.espeak_GetCurrentVoice().contents.identifier or b""
        if not is_known or (plus and not (variant and told.endswith(f"+{variant}".encode()))):
            raise UserError(
                f'espeak-ng has no voice "{voice.engine_voice}"',
                place=f"voice {voice.id}",
                cure="name a language and a variant, such as en-us+f3, en-gb+m1 or en-gb-scotland+m2",
            )

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        """See `Synthesizer`. Markup, phoneme codes and control characters are read as plain text or not at all.

        Rate is held to what espeak takes (about 0.6 to 3.5 times the voice's own), pitch to 0.7 to 1.6.
        """
        spoken_before = 0
        for part in split_sentences(text.translate(_CONTROLS)):
            if any(character.isalnum() for character in part):
                for samples, chars_spoken in self._synthesize(part, delivery, stop):
                    if stop.is_set():
                        return
                    yield SpeechBlock(samples, spoken_before + chars_spoken)
            spoken_before += len(part)

    def close(self) -> None:
        """The library stays: other voices share it."""

    def _synthesize(self, part: str, delivery: Delivery, stop: threading.Event) -> list[tuple[Int16Array, int]]:
        """Samples, each with the characters of the part spoken by their end. Raises EngineError."""
        blocks: list[tuple[Int16Array, int]] = []
        chars_spoken = 0

        def on_samples(wav: Any, count: int, events: Any) -> int:
            nonlocal chars_spoken
            index = 0
            while events[index].type != _EVENT_LIST_END:
                if events[index].type == _EVENT_WORD:
                    # The word begins in this block: what stands before it has been spoken. Counted from 1.
                    chars_spoken = min(len(part), max(chars_spoken, events[index].text_position - 1))
                index += 1
            if count > 0:
                # Copied, since espeak uses its buffer again.
                blocks.append((with_gain(np.ctypeslib.as_array(wav, (count,)), delivery.volume), chars_spoken))
            return 1 if stop.is_set() else 0

        callback = _Callback(on_samples)
        settings = _settings(delivery, self._voice)
        encoded = part.encode("utf-8", "replace")
        with _lock:
            library, _ = _library()
            library.espeak_SetVoiceByName(self._engine_voice)
            for parameter, value in settings.items():
                library.espeak_SetParameter(parameter, value, 0)
            library.espeak_SetSynthCallback(callback)
            # Without its flags for SSML and phonemes, tags and [[ are read as text.
            status = library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _UTF8 | _ENDPAUSE, None, None)
        if status != 0:
            raise EngineError("synthesizer", f"espeak-ng failed with status {status}", cure="choose another voice")
        if blocks and not stop.is_set():
            blocks[-1] = (blocks[-1][0], len(part))
        return blocks


def _settings(delivery: Delivery, voice: Voice) -> dict[int, int]:
    slowest, fastest = _RATE_RANGE
    return {
        _RATE: round(min(fastest, max(slowest, _RATE_SETTING * delivery.rate * voice.rate))),
        _PITCH: round(float(np.interp(delivery.pitch * voice.pitch, _PITCH_FACTORS, _PITCH_SETTINGS))),
        _VOLUME: _VOLUME_SETTING,
    }


class EspeakOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The voice file holds all there is to choose."""


def _open(options: EspeakOptions, voice: Voice) -> EspeakSynthesizer:
    return EspeakSynthesizer(voice)


SPEC = EngineSpec(options=EspeakOptions, open=_open)
