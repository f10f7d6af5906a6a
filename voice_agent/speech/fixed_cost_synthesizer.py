"""A synthesizer of a set delay and speech rate, for measuring turn-taking: a quiet tone a word, no speech."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec
import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Age, Sex
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.pauses import SENTENCE_S
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.voice import Voice

RATE_HZ = 22_050
"""That of the embedded voices, so that nothing is resampled."""
_BLOCK_SAMPLES = RATE_HZ // 10
_PEAK = 4_000.0
_PITCH_HZ = 140.0
_SOUNDING = 0.85
"""Share of a word's time; the rest is the gap to the next word."""
_EDGE_S = 0.005


class FixedCostSynthesizerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first_chunk_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.06
    """From a text to its first samples; all others follow at once."""
    words_per_s: Annotated[float, msgspec.Meta(ge=0.5, le=20)] = 3.0
    """Speech rate; people speak 2.5 to 3.5 words a second."""


class FixedCostSynthesizer:
    """See `Synthesizer`."""

    name = "fixed-cost"
    sample_rate_hz = RATE_HZ

    def __init__(self, options: FixedCostSynthesizerOptions, voice: Voice) -> None:
        self._options = options
        self._voice = voice
        self.wait: Callable[[threading.Event, float], bool] = threading.Event.wait
        """How a thread waits; a bench on a virtual clock waits otherwise."""

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        words = list(re.finditer(r"\S*\w\S*", text))
        if not words or self.wait(stop, self._options.first_chunk_s):
            return
        for word in words:
            is_last = word is words[-1]
            samples = self._tone(delivery, is_last=is_last)
            for start in range(0, len(samples), _BLOCK_SAMPLES):
                if stop.is_set():
                    return
                is_end = start + _BLOCK_SAMPLES >= len(samples)
                spoken = (len(text) if is_last else word.end()) if is_end else None
                yield SpeechBlock(samples[start : start + _BLOCK_SAMPLES], spoken)

    def close(self) -> None:
        """Nothing to free."""

    def _tone(self, delivery: Delivery, *, is_last: bool) -> Int16Array:
        seconds = 1 / (self._options.words_per_s * delivery.rate * self._voice.rate)
        time = np.arange(round(seconds * _SOUNDING * RATE_HZ)) / RATE_HZ
        turns = 2 * np.pi * _PITCH_HZ * delivery.pitch * self._voice.pitch * time
        edge = np.minimum(1.0, np.minimum(time, time[::-1]) / _EDGE_S)
        tone = _PEAK * edge * (np.sin(turns) + 0.4 * np.sin(2 * turns)) / 1.4
        gap = np.zeros(round((SENTENCE_S if is_last else seconds * (1 - _SOUNDING)) * RATE_HZ))
        return with_gain(np.concatenate([tone, gap]).astype(np.int16), delivery.volume)


VOICE = Voice(
    schema=1,
    id="fixed-cost",
    title="A tone a word, for measuring",
    engine="fixed-cost",
    engine_voice="tone",
    language="en-us",
    sex=Sex.NEUTRAL,
    age=Age.ADULT,
    manner="a quiet tone, no words",
    naturalness=1,
    licence="GPL-3.0-or-later",
    source="voice_agent",
)


def _open(options: FixedCostSynthesizerOptions, voice: Voice) -> FixedCostSynthesizer:
    return FixedCostSynthesizer(options, voice)


SPEC = EngineSpec(options=FixedCostSynthesizerOptions, open=_open, own_voice=VOICE)
