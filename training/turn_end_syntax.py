"""Fits the reading of a turn's end in the rater's encoder, and joins it with the network that reads word by word."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from training.cuts import pause_weights
from voice_agent.feedback.encoder import Encoder
from voice_agent.pipeline.turn_end.spoken_words import LONGEST_WORDS, Floats, spoken_words
from voice_agent.pipeline.turn_end.syntax import SyntaxReader
from voice_agent.pipeline.turn_end.words import FEWEST_WORDS, Words
from voice_agent.pipeline.turn_end.words_network import WordsNetwork

CUTS_A_TURN = 2
"""Encoding costs time: so many places are drawn by their weight, and share the weight of all."""
REGULARITY = 0.001


@dataclass(frozen=True, slots=True)
class Place:
    """A turn up to where it might pause."""

    said: str
    partner_line: str
    is_over: bool
    weight: float


def places(said: Sequence[tuple[str, str]], seed: int, *, weight: float = 1.0, ends: bool = True) -> list[Place]:
    """said: (partner's line, turn). ends: whether the turns' own ends are ends."""
    rng, found = random.Random(seed), []
    for line, text in said:
        words = spoken_words(text)
        if not words:
            continue
        found.append(Place(" ".join(words), line, ends, weight))
        inside = pause_weights(text)[:-1]
        count = min(CUTS_A_TURN, int((inside > 0).sum())) if ends else 0
        left = list(np.flatnonzero(inside > 0))
        for _ in range(count):
            at = rng.choices(left, [float(inside[one]) for one in left])[0]
            left.remove(at)
            found.append(
                Place(" ".join(words[: at + 1]), line, is_over=False, weight=weight * float(inside.sum()) / count)
            )
    return found


def fit_syntax(encoder: Encoder, train: Sequence[Place]) -> SyntaxReader:
    seen = np.stack([_seen(encoder, place) for place in train])
    means, scales = seen.mean(0), seen.std(0) + 1e-6
    model = LogisticRegression(C=REGULARITY, max_iter=500).fit(
        (seen - means) / scales, _over(train), sample_weight=_weights(train)
    )
    weights = (model.coef_[0] / scales).astype(np.float32)
    return SyntaxReader(encoder, weights, float(model.intercept_[0] - weights @ means))


def fit_mix(network: WordsNetwork, reader: SyntaxReader, dev: Sequence[Place]) -> Words:
    """Weights for both log odds, chosen where neither was fitted."""
    dev = [place for place in dev if len(place.said.split()) >= FEWEST_WORDS]
    odds = np.array(
        [[network.log_odds(place.said, place.partner_line), reader.log_odds(place.said)] for place in dev], np.float64
    )
    model = LogisticRegression().fit(odds, _over(dev), sample_weight=_weights(dev))
    return Words(network, reader, np.array([*model.coef_[0], model.intercept_[0]], np.float32))


def judged_places(words: Words, data: Sequence[Place]) -> tuple[Floats, Floats, Floats]:
    """(log odds, whether it was the end, weight) of every place."""
    odds = [words.log_odds(place.said, place.partner_line) for place in data]
    return np.array(odds, np.float32), _over(data), _weights(data)


def _seen(encoder: Encoder, place: Place) -> Floats:
    return encoder.syntax(" ".join(place.said.split()[-LONGEST_WORDS:]))


def _over(data: Sequence[Place]) -> Floats:
    return np.array([place.is_over for place in data], np.float32)


def _weights(data: Sequence[Place]) -> Floats:
    return np.array([place.weight for place in data], np.float32)
