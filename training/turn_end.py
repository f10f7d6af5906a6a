"""Trains what says that a turn is over: `python -m training.turn_end`, or one part of it: `words`, `sound`.

Needs the training extra (torch, scikit-learn), flite for its voices, and about five minutes. `--read FOLDER` adds
people's recordings to the melody: WAV files, the words of each in a .txt beside it.
"""

from __future__ import annotations

import training.extra  # noqa: F401 - before anything that needs it

# isort: split

import argparse
import hashlib
import json
import random
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import log_loss, roc_auc_score

from training.dataset import DATA
from training.turn_end_sound import (
    REAL_SHARE,
    VOICES,
    Pauses,
    at_every_gap,
    fit_alone,
    fit_joint,
    fit_melody,
    joined,
    left_out_odds,
    melody_odds,
    pauses_in,
    read,
    read_aloud,
    spoken_split,
)
from training.turn_end_syntax import fit_mix, fit_syntax, judged_places, places
from training.turn_end_words import beginnings, cut_turns, fit, judged, lines_of, openings, training_lines, word_table
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.pipeline.turn_end.judge import MODEL_FOLDER
from voice_agent.pipeline.turn_end.melody import MEASURES
from voice_agent.pipeline.turn_end.spoken_words import Floats, WordTable
from voice_agent.pipeline.turn_end.words import words_of
from voice_agent.pipeline.turn_end.words_network import WordsNetwork

SPOKEN_TURNS = {"train": 220, "dev": 60}
TURNS_SEED, CUTS_SEED = 3, 5
OTHER_WEIGHT = 0.5
"""Of a sentence that is no learner's turn."""


def measured(odds: Floats, over: Floats, weights: Floats) -> dict[str, float]:
    chance = 1 / (1 + np.exp(-odds.astype(np.float64)))
    return {
        "auc": round(float(roc_auc_score(over, odds, sample_weight=weights)), 4),
        "log_loss": round(float(log_loss(over, chance, sample_weight=weights)), 4),
    }


def change_card(changes: dict[str, Any]) -> None:
    path = MODEL_FOLDER / "card.json"
    card = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**card, **changes}, indent=2) + "\n", encoding="utf-8")


def run_words(epochs: int, seed: int) -> None:
    table = quantized(word_table())
    rng = random.Random(seed)
    own, other = training_lines(rng)
    others = cut_turns(table, other, weight=OTHER_WEIGHT) + beginnings(table, rng)
    trained = fit(cut_turns(table, own), others, epochs=epochs, seed=seed)
    network = WordsNetwork(table, trained.arrays())
    encoder = shared_encoder()
    train = places(own, seed) + places(other, seed, weight=OTHER_WEIGHT) + places(openings(rng), seed, ends=False)
    print(f"{len(train)} places to read the syntax of", flush=True)
    reader = fit_syntax(encoder, train)
    held_out = {split: places(lines_of(split), CUTS_SEED) for split in ("dev", "test")}
    words = fit_mix(network, reader, held_out["dev"])
    found = {
        split: {
            "network": measured(*judged(trained, cut_turns(table, lines_of(split)))),
            "syntax": measured(*judged_places(replace(words, mix=np.array([0, 1, 0], np.float32)), data)),
            **measured(*judged_places(words, data)),
        }
        for split, data in held_out.items()
    }
    print(json.dumps(found), flush=True)
    names = sorted(table.places, key=table.places.__getitem__)
    scale = np.abs(table.rows).max(0) / 127
    MODEL_FOLDER.mkdir(exist_ok=True)
    path = MODEL_FOLDER / "words.npz"
    np.savez_compressed(
        path,
        words=np.array("\0".join(names)),
        rows=np.round(table.rows / scale).astype(np.int8),
        row_scale=scale.astype(np.float32),
        **trained.arrays(),
        syntax_w=reader.weights.astype(np.float32),
        syntax_b=np.float32(reader.bias),
        mix=words.mix,
    )
    change_card(
        {
            "name": "voice_agent end of turn",
            "version": "1",
            "licence": "GPL-3.0-or-later",
            "task": "whether a learner who has paused has finished the turn; see docs/turn-taking.md",
            "base": "the rater's encoder (third layer), and the syntax of 20,000 words from the en-us language model "
            "of PocketSphinx 5 (BSD-2)",
            "data": {
                "turns": {split: len(lines_of(split)) for split in ("train", "dev", "test")},
                "other_sentences": len(other),
                "sha256": hashlib.sha256((DATA / "turns.jsonl").read_bytes()).hexdigest(),
                "note": "written for this project; cuts are made by rule, not heard from people",
            },
            "recipe": {"epochs": epochs, "seed": seed, "torch": torch.__version__},
            "words": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **found},
        }
    )


