"""How long the shipped rater takes for a turn, by the turn's length; one core, one turn at a time as in a talk.

taskset -c 0 python -m benchmarks.rating     (the network runs on one thread in any case)
"""

from __future__ import annotations

import argparse
import statistics
import time

from training.dataset import turns
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.trained import TrainedRater

LENGTHS = ((1, 9), (10, 19), (20, 39), (40, 59), (60, 80))
"""Words of a turn, first and last of each row."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    told = parser.parse_args()
    rater = TrainedRater(shared_encoder())
    chosen = [RatedTurn(said=turn.utterance, partner_line=turn.partner_line) for turn in turns("test")]
    for turn in chosen[:20]:
        rater.read(turn)
    taken: list[tuple[int, float]] = []
    for _ in range(told.rounds):
        for turn in chosen:
            began = time.perf_counter()
            rater.read(turn)
            taken.append((len(turn.said.split()), 1000 * (time.perf_counter() - began)))
    print("| words | turns | median | 95th percentile | longest |")
    print("| --- | --- | --- | --- | --- |")
    for name, times in (
        ("all", [ms for _, ms in taken]),
        *((f"{least}-{most}", [ms for words, ms in taken if least <= words <= most]) for least, most in LENGTHS),
    ):
        if len(times) > 1:
            high = statistics.quantiles(times, n=20, method="inclusive")[-1]
            print(
                f"| {name} | {len(times) // told.rounds} | {statistics.median(times):.1f} ms | {high:.1f} ms | "
                f"{max(times):.1f} ms |"
            )


if __name__ == "__main__":
    main()
