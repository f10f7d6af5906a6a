"""How much ratings lose when a turn is spoken and recognised: synthetic voices, the embedded recognizer.

python -m benchmarks.spoken_ratings --turns 120
"""

from __future__ import annotations

import argparse
import random
import threading
from pathlib import Path

import numpy as np

from training.dataset import turns
from voice_agent.audio.protocols import MIC_RATE_HZ
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.evaluation.measures import measured, table
from voice_agent.evaluation.methods import local
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery

VOICES = ("flite-slt", "flite-rms", "flite-awb")


def word_errors(said: list[str], heard: list[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, default=None)
    told = parser.parse_args()
    every = [turn for turn in turns("test") if 3 <= len(turn.utterance.split()) <= 45]
    chosen = random.Random(told.seed).sample(every, min(told.turns, len(every)))
    speakers = []
    for name in VOICES:
        voice = load_voice(name)
        spec = engine("synthesizer", voice.engine)
        speakers.append(spec.open(spec.options(), voice))
    spec = engine("recognizer", "pocketsphinx")
    recognizer = spec.open(spec.options(), None)
    heard, errors, words = [], 0, 0
    import msgspec

    for count, turn in enumerate(chosen):
        speaker = speakers[count % len(speakers)]
        blocks = [block.samples for block in speaker.speak(turn.utterance, Delivery(), threading.Event())]
        samples = resampled(np.concatenate(blocks), speaker.sample_rate_hz, MIC_RATE_HZ)
        recognizer.begin()
        recognizer.feed(np.concatenate([np.zeros(4000, np.int16), samples, np.zeros(4000, np.int16)]))
        text = recognizer.finish().text
        said = "".join(c if c.isalnum() or c in "' " else " " for c in turn.utterance.lower()).split()
        errors, words = errors + word_errors(said, text.split()), words + len(said)
        heard.append(msgspec.structs.replace(turn, utterance=text or "um"))
    print(f"{len(chosen)} turns, word error rate {errors / words:.2f}")
    for line in table(
        [
            measured("as written", chosen, local([], chosen)),
            measured("spoken and recognised", heard, local([], heard)),
        ]
    ):
        print(line)


if __name__ == "__main__":
    main()