def quantized(table: WordTable) -> WordTable:
    """The table as it is shipped: one byte a number."""
    scale = np.abs(table.rows).max(0) / 127
    return WordTable(table.places, (np.round(table.rows / scale) * scale).astype(np.float32))


def run_sound(folder: Path | None, seed: int) -> None:
    with np.load(MODEL_FOLDER / "words.npz") as file:
        words = words_of(file, shared_encoder())
    spoken = {split: spoken_split(split, count, TURNS_SEED, VOICES[split]) for split, count in SPOKEN_TURNS.items()}
    train, dev = (read(pauses_in(spoken[split], CUTS_SEED), words) for split in SPOKEN_TURNS)
    print(f"{len(train.over)} places in training turns", flush=True)
    people = [read(at_every_gap([one], seed), words) for one in read_aloud(folder)] if folder else []
    melody = fit_melody(train, joined(people) if people else None)
    on_dev = melody_odds(melody, dev)
    heard, odds = [dev, *people], [on_dev, *left_out_odds(train, people)]
    shares = [np.full(len(dev.over), 1.0), *people_shares(len(dev.over), people)]
    whole = joined(heard)
    words_weight, melody_weight, bias = fit_joint(
        whole.words, np.concatenate(odds), whole.over, np.concatenate(shares)
    )
    people_auc = round(float(roc_auc_score(joined(people).over, np.concatenate(odds[1:]))), 3) if people else None
    alone, alone_bias = fit_alone(on_dev, dev.over)
    print(f"words {words_weight}, melody {melody_weight}, bias {bias}", flush=True)
    change_card(
        {
            "melody": {
                "measures": list(MEASURES),
                **asdict(melody),
                "voices": VOICES,
                "places": {"train": len(train.over), "people": sum(len(one.over) for one in people)},
                "people": f"{len(people)} recordings of people reading aloud",
                "auc_people_left_out": people_auc,
                "auc_dev": round(float(roc_auc_score(dev.over, on_dev)), 3),
            },
            "joint": {
                "weights": {
                    "words": words_weight,
                    "melody": melody_weight,
                    "bias": bias,
                    "melody_alone": alone,
                    "bias_alone": alone_bias,
                },
                "dev": {
                    "places": len(dev.over),
                    "auc_words": round(float(roc_auc_score(dev.over, dev.words)), 3),
                    "auc": round(
                        float(roc_auc_score(dev.over, words_weight * dev.words + melody_weight * on_dev)), 3
                    ),
                },
            },
        }
    )


def people_shares(synthetic: int, people: list[Pauses]) -> list[Floats]:
    """Weights that give people `REAL_SHARE` of a fit, and their ends as much of it as the ends of turns have."""
    if not people:
        return []
    total = synthetic * REAL_SHARE / (1 - REAL_SHARE)
    ends = sum(one.over.sum() for one in people)
    inside = sum(len(one.over) for one in people) - ends
    return [np.where(one.over > 0, total / 3 / ends, total * 2 / 3 / inside) for one in people]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.turn_end", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", "words", "sound"], default="all")
    parser.add_argument("--read", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    told = parser.parse_args()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    started = time.perf_counter()
    if told.what != "sound":
        run_words(told.epochs, told.seed)
    if told.what != "words":
        run_sound(told.read, told.seed)
    print(f"took {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
