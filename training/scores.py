"""How well outputs agree with the settled ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.dataset import Examples
from training.fit import Floats, Outputs
from voice_agent.dearman import Skill
from voice_agent.feedback.agreement import macro_f1, weighted_kappa


@dataclass(frozen=True, slots=True)
class Scores:
    kappa: dict[str, float]
    """Quadratic-weighted, per skill."""
    next_skill: float
    """Accuracy."""
    act: float

    @property
    def mean(self) -> float:
        return float(np.mean(list(self.kappa.values())))

    @property
    def least(self) -> float:
        return min(self.kappa.values())

    def __str__(self) -> str:
        each = " ".join(f"{skill[:4]} {kappa:.2f}" for skill, kappa in self.kappa.items())
        return f"kappa {self.mean:.3f} ({each}), next skill {self.next_skill:.2f}, act {self.act:.2f}"


def nearest_levels(levels: Floats) -> np.ndarray:
    """(turns, 7): the level nearest to the expected one."""
    return np.clip(np.floor(levels @ np.arange(3) + 0.5), 0, 2).astype(int)


def scores(out: Outputs, data: Examples) -> Scores:
    told = nearest_levels(out.levels)
    asked, acted = data.next_skill >= 0, data.act >= 0
    return Scores(
        {
            skill.value: round(weighted_kappa(data.levels[:, i].tolist(), told[:, i].tolist()), 4)
            for i, skill in enumerate(Skill)
        },
        float((out.next_skill.argmax(1)[asked] == data.next_skill[asked]).mean()),
        float((out.act.argmax(1)[acted] == data.act[acted]).mean()),
    )


def binary_f1(out: Outputs, data: Examples) -> float:
    """IMBUE's measure: macro-F1 of strong against not strong, mean over the skills."""
    told = nearest_levels(out.levels)
    return float(np.mean([macro_f1((data.levels[:, i] == 2).tolist(), (told[:, i] == 2).tolist()) for i in range(7)]))
