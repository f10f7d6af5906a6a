"""Trains the network that reads how finished a turn's words are: whole turns against the same turns cut off."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from training.cuts import OPENERS, pause_weights
from training.dataset import spoken, turns
from voice_agent.pipeline.turn_end.spoken_words import (
    LINE_NUMBERS,
    LONGEST_WORDS,
    SUFFIXES,
    Floats,
    WordTable,
    line_numbers,
    spoken_words,
)
from voice_agent.pipeline.turn_end.words_network import WEIGHTS
from voice_agent.speech.language_model import bundled
from voice_agent.speech.trie_model import read_trie_model

TABLE_WORDS = 20_000
NEIGHBOURS = 600
DIRECTIONS = 32
RARE = 3000
"""Words after this many stand for those that the table lacks."""
SWAPPED = 0.05
"""Words that training hides: a recognizer gets some wrong."""
ANSWERS = (
    "yes",
    "no",
    "yeah",
    "nope",
    "okay",
    "yes i did",
    "no i didn't",
    "sure",
    "fine",
    "i don't know",
    "not really",
)
STARTS = ("well", "um", "so", "i", "look", "okay but", "no because", "yes and")
"""After a yes/no question the first are whole turns, the second beginnings; the data hold few turns of one word."""
INPUT, STATE, MIX = 32, 48, 24


@dataclass(frozen=True, slots=True)
class CutTurn:
    """A turn read word by word."""

    rows: Floats
    line: Floats
    weights: Floats
    """Of each word's end as a place to stop: 1 at the turn's own end, elsewhere the expected number of pauses."""
    is_over: bool = True
    """Whether the turn's own end is the end."""


def word_table() -> WordTable:
    """Made from the general language model: no training turn is looked at."""
    model = read_trie_model(bundled("en-us.lm.bin"))
    kept = np.argsort(-model.unigram)[:TABLE_WORDS]
    place = np.full(len(model.words), -1)
    place[kept] = np.arange(len(kept))
    names = [model.words[at] for at in kept]
    chance = 10.0 ** model.unigram[kept]
    first, second = place[model.bigram[0]], place[model.bigram[1]]
    known = (first >= 0) & (second >= 0)
    first, second, prob = first[known], second[known], 10.0 ** model.bigram_prob[known]
    # Positive pointwise mutual information with the most frequent neighbours on either side.
    shared = np.maximum(0, np.log(prob / chance[second]))
    near = np.zeros((len(kept), 2 * NEIGHBOURS), np.float32)
    after, before = second < NEIGHBOURS, first < NEIGHBOURS
    near[first[after], second[after]] = shared[after]
    near[second[before], NEIGHBOURS + first[before]] = shared[before]
    _, directions = np.linalg.eigh(near.T @ near)
    vectors = near @ directions[:, ::-1][:, :DIRECTIONS]
    # The sign of an eigenvector is the library's whim.
    vectors *= np.sign(vectors.sum(0)) / np.sqrt((vectors**2).mean(0))
    end = names.index("</s>")
    stops = np.log(10.0 ** model.unigram_backoff[kept] * chance[end])
    ends = second == end
    stops[first[ends]] = np.log(prob[ends])
    rows = np.hstack([vectors, stops[:, None] + 2.5]).astype(np.float32)
    rare = [[i for i in range(RARE, len(names)) if names[i].endswith(suffix)] for suffix in SUFFIXES]
    rows = np.vstack([rows, *[rows[places].mean(0, keepdims=True) for places in rare]])
    return WordTable({name: at for at, name in enumerate(names)}, rows)


def cut_turns(table: WordTable, said: Sequence[tuple[str, str]], *, weight: float = 1.0) -> list[CutTurn]:
    """said: (partner's line, turn)."""
    found = []
    for line, text in said:
        words = spoken_words(text)
        if words:
            weights = pause_weights(text)[-LONGEST_WORDS:] * weight
            found.append(CutTurn(table.read(words), line_numbers(line, words), weights))
    return found


def lines_of(split: str) -> list[tuple[str, str]]:
    return [(turn.partner_line, turn.utterance) for turn in turns(split)]


