"""Keeps ALSA's own remarks off the terminal: a line about a late block of sound would tear the screen."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)


def _nothing(file: bytes, line: int, function: bytes, error: int, words: bytes) -> None:
    """What matters comes as an error of the stream."""


_HANDLE = _HANDLER(_nothing)
"""ALSA keeps its address: it must live as long as the program."""


def quieten_alsa() -> None:
    """For the whole process; nothing where there is no ALSA."""
    with suppress(OSError):
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_HANDLE)
