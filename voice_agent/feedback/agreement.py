"""How far two readings of the same turns agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Confusion = npt.NDArray[np.int64]


def confusion(truth: Sequence[int], told: Sequence[int], kinds: int = 3) -> Confusion:
    """Shape (kinds, kinds): rows are the truth, columns what was told. Raises ValueError for unequal lengths."""
    if len(truth) != len(told):
        raise ValueError(f"{len(truth)} and {len(told)} turns")
    table = np.zeros((kinds, kinds), dtype=np.int64)
    for row, column in zip(truth, told, strict=True):
        table[row, column] += 1
    return table


def weighted_kappa(truth: Sequence[int], told: Sequence[int], kinds: int = 3) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968), in [-1, 1]; 1 when both say one and the same level.

    NaN when there are no turns.
    """
    table = confusion(truth, told, kinds).astype(np.float64)
    total = table.sum()
    if total == 0:
        return float("nan")
    distance = np.subtract.outer(np.arange(kinds), np.arange(kinds)) ** 2 / (kinds - 1) ** 2
    chance = np.outer(table.sum(1), table.sum(0)) / total
    expected = float((distance * chance).sum())
    return 1.0 if expected == 0 else 1.0 - float((distance * table).sum()) / expected


def accuracy(truth: Sequence[int], told: Sequence[int]) -> float:
    return sum(a == b for a, b in zip(truth, told, strict=True)) / len(truth) if truth else float("nan")


def macro_f1(truth: Sequence[int], told: Sequence[int]) -> float:
    """Mean of the F1 scores of every kind that occurs in the truth; NaN without turns."""
    scores = []
    for kind in sorted(set(truth)):
        right = sum(a == b == kind for a, b in zip(truth, told, strict=True))
        said, there = sum(b == kind for b in told), sum(a == kind for a in truth)
        scores.append(2 * right / (said + there) if said + there else 0.0)
    return sum(scores) / len(scores) if scores else float("nan")


def entropy_bits(told: Sequence[int]) -> float:
    """Shannon entropy of what was told: 0 when it is always the same."""
    counts = Counter(told).values()
    total = sum(counts)
    return abs(float(sum(n / total * np.log2(n / total) for n in counts))) if total else 0.0