def training_lines(rng: random.Random) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(turns of the training split, in print and as spoken; other whole sentences of the same situations)."""
    of_split = turns("train")
    own = lines_of("train")
    own += [(turn.partner_line, spoken(turn.utterance, rng)) for turn in of_split if turn.register == "clean"]
    other = [("", turn.partner_line) for turn in of_split]
    for turn in of_split:
        other += [("", sentence) for sentence in re.split(r"(?<=[.!?])\s+", turn.situation.context)]
    for turn in of_split:
        if line_numbers(turn.partner_line, ())[0]:
            other.append((turn.partner_line, rng.choice(ANSWERS)))
    return own, list(dict.fromkeys(other))


def openings(rng: random.Random) -> list[tuple[str, str]]:
    """(partner's line, words that nobody ends on)."""
    lines = [turn.partner_line for turn in turns("train")]
    said = [(line, rng.choice(STARTS)) for line in rng.sample(lines, 500)]
    return said + [
        (line, f"{text} {rng.choice(tuple(OPENERS))}") for line, text in rng.sample(lines_of("train"), 800)
    ]


def beginnings(table: WordTable, rng: random.Random) -> list[CutTurn]:
    """Words that nobody ends on, after any line."""
    found = cut_turns(table, openings(rng))
    for turn in found:
        turn.weights[:-1] = 0
    return [replace(turn, is_over=False) for turn in found]


class Network(nn.Module):
    """See `WordsNetwork`, which runs it."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.enter = nn.Linear(numbers, INPUT)
        self.gru = nn.GRU(INPUT, STATE, batch_first=True)
        self.mix = nn.Linear(STATE + LINE_NUMBERS + numbers, MIX)
        self.out = nn.Linear(MIX, 1)
        self.drop = nn.Dropout(0.3)

    def forward(self, rows: torch.Tensor, line: torch.Tensor) -> torch.Tensor:
        """(turns, words) log odds that the turn is over after each word."""
        states, _ = self.gru(self.drop(torch.tanh(self.enter(rows))))
        lines = line[:, None, :].expand(-1, rows.shape[1], -1)
        mixed = torch.tanh(self.mix(torch.cat([self.drop(states), lines, rows], -1)))
        found: torch.Tensor = self.out(self.drop(mixed))[..., 0]
        return found

    def arrays(self) -> dict[str, Any]:
        """By the names that `WordsNetwork` knows."""
        parts = [self.enter.weight, self.enter.bias, self.gru.weight_ih_l0, self.gru.bias_ih_l0]
        parts += [self.gru.weight_hh_l0, self.gru.bias_hh_l0, self.mix.weight, self.mix.bias]
        parts += [self.out.weight, self.out.bias]
        return {name: part.detach().numpy() for name, part in zip(WEIGHTS, parts, strict=True)}


def fit(own: list[CutTurn], other: list[CutTurn], *, epochs: int, seed: int) -> Network:
    torch.manual_seed(seed)
    rng = random.Random(seed)
    data = own + other
    network = Network(data[0].rows.shape[1])
    steps = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=0.02)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(steps, epochs)
    for _ in range(epochs):
        network.train()
        rng.shuffle(data)
        for rows, line, over, weights in _batches(data):
            hidden = (torch.rand(rows.shape[:2]) > SWAPPED).float()[..., None]
            odds = network(rows * hidden, line)
            loss = nn.functional.binary_cross_entropy_with_logits(odds, over, weight=weights, reduction="sum")
            steps.zero_grad()
            (loss / weights.sum()).backward()
            steps.step()
        falling.step()
    return network.eval()


def judged(network: Network, data: list[CutTurn]) -> tuple[Floats, Floats, Floats]:
    """(log odds, whether it was the end, weight) of every place where a turn may pause."""
    odds, over, weights = [], [], []
    with torch.no_grad():
        for rows, line, is_over, weight in _batches(data):
            counted = weight > 0
            odds.append(network(rows, line)[counted].numpy())
            over.append(is_over[counted].numpy())
            weights.append(weight[counted].numpy())
    return np.concatenate(odds), np.concatenate(over), np.concatenate(weights)


def _batches(data: list[CutTurn], size: int = 32) -> Iterator[tuple[torch.Tensor, ...]]:
    for start in range(0, len(data), size):
        part = data[start : start + size]
        longest = max(len(turn.rows) for turn in part)
        rows = torch.zeros(len(part), longest, part[0].rows.shape[1])
        over, weights = torch.zeros(len(part), longest), torch.zeros(len(part), longest)
        for place, turn in enumerate(part):
            count = len(turn.rows)
            rows[place, :count] = torch.from_numpy(turn.rows)
            weights[place, :count] = torch.from_numpy(turn.weights)
            over[place, count - 1] = turn.is_over
        yield rows, torch.from_numpy(np.stack([turn.line for turn in part])), over, weights
