"""espeak-ng's bundled library as a synthesizer: formant synthesis, understood everywhere, a robot's voice.

The library keeps one global state, so all voices of a process share one lock and one initialisation.
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
from voice_agent.speech.blocks import Put, stream_blocks
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.voice import Voice

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_BUFFER_MS = 60
"""A block of speech; stopping takes at most one."""
_UTF8, _ENDPAUSE = 1, 0x1000
_RATE, _VOLUME, _PITCH = 1, 2, 3
_EVENT_END, _EVENT_WORD = 0, 1
_DEFAULT_RATE_WPM, _DEFAULT_PITCH, _DEFAULT_VOLUME = 165, 50, 80


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


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
_lock = threading.Lock()


@cache
def _library() -> tuple[Any, int]:
    """The initialised library and its sample rate. Raises EngineError."""
    import espeakng_loader  # finds its own bundled library and data

    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise EngineError(
            "synthesizer", f"espeak-ng can't be loaded: {error}", cure="reinstall espeakng-loader"
        ) from error
    library.espeak_SetSynthCallback.argtypes = [_Callback]
    library.espeak_SetVoiceByName.argtypes = [ctypes.c_char_p]
    library.espeak_SetParameter.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int]
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
        ctypes.c_void_p, ctypes.c_void_p,
    ]  # fmt: skip
    data = str(espeakng_loader.get_data_path()).encode()
    # Option 0x8000: report a bad data folder instead of ending the process.
    rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MS, data, 0x8000)
    if rate_hz <= 0:
        raise EngineError("synthesizer", "espeak-ng finds no voice data", cure="reinstall espeakng-loader")
    return library, rate_hz


class EspeakSynthesizer:
    """One voice of espeak-ng; see `Synthesizer`."""

    name = "espeak-ng"

    def __init__(self, voice: Voice) -> None:
        """Raises UserError when espeak-ng has no such voice."""
        self._voice = voice
        with _lock:
            library, self.sample_rate_hz = _library()
            if library.espeak_SetVoiceByName(voice.engine_voice.encode()) != 0:
                raise UserError(
                    f'espeak-ng has no voice "{voice.engine_voice}"',
                    place=f"voice {voice.id}",
                    cure="see its voice list",
                )

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        return stream_blocks(lambda put: self._synthesize(text, delivery, put), stop, name="espeak")

    def close(self) -> None:
        """The library stays: other voices share it."""

    def _synthesize(self, text: str, delivery: Delivery, put: Put) -> None:
        library, _ = _library()
        chars_spoken = 0

        def on_samples(wav: Any, count: int, events: Any) -> int:
            nonlocal chars_spoken
            index = 0
            while events[index].type != _EVENT_END:
                if events[index].type == _EVENT_WORD:
                    # The position where a word begins: everything before it has been spoken.
                    chars_spoken = max(chars_spoken, events[index].text_position - 1)
                index += 1
            if count <= 0:
                return 0
            samples: Int16Array = np.ctypeslib.as_array(wav, (count,)).astype(np.int16)  # a copy
            return 0 if put(samples, chars_spoken) else 1

        callback = _Callback(on_samples)
        pitch, rate = delivery.pitch * self._voice.pitch, delivery.rate * self._voice.rate
        with _lock:
            library.espeak_SetVoiceByName(self._voice.engine_voice.encode())
            library.espeak_SetParameter(_RATE, round(min(450.0, max(80.0, _DEFAULT_RATE_WPM * rate))), 0)
            library.espeak_SetParameter(_PITCH, round(min(99.0, max(0.0, _pitch_setting(pitch)))), 0)
            library.espeak_SetParameter(_VOLUME, round(min(100.0, _DEFAULT_VOLUME * delivery.volume)), 0)
            library.espeak_SetSynthCallback(callback)
            # Without its flags for SSML and phonemes, tags and [[ are read as text.
            encoded = text.encode()
            library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _UTF8 | _ENDPAUSE, None, None)


def _pitch_setting(pitch: float) -> float:
    """espeak's 0-99 for a relative pitch: 50 is the voice's own, and 99 about 1.6 times that (measured)."""
    return _DEFAULT_PITCH + (pitch - 1.0) * 80


class EspeakOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The voice file holds all there is to choose."""


def _open(options: EspeakOptions, voice: Voice) -> EspeakSynthesizer:
    return EspeakSynthesizer(voice)


SPEC = EngineSpec(options=EspeakOptions, open=_open)
