"""Where turns pause: the stated mixture of cuts, and turns spoken by synthetic voices or people cut at those places.

Real pauses are wanted and not to be had; the mixture is ours. Half of the pauses inside a turn come after a clause,
a fifth after a word that leads on ("because", "um"), the rest at any gap between words.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.feedback.clauses import clauses
from voice_agent.pipeline.turn_end.spoken_words import Floats, spoken_words
from voice_agent.registry import engine
from voice_agent.speech.language_model import bundled
from voice_agent.speech.protocols import Delivery, Synthesizer

AT_CLAUSE_ENDS, AFTER_OPENERS, ANYWHERE = 0.5, 0.2, 0.3
WORDS_A_PAUSE, MOST_PAUSES = 6, 2.5
"""A turn of 12 words pauses twice on the average."""
OPENERS = frozenset(["and", "but", "because", "so", "if", "when", "that", "um", "uh", "like", "or", "well", "i"])
ROOM_DBFS = -65.0


def pause_weights(text: str) -> Floats:
    """Expected pauses after each word of a turn, and 1 after its last."""
    words = spoken_words(text)
    count = len(words)
    ends, at = set(), 0
    for clause in clauses(text)[:-1]:
        at += len(spoken_words(clause))
        ends.add(at)
    ends = {end for end in ends if 0 < end < count}
    leading = {place for place in range(1, count) if words[place - 1] in OPENERS}
    pauses = min(MOST_PAUSES, count / WORDS_A_PAUSE)
    weights = np.ones(count, np.float32)
    for place in range(1, count):
        share = ANYWHERE / (count - 1)
        share += AT_CLAUSE_ENDS / len(ends) if place in ends else 0.0
        share += AFTER_OPENERS / len(leading) if place in leading else 0.0
        weights[place - 1] = pauses * share
    return weights


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn with its sound and the places of its words."""

    words: tuple[str, ...]
    partner_line: str
    samples: Int16Array
    """16 kHz mono."""
    ends_s: tuple[float, ...]
    """Of each word, from the first sample."""
    voice: str = ""


@dataclass(frozen=True, slots=True)
class SpokenPause:
    """A turn up to a place where its speaker stops."""

    said: str
    partner_line: str
    samples: Int16Array
    """Up to the last word's end, then silence."""
    is_over: bool


@cache
def _speaker(name: str) -> Synthesizer:
    voice = load_voice(name)
    spec = engine("synthesizer", voice.engine)
    speaker: Synthesizer = spec.open(spec.options(), voice)
    return speaker


@cache
def _aligner() -> Any:
    from pocketsphinx import Decoder

    return Decoder(lm=None, dict=str(bundled("cmudict-en-us.dict")), loglevel="FATAL")


def word_ends(samples: Int16Array, text: str) -> tuple[float, ...] | None:
    """Seconds at which each word ends, by forced alignment; None when the words don't fit the sound."""
    words, decoder = spoken_words(text), _aligner()
    if not words or any(decoder.lookup_word(word) is None for word in words):
        return None
    decoder.set_align_text(" ".join(words))
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    found = [part for part in decoder.seg() or () if not part.word.startswith(("<", "["))]
    if len(found) != len(words):
        return None
    return tuple((part.end_frame + 1) / 100 for part in found)


def spoken_turn(text: str, partner_line: str, voice: str) -> SpokenTurn | None:
    """The turn by a synthetic voice; None when its words can't be placed."""
    speaker = _speaker(voice)
    blocks = [block.samples for block in speaker.speak(text, Delivery(), threading.Event())]
    if not blocks:
        return None
    samples = resampled(np.concatenate(blocks), speaker.sample_rate_hz, MIC_RATE_HZ)
    ends = word_ends(samples, text)
    return None if ends is None else SpokenTurn(tuple(spoken_words(text)), partner_line, samples, ends, voice)


def pauses_of(turn: SpokenTurn, weights: Floats, rng: random.Random, *, silence_s: float) -> list[SpokenPause]:
    """The turn's end, and its pauses drawn by their expected number; each followed by a quiet room."""
    found = []
    for place, weight in enumerate(weights[: len(turn.words)], start=1):
        is_over = place == len(turn.words)
        if not is_over and rng.random() >= weight:
            continue
        end = min(len(turn.samples), round(turn.ends_s[place - 1] * MIC_RATE_HZ))
        spoken = turn.samples[:end].astype(np.float64)
        # A mouth closes in some hundredths of a second, and so does a cut.
        fade = min(len(spoken), MIC_RATE_HZ // 50)
        spoken[len(spoken) - fade :] *= np.linspace(1, 0, fade)
        sound = np.concatenate([spoken, np.zeros(round(silence_s * MIC_RATE_HZ))])
        room = np.random.default_rng(rng.randrange(2**31)).normal(0, 32768 * 10 ** (ROOM_DBFS / 20), len(sound))
        heard = np.clip(sound + room, -32768, 32767).astype(np.int16)
        found.append(SpokenPause(" ".join(turn.words[:place]), turn.partner_line, heard, is_over))
    return found
