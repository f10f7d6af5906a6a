"""How often a trial's intervals hold what was set, and how often it finds what is not there.

Draws many trials of the shipped study's simulated participants in memory: a check of the analysis, no evidence.
Run: python -m benchmarks.trial_analysis
"""

from __future__ import annotations

import argparse

import numpy as np

from voice_agent.study.analysis import compared
from voice_agent.study.outcomes import BEFORE, Measure, measures_of
from voice_agent.study.protocol import SKILL, Phase
from voice_agent.study.simulation import Floats, Simulation, preset
from voice_agent.study.study_files import load_study

MEASURES = (SKILL, "confidence", "fear", "anger", "self_efficacy")
ARM = "gate"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--in-each-arm", type=int, default=29)
    parser.add_argument("--resamples", type=int, default=499)
    wanted = parser.parse_args()
    study = load_study("imbue-replication")
    print("| measure | set g | mean g found | intervals that hold it | power | p < 0.05 without an effect |")
    print("| --- | --- | --- | --- | --- | --- |")
    with_effect, without = Simulation(study, preset(study, "imbue")), Simulation(study, preset(study, "none"))
    truth = with_effect.truth()
    for measure in measures_of(study):
        if measure.id not in MEASURES:
            continue
        there = truth[f"{ARM}/{measure.id}/{measure.points[0]}"]
        found = [
            _trial(with_effect, measure, wanted.in_each_arm, seed, wanted.resamples) for seed in range(wanted.trials)
        ]
        none = [_trial(without, measure, wanted.in_each_arm, seed, wanted.resamples) for seed in range(wanted.trials)]
        held = np.mean([low <= there <= high for _, low, high, _ in found])
        power = np.mean([p < 0.05 for *_, p in found])
        false = np.mean([p < 0.05 for *_, p in none])
        mean = np.mean([g for g, *_ in found])
        print(f"| {measure.title} | {there:+.2f} | {mean:+.2f} | {held:.1%} | {power:.1%} | {false:.1%} |")


def _trial(simulation: Simulation, measure: Measure, count: int, seed: int, resamples: int) -> tuple[float, ...]:
    draw = np.random.default_rng(seed)
    one, other = (_changes(simulation, measure, arm, count, draw) for arm in (ARM, simulation.study.control))
    found = compared(one, other, draw, resamples)
    assert found.g is not None
    assert found.g_interval is not None
    assert found.p is not None
    return found.g, *found.g_interval, found.p


def _changes(simulation: Simulation, measure: Measure, arm: str, count: int, draw: np.random.Generator) -> Floats:
    point = measure.points[0]
    if measure.id == SKILL:
        levels = simulation.levels(arm, count, draw)
        gained: Floats = 50.0 * (levels[point].mean(axis=(1, 2)) - levels[Phase.BASELINE.value].mean(axis=(1, 2)))
        return gained
    answers = simulation.answers(measure, arm, count, draw)
    return answers[point] - answers[BEFORE]


if __name__ == "__main__":
    main()
