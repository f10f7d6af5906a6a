"""CMU Flite's voices as a synthesizer, where the system has the library (Debian package `flite`).

Statistical voices (slt, rms, awb) sound more like people than formant synthesis does, and recognizers
understand them far better. The library keeps global state, so all voices of a process share one lock.
Source: Flite 2.2 `cst_voice.h`, `cst_wave.h`, `cst_audio.h`.
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

VOICES = ("slt", "rms", "awb", "kal16")
RATE_HZ = 16_000
_FIRST_BLOCK_SAMPLES = 800
"""50 ms: what the library hands over at a time."""
_DIPHONE_MEAN_HZ = 105.0
"""kal16's own mean pitch; statistical voices take a factor instead."""
_CURE = "install flite (Debian, Ubuntu: apt install flite; Fedora: dnf install flite; Arch: pacman -S flite)"
_CONTINUE, _STOP = 0, -1
_GAINS = {"slt": 0.55, "rms": 1.05, "awb": 0.85, "kal16": 1.7}
"""Bring the voices to one level (RMS near -20 dBFS, measured on one sentence), with room for a raised voice."""


class _Wave(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    ]


class _VoiceHead(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("features", ctypes.c_void_p)]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(_Wave), ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p
)


class _StreamingInfo(ctypes.Structure):
    _fields_ = [
        ("min_buffsize", ctypes.c_int),
        ("asc", _Callback),
        ("userdata", ctypes.c_void_p),
        ("utt", ctypes.c_void_p),
        ("item", ctypes.c_void_p),
    ]


_lock = threading.Lock()


@cache
def _library() -> Any:
    """Raises EngineError when the system has no Flite."""
    try:
        flite = ctypes.CDLL(_file("flite"), mode=ctypes.RTLD_GLOBAL)
        for name in ("flite_usenglish", "flite_cmulex"):
            ctypes.CDLL(_file(name), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise EngineError("synthesizer", "flite is not installed", cure=_CURE) from error
    flite.flite_text_to_wave.restype = ctypes.POINTER(_Wave)
    flite.flite_text_to_wave.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    flite.delete_wave.argtypes = [ctypes.POINTER(_Wave)]
    flite.new_audio_streaming_info.restype = ctypes.POINTER(_StreamingInfo)
    flite.audio_streaming_info_val.restype = ctypes.c_void_p
    flite.audio_streaming_info_val.argtypes = [ctypes.c_void_p]
    flite.feat_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    flite.flite_feat_set_float.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_float]
    flite.flite_init()
    return flite


def _file(name: str) -> str:
    # The linker's cache is not asked (`find_library` runs a compiler): these names are the ABI's own.
    return f"lib{name}.so.1"


@cache
def _voice(name: str) -> Any:
    """Pointer to the registered voice. Raises EngineError."""
    flite = _library()
    try:
        library = ctypes.CDLL(_file(f"flite_cmu_us_{name}"), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise EngineError("synthesizer", f"flite has no voice {name}", cure=_CURE) from error
    register = getattr(library, f"register_cmu_us_{name}")
    register.restype, register.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    with _lock:
        pointer = register(None)
    if not pointer:
        raise EngineError("synthesizer", f"flite can't open its voice {name}", cure=_CURE)
    flite.flite_feat_set_float(_features(pointer), b"duration_stretch", 1.0)
    return pointer


def _features(voice: Any) -> Any:
    return ctypes.cast(voice, ctypes.POINTER(_VoiceHead)).contents.features


class FliteSynthesizer:
    """One voice of Flite; see `Synthesizer`."""

    name = "flite"
    sample_rate_hz = RATE_HZ

    def __init__(self, voice: Voice) -> None:
        """Raises UserError for a voice that Flite never had, EngineError when it is not installed."""
        if voice.engine_voice not in VOICES:
            raise UserError(
                f'flite has no voice "{voice.engine_voice}"',
                place=f"voice {voice.id}",
                cure=f"choose one of: {', '.join(VOICES)}",
            )
        self._voice = voice
        self._pointer = _voice(voice.engine_voice)

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        return stream_blocks(lambda put: self._synthesize(text, delivery, put), stop, name="flite")

    def close(self) -> None:
        """The library stays: other voices share it."""

    def _synthesize(self, text: str, delivery: Delivery, put: Put) -> None:
        if not any(character.isalnum() for character in text):
            return
        flite, features = _library(), _features(self._pointer)
        gain = _GAINS[self._voice.engine_voice] * min(1.5, max(0.0, delivery.volume))

        def on_samples(wave: Any, start: int, size: int, last: int, info: Any) -> int:
            if size <= 0:
                return _CONTINUE
            address = ctypes.addressof(wave.contents.samples.contents) + 2 * start
            pointer = ctypes.cast(address, ctypes.POINTER(ctypes.c_short))
            samples: Int16Array = np.ctypeslib.as_array(pointer, (size,)).astype(np.int16)
            return _CONTINUE if put(_louder(samples, gain), None) else _STOP

        callback = _Callback(on_samples)
        with _lock:
            info = flite.new_audio_streaming_info()
            info.contents.min_buffsize = _FIRST_BLOCK_SAMPLES
            info.contents.asc = callback
            # The features own the info from here on, and free the one before.
            flite.feat_set(features, b"streaming_info", flite.audio_streaming_info_val(info))
            rate, pitch = delivery.rate * self._voice.rate, delivery.pitch * self._voice.pitch
            flite.flite_feat_set_float(features, b"duration_stretch", 1.0 / min(2.5, max(0.4, rate)))
            flite.flite_feat_set_float(features, b"f0_shift", pitch)
            if self._voice.engine_voice == "kal16":
                flite.flite_feat_set_float(features, b"int_f0_target_mean", _DIPHONE_MEAN_HZ * pitch)
            # The lexicon knows ASCII only.
            wave = flite.flite_text_to_wave(text.encode("ascii", "ignore"), self._pointer)
            if wave:
                flite.delete_wave(wave)


def _louder(samples: Int16Array, gain: float) -> Int16Array:
    # At volume 1.2, the loudest of the stances, no sentence of ours clips; the limit is for odd sounds.
    louder: Int16Array = np.clip(samples.astype(np.float32) * gain, -32768, 32767).astype(np.int16)
    return louder


def installed_voices() -> tuple[str, ...]:
    """Voices that this system can speak with; empty when Flite is missing."""
    found = []
    for name in VOICES:
        try:
            ctypes.CDLL(_file(f"flite_cmu_us_{name}"))
        except OSError:
            continue
        found.append(name)
    return tuple(found)


class FliteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The voice file holds all there is to choose."""


def _open(options: FliteOptions, voice: Voice) -> FliteSynthesizer:
    return FliteSynthesizer(voice)


SPEC = EngineSpec(options=FliteOptions, open=_open)
