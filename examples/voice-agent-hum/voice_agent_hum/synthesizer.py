"""Hums a syllable for every syllable of the text."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Annotated

import msgspec
import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.registry import EngineSpec
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.voice import Voice

_SYLLABLE_S, _GAP_S, _BREATH_S = 0.2, 0.06, 0.3
_PEAK = 6_000.0


class HumOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys of the pipeline's `[synthesizer]` table; each has a default."""

    hz: Annotated[float, msgspec.Meta(ge=60, le=300)] = 140.0
    """Pitch of the hum."""


class HumSynthesizer:
    """See `voice_agent.speech.protocols.Synthesizer`, whose contract tests/test_contract.py runs."""

    name = "hum"
    sample_rate_hz = 16_000

    def __init__(self, options: HumOptions, voice: Voice) -> None:
        self._hz = options.hz
        self._voice = voice

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        """A generator, so that a line left half way ends; `stop` is looked at before each block."""
        words = list(re.finditer(r"\S*\w\S*", text))
        for index, word in enumerate(words):
            is_last = index == len(words) - 1
            samples = self._hum(word.group(), delivery, is_last=is_last)
            size = self.sample_rate_hz // 10  # at most a tenth of a second
            for start in range(0, len(samples), size):
                if stop.is_set():
                    return
                is_end = start + size >= len(samples)
                spoken = (len(text) if is_last else word.end()) if is_end else None
                yield SpeechBlock(samples[start : start + size], spoken)

    def close(self) -> None:
        """Nothing to free."""

    def _hum(self, word: str, delivery: Delivery, *, is_last: bool) -> Int16Array:
        syllables = min(12, max(1, len(re.findall(r"[aeiouy]+", word.lower()))))
        seconds = syllables * _SYLLABLE_S / (delivery.rate * self._voice.rate)
        time = np.arange(int(seconds * self.sample_rate_hz)) / self.sample_rate_hz
        hz = self._hz * delivery.pitch * self._voice.pitch
        swell = np.abs(np.sin(np.pi * syllables * time / seconds)) ** 0.3
        tone = np.sin(2 * np.pi * hz * time) + 0.4 * np.sin(4 * np.pi * hz * time)
        pause_s = _BREATH_S if is_last or word.endswith((".", "!", "?")) else _GAP_S
        pause = np.zeros(int(pause_s * self.sample_rate_hz))
        samples = np.concatenate([_PEAK / 1.4 * swell * tone, pause]).astype(np.int16)
        return with_gain(samples, delivery.volume)


def _open(options: HumOptions, voice: Voice) -> HumSynthesizer:
    return HumSynthesizer(options, voice)


SPEC = EngineSpec(options=HumOptions, open=_open)
