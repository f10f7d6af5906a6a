"""Fits the network to examples."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from training.dataset import Examples, spoken
from training.network import RaterNetwork, base_model
from voice_agent.feedback.rater_input import cues

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit; every figure was chosen on the dev split."""

    epochs: int = 6
    batch: int = 24
    encoder_rate: float = 8e-5
    head_rate: float = 1e-3
    ordinal: float = 0.5
    """Weight of the squared error of the expected level, beside cross-entropy."""
    pairs: float = 0.3
    """Weight of the contrasting pairs: the rewrite must stand above the weaker turn by a margin."""
    spoken: float = 0.35
    """Chance that a written turn is read as a recognizer would print it."""
    smoothing: float = 0.03
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the network says, as probabilities."""

    embedding: Floats
    levels: Floats
    """(turns, 7, 3)."""
    next_skill: Floats
    act: Floats


class Tokens:
    """Two texts to ids, as the shipped tokenizer does it."""

    def __init__(self) -> None:
        self.tokenizer = base_model().tokenizer

    def __call__(self, said: Sequence[str], lines: Sequence[str]) -> dict[str, Tensor]:
        encoded = self.tokenizer(
            list(said), list(lines), padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        return {name: encoded[name] for name in ("input_ids", "attention_mask", "token_type_ids")}


def fit(
    data: Examples,
    recipe: Recipe,
    *,
    contrasts: Sequence[tuple[int, int, int]] = (),
    soft: Outputs | None = None,
    after_epoch: Callable[[int, RaterNetwork], None] | None = None,
) -> RaterNetwork:
    """A network fitted to the data.

    contrasts: (place of the weaker turn, of the stronger one, skill). soft: an ensemble's probabilities for
    the same turns, to learn from beside the labels (distillation).
    """
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    tokens = Tokens()
    network = RaterNetwork(base_model()[0].auto_model)
    heads = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [
            {"params": network.encoder.parameters(), "lr": recipe.encoder_rate},
            {"params": heads, "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
    )
    partner_of = {weak: (strong, skill) for weak, strong, skill in contrasts}
    steps = recipe.epochs * (len(data) / recipe.batch) * 1.04  # pairs leave some batches short
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step / steps))
    weights = _level_weights(data.levels)
    for epoch in range(recipe.epochs):
        network.train()
        started = time.perf_counter()
        for chosen in _batches(data, partner_of, recipe.batch, rng):
            said = [spoken(data.said[i], rng) if rng.random() < recipe.spoken else data.said[i] for i in chosen]
            lines = [data.lines[i] if rng.random() > 0.1 else "" for i in chosen]
            batch = tokens(said, lines)
            cue = torch.from_numpy(np.stack([cues(text) for text in said]))
            _, levels, next_skill, act = network(**batch, cues=cue)
            loss = _loss(levels, torch.from_numpy(data.levels[chosen]), weights, recipe)
            loss = loss + 0.25 * nn.functional.cross_entropy(
                next_skill, torch.from_numpy(data.next_skill[chosen]), ignore_index=-1, label_smoothing=0.1
            )
            loss = loss + 0.25 * nn.functional.cross_entropy(
                act, torch.from_numpy(data.act[chosen]), ignore_index=-1, label_smoothing=0.05
            )
            if recipe.pairs and partner_of:
                loss = loss + recipe.pairs * _contrast(levels, chosen, partner_of)
            if soft is not None:
                loss = loss + _distilled(levels, next_skill, act, soft, chosen)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}, {time.perf_counter() - started:.0f} s", flush=True)
        if after_epoch is not None:
            after_epoch(epoch, network)
    return network.eval()


def _pace(done: float) -> float:
    """Share of the learning rate: a tenth of the way up, then down along a cosine."""
    if done < 0.1:
        return max(0.02, done / 0.1)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - 0.1) / 0.9)))


def _batches(
    data: Examples, partner_of: dict[int, tuple[int, int]], size: int, rng: random.Random
) -> list[list[int]]:
    """All turns once, in random order; the two of a pair stand in one batch. Alike lengths share a batch."""
    groups: list[list[int]] = []
    seen: set[int] = set()
    order = list(range(len(data)))
    rng.shuffle(order)
    for place in order:
        if place in seen:
            continue
        group = [place]
        if place in partner_of and partner_of[place][0] not in seen:
            group.append(partner_of[place][0])
        seen.update(group)
        groups.append(group)
    groups.sort(key=lambda group: max(len(data.said[i]) for i in group) + rng.random() * 60)
    batches: list[list[int]] = []
    for group in groups:
        if batches and len(batches[-1]) + len(group) <= size:
            batches[-1] += group
        else:
            batches.append(group)
    rng.shuffle(batches)
    return batches


def _level_weights(levels: npt.NDArray[np.int64]) -> Tensor:
    """(7, 3): rare levels count a little more; calibration takes the prior back afterwards."""
    counts = np.stack([np.bincount(levels[:, i], minlength=3) for i in range(levels.shape[1])]).astype(np.float32)
    weights = (counts.sum(1, keepdims=True) / (3 * np.maximum(counts, 1))) ** 0.3
    return torch.from_numpy(np.clip(weights, 0.6, 1.8))


def _loss(levels: Tensor, truth: Tensor, weights: Tensor, recipe: Recipe) -> Tensor:
    total = torch.zeros(())
    scale = torch.arange(3, dtype=torch.float32)
    for i in range(levels.shape[1]):
        total = total + nn.functional.cross_entropy(
            levels[:, i], truth[:, i], weight=weights[i], label_smoothing=recipe.smoothing
        )
        expected = levels[:, i].softmax(-1) @ scale
        total = total + recipe.ordinal * ((expected - truth[:, i]) ** 2).mean()
    return total / 2


def _contrast(levels: Tensor, chosen: list[int], partner_of: dict[int, tuple[int, int]]) -> Tensor:
    place = {item: row for row, item in enumerate(chosen)}
    scale = torch.arange(3, dtype=torch.float32)
    total, count = torch.zeros(()), 0
    for weak in chosen:
        if weak in partner_of and partner_of[weak][0] in place:
            strong, skill = partner_of[weak]
            low = levels[place[weak], skill].softmax(-1) @ scale
            high = levels[place[strong], skill].softmax(-1) @ scale
            total, count = total + torch.relu(1.0 - (high - low)), count + 1
    return total / max(1, count)


def _distilled(levels: Tensor, next_skill: Tensor, act: Tensor, soft: Outputs, chosen: list[int]) -> Tensor:
    def towards(logits: Tensor, target: Floats) -> Tensor:
        return -(torch.from_numpy(target) * logits.log_softmax(-1)).sum(-1).mean()

    return (
        3.0 * towards(levels, soft.levels[chosen])
        + 0.3 * towards(next_skill, soft.next_skill[chosen])
        + 0.3 * towards(act, soft.act[chosen])
    )


@torch.no_grad()
def outputs(network: RaterNetwork, data: Examples, batch: int = 64) -> Outputs:
    """What the network says of each turn."""
    network.eval()
    tokens = Tokens()
    found: list[list[Tensor]] = []
    for start in range(0, len(data), batch):
        part = slice(start, start + batch)
        found.append(
            list(network(**tokens(data.said[part], data.lines[part]), cues=torch.from_numpy(data.cues[part])))
        )
    embedding, levels, next_skill, act = (torch.cat([row[i] for row in found]) for i in range(4))
    return Outputs(
        embedding.numpy(), levels.softmax(-1).numpy(), next_skill.softmax(-1).numpy(), act.softmax(-1).numpy()
    )
