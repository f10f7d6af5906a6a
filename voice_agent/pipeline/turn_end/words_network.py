"""A small recurrent network that reads a turn word by word and says after the last whether it is over.

GRU after Cho et al. 2014 (arXiv 1406.1078), in numpy: 40 words take about 1 ms, so it runs where it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from voice_agent.pipeline.turn_end.spoken_words import Floats, WordTable, line_numbers, spoken_words

WEIGHTS = ("in_w", "in_b", "x_w", "x_b", "h_w", "h_b", "mix_w", "mix_b", "out_w", "out_b")


@dataclass(frozen=True, slots=True)
class WordsNetwork:
    """Weights as torch lays them out: (outputs, inputs); the gates are reset, update, new."""

    table: WordTable
    weights: Mapping[str, Floats]

    def log_odds(self, said: str, partner_line: str) -> float | None:
        """Natural log odds that a learner who paused here has finished; None without words.

        Calibrated for the mixture of cuts that training states (docs/turn-taking.md).
        """
        words = spoken_words(said)
        if not words:
            return None
        rows = self.table.read(words)
        w = self.weights
        seen = np.tanh(rows @ w["in_w"].T + w["in_b"])
        gates = seen @ w["x_w"].T + w["x_b"]
        size = w["h_w"].shape[1]
        state = np.zeros(size, np.float32)
        for gate in gates:
            kept = w["h_w"] @ state + w["h_b"]
            reset, update = np.split(1 / (1 + np.exp(-(gate[: 2 * size] + kept[: 2 * size]))), 2)
            new = np.tanh(gate[2 * size :] + reset * kept[2 * size :])
            state = (1 - update) * new + update * state
        last = np.concatenate([state, line_numbers(partner_line, words), rows[-1]])
        mixed = np.tanh(w["mix_w"] @ last + w["mix_b"])
        return float(w["out_w"][0] @ mixed + w["out_b"][0])


def network_of(file: Mapping[str, Any]) -> WordsNetwork:
    """The network from the arrays of `words.npz`. Raises KeyError or ValueError when they are not its."""
    names = str(file["words"]).split("\0")
    rows = file["rows"].astype(np.float32) * file["row_scale"]
    if rows.ndim != 2:
        raise ValueError("the table of words has a wrong shape")
    table = WordTable({name: place for place, name in enumerate(names)}, rows)
    return WordsNetwork(table, {name: np.asarray(file[name], np.float32) for name in WEIGHTS})
