"""CMU Flite's voices as a synthesizer, where the system has the library (Debian package `flite`).

Statistical voices (slt, rms, awb) sound more like people than formant synthesis does, and recognizers
understand them far better. The library keeps global state, so all voices of a process share one lock.
Source: Flite 2.2 `cst_voice.h`, `cst_wave.h`, `cst_audio.h`.
"""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import msgspec
import numpy as np

from voice_agent.errors import EngineError, UserError
from voice_agent.registry import EngineSpec
from voice_agent.speech.blocks import Put, stream_blocks
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.pauses import Pauses
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.speech.sentences import split_sentences
from voice_agent.voice import Voice

VOICES = ("slt", "rms", "awb", "kal16")
RATE_HZ = 16_000
_BLOCK_SAMPLES = 1440
"""90 ms, made in under a millisecond: what the library hands over at a time, give or take a frame of 5 ms.

At the slowest rate the longest part of a text still fits the queue of `stream_blocks`: the lock is never held
while a reader dawdles.
"""
_CURE = "install flite (Debian, Ubuntu: apt install flite; Fedora: dnf install flite; Arch: pacman -S flite)"
_CONTINUE, _STOP = 0, -1
_GAINS = {"slt": 0.50, "rms": 0.90, "awb": 0.76, "kal16": 1.80}
"""Bring the voices to one level, near espeak-ng's (RMS -21 dBFS while speaking, measured)."""
_MARKS = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


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
    _library()  # first, since the voice's own library looks for its names
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
    return pointer


@contextmanager
def _without_noise() -> Iterator[None]:
    """kal16 complains on the C library's `stderr` about sounds it lacks, which would tear a terminal's picture."""
    libc = ctypes.CDLL(None)
    try:
        stderr = ctypes.c_void_p.in_dll(libc, "stderr")
    except ValueError:  # another C library than Linux's: its noise stays
        yield
        return
    libc.fopen.restype, libc.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    nowhere, terminal = libc.fopen(b"/dev/null", b"w"), stderr.value
    stderr.value = nowhere or terminal
    try:
        yield
    finally:
        stderr.value = terminal
        if nowhere:
            libc.fclose(nowhere)


def _features(voice: Any) -> Any:
    return ctypes.cast(voice, ctypes.POINTER(_VoiceHead)).contents.features


class FliteSynthesizer:
    """One voice of Flite; see `Synthesizer`. The library tells no word times: blocks have no `chars_spoken`."""

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
        """See `Synthesizer`. Letters that English does not know lose their accents or are left out.

        `rms` keeps its pitch whatever is asked: its melody comes whole out of its model.
        """
        for part in split_sentences(_ascii(text)):
            if stop.is_set():
                return
            if any(character.isalnum() for character in part):
                work = partial(self._synthesize, part, delivery)
                yield from stream_blocks(work, stop, name="flite")

    def close(self) -> None:
        """The library stays: other voices share it."""

    def _synthesize(self, part: str, delivery: Delivery, put: Put) -> None:
        flite, features = _library(), _features(self._pointer)
        gain = _GAINS[self._voice.engine_voice] * min(1.5, max(0.0, delivery.volume))
        rate, pitch = delivery.rate * self._voice.rate, delivery.pitch * self._voice.pitch
        pauses = Pauses(RATE_HZ)

        def on_samples(wave: Any, start: int, size: int, last: int, info: Any) -> int:
            if size <= 0:
                return _CONTINUE
            address = ctypes.addressof(wave.contents.samples.contents) + 2 * start
            pointer = ctypes.cast(address, ctypes.POINTER(ctypes.c_short))
            samples = pauses.without_lead(np.ctypeslib.as_array(pointer, (size,)))
            return _CONTINUE if put(with_gain(samples, gain), None) else _STOP

        callback = _Callback(on_samples)
        with _lock, _without_noise():
            info = flite.new_audio_streaming_info()
            info.contents.min_buffsize = _BLOCK_SAMPLES
            info.contents.asc = callback
            # The features own the info from here on, and free the one before.
            flite.feat_set(features, b"streaming_info", flite.audio_streaming_info_val(info))
            flite.flite_feat_set_float(features, b"duration_stretch", 1.0 / min(2.5, max(0.4, rate)))
            flite.flite_feat_set_float(features, b"f0_shift", min(2.0, max(0.5, pitch)))
            # The voices draw noise from C's generator: from a set start, a line always sounds the same.
            ctypes.CDLL(None).srand(1)
            wave = flite.flite_text_to_wave(part.encode("ascii"), self._pointer)
            if wave:
                flite.delete_wave(wave)
        put(pauses.breath(), None)


def _ascii(text: str) -> str:
    """The lexicon knows ASCII only: curly marks become plain ones, accents go, other scripts are left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_MARKS)).encode("ascii", "ignore").decode()
    return "".join(character if character.isprintable() else " " for character in plain)


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
