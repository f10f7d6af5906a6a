"""How finished words are: by a small network that knows learners' turns, and an encoder that knows English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from voice_agent.feedback.encoder import Encoder
from voice_agent.pipeline.turn_end.spoken_words import Floats, spoken_words
from voice_agent.pipeline.turn_end.syntax import SyntaxReader
from voice_agent.pipeline.turn_end.words_network import WordsNetwork, network_of

FEWEST_WORDS = 3
"""Fewer are no sentence that the encoder could know; the network sees the question that they may answer."""


@dataclass(frozen=True, slots=True)
class Words:
    """Both readings, joined and calibrated. Blocking, about 5 ms for 20 words; thread-safe."""

    network: WordsNetwork
    syntax: SyntaxReader
    mix: Floats
    """(3,): weight of the network's log odds, of the syntax's, and a bias."""

    def log_odds(self, said: str, partner_line: str) -> float | None:
        """Natural log odds that a learner who paused here has finished; None without words.

        Calibrated for the mixture of cuts that training states (docs/turn-taking.md).
        """
        learnt = self.network.log_odds(said, partner_line)
        if learnt is None or len(spoken_words(said)) < FEWEST_WORDS:
            return learnt
        read = self.syntax.log_odds(said)
        return float(self.mix @ np.array([learnt, read, 1.0], np.float32))


def words_of(file: Mapping[str, Any], encoder: Encoder) -> Words:
    """The words' side from the arrays of `words.npz`. Raises KeyError or ValueError when they are not its."""
    weights = np.asarray(file["syntax_w"], np.float32)
    if weights.shape != (encoder.syntax_size,):
        raise ValueError("the reading of the syntax has a wrong shape")
    reader = SyntaxReader(encoder, weights, float(file["syntax_b"]))
    return Words(network_of(file), reader, np.asarray(file["mix"], np.float32))
