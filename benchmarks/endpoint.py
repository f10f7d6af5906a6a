"""How well a pause is told from an end of turn: false cut-offs against wait, for each signal and all together.

Usage: python -m benchmarks.endpoint [--split test] [--turns 120] [--read FOLDER] [--json FILE]

Turns of a held-out split, spoken by synthetic voices that training never heard, stop at word gaps and clause ends by
the mixture in `training.cuts`; how long each pause lasts is drawn from the distribution in `turn_end.pauses`. FOLDER:
people's recordings, WAV files with the words of each in a .txt beside it; they stop at every gap between words.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.cuts import SpokenPause
from training.turn_end_sound import VOICES, at_every_gap, pauses_in, read_aloud, spoken_split
from voice_agent.pipeline.end_of_turn import WAITS, EndOfTurn
from voice_agent.pipeline.turn_end.judge import TurnJudge, shared_judge
from voice_agent.pipeline.turn_end.pauses import PAUSE_S, outlasting, silence_for
from voice_agent.pipeline.turn_end.smart_turn import SmartTurn
from voice_agent.settings import Patience

Floats = npt.NDArray[np.float64]

LONGEST_S = 3.0
"""No method of the curve waits longer."""
DRAWS = 25
"""Lengths drawn for each pause, so that the figure hangs on the places and not on one draw."""
FIXED_S = (0.4, 0.7, 1.0)
MEAN_WAITS_S = (0.3, 0.6)
PACES = (Patience.QUICK, Patience.NORMAL, Patience.PATIENT)


@dataclass(frozen=True, slots=True)
class Places:
    """Aligned arrays of places where somebody stopped."""

    over: npt.NDArray[np.bool_]
    odds: dict[str, Floats]
    """By method: log odds that the turn is over; NaN where nothing is known."""


def judged(pauses: list[SpokenPause], ear: SmartTurn | None) -> Places:
    judge = shared_judge()
    words = [judge.words(pause.said, pause.partner_line) for pause in pauses]
    melody = [judge.melody(pause.samples) for pause in pauses]
    together = [judge.over(w, m) for w, m in zip(words, melody, strict=True)]
    smart: dict[str, Floats] = {}
    if ear is not None:
        other = TurnJudge(ear=ear)
        heard = [other.melody(pause.samples) for pause in pauses]
        smart["Smart Turn"] = np.array([other.over(None, h) for h in heard], np.float64)
        smart["words and Smart Turn"] = np.array(
            [other.over(w, h) for w, h in zip(words, heard, strict=True)], np.float64
        )
    return Places(
        np.array([pause.is_over for pause in pauses]),
        {
            "silence alone": np.zeros(len(pauses)),
            "words": np.array([judge.over(w, None) for w in words], np.float64),
            "melody": np.array([judge.over(None, m) for m in melody], np.float64),
            "words and melody": np.array(together, np.float64),
            **smart,
        },
    )


def wait_s(log_odds: float, caution: float) -> float:
    """The policy's wait without its bounds but `PAUSE_S` and `LONGEST_S`."""
    share = outlasting(PAUSE_S) * math.exp(
        -max(0.0, min(40.0, caution - (0.0 if math.isnan(log_odds) else log_odds)))
    )
    return min(LONGEST_S, silence_for(share))


def drawn_lengths(count: int, seed: int) -> Floats:
    """(count, `DRAWS`) seconds; those under `PAUSE_S` nobody takes for an end."""
    rng = random.Random(seed)
    return np.array([[silence_for(1 - rng.random()) for _ in range(DRAWS)] for _ in range(count)])


@dataclass(frozen=True, slots=True)
class Point:
    mean_wait_s: float
    cut_off: float
    """Share of pauses that the method takes for the end."""


def curve(odds: Floats, over: npt.NDArray[np.bool_], lengths: Floats) -> list[Point]:
    points = []
    for caution in np.linspace(-6, 12, 181):
        waits = np.array([wait_s(one, float(caution)) for one in odds])
        cut = waits[~over][:, None] < lengths
        points.append(Point(float(waits[over].mean()), float(cut.mean())))
    return points


def cut_off_at(points: list[Point], mean_wait_s: float) -> float:
    """Least share of false cut-offs that this mean wait allows."""
    return min((point.cut_off for point in points if point.mean_wait_s <= mean_wait_s), default=1.0)


def wait_at(points: list[Point], cut_off: float) -> float | None:
    """Least mean wait with no more false cut-offs than this; None where no wait reaches it."""
    return min((point.mean_wait_s for point in points if point.cut_off <= cut_off), default=None)


def policy_waits(odds: Floats, patience: Patience) -> Floats:
    """What the shipped policy waits, seconds."""
    waits = []
    for one in odds:
        policy = EndOfTurn(patience)
        policy.begin_now(voiced_s=1.0)
        for _ in range(round(WAITS[patience].provisional_s / 0.02)):
            policy.block(is_speech=False)
        policy.judged(None if math.isnan(one) else float(one), is_final=True)
        waits.append(policy.wait_s())
    return np.array(waits)


def curve_table(places: Places, lengths: Floats) -> tuple[list[str], dict[str, object]]:
    lines = [
        "| method | cut-offs at 0.3 s | at 0.6 s | mean wait at 5 % cut-offs | AUC |",
        "| --- | --- | --- | --- | --- |",
    ]
    data: dict[str, object] = {}
    from sklearn.metrics import roc_auc_score  # half a second

    for name, odds in places.odds.items():
        points = curve(odds, places.over, lengths)
        at = [cut_off_at(points, mean) for mean in MEAN_WAITS_S]
        least = wait_at(points, 0.05)
        auc = float(roc_auc_score(places.over, np.nan_to_num(odds)))
        told = "never" if least is None else f"{least:.2f} s"
        lines.append(f"| {name} | {at[0]:.1%} | {at[1]:.1%} | {told} | {auc:.3f} |")
        data[name] = {
            "cut_off_at_0.3_s": at[0],
            "cut_off_at_0.6_s": at[1],
            "mean_wait_s_at_5_percent": least,
            "auc": auc,
            "curve": [[round(point.mean_wait_s, 3), round(point.cut_off, 4)] for point in points],
        }
    return lines, data


def policy_table(places: Places, lengths: Floats) -> tuple[list[str], dict[str, object]]:
    fixed = " | ".join(f"{length} s" for length in FIXED_S)
    lines = [
        f"| patience | median wait | mean | 95th percentile | cut-ins, drawn lengths | {fixed} |",
        "| --- " * (5 + len(FIXED_S)) + "|",
    ]
    data: dict[str, object] = {}
    for patience in PACES:
        waits = policy_waits(places.odds["words and melody"], patience)
        ends, inside = waits[places.over], waits[~places.over]
        drawn = float((inside[:, None] < lengths).mean())
        cuts = [float((inside < length).mean()) for length in FIXED_S]
        told = " | ".join(f"{cut:.1%}" for cut in cuts)
        lines.append(
            f"| {patience.value} | {np.median(ends):.2f} s | {ends.mean():.2f} s | {np.percentile(ends, 95):.2f} s "
            f"| {drawn:.1%} | {told} |"
        )
        data[patience.value] = {
            "median_wait_s": float(np.median(ends)),
            "mean_wait_s": float(ends.mean()),
            "p95_wait_s": float(np.percentile(ends, 95)),
            "cut_ins_drawn": drawn,
            "cut_ins_fixed": dict(zip(map(str, FIXED_S), cuts, strict=True)),
        }
    return lines, data


def report(
    name: str, pauses: list[SpokenPause], seed: int, ear: SmartTurn | None
) -> tuple[list[str], dict[str, object]]:
    places = judged(pauses, ear)
    ends = int(places.over.sum())
    lengths = drawn_lengths(len(pauses) - ends, seed)
    curve_lines, curve_data = curve_table(places, lengths)
    policy_lines, policy_data = policy_table(places, lengths)
    title = f"**{name}**: {ends} ends, {len(pauses) - ends} pauses inside turns."
    return [title, "", *curve_lines, "", *policy_lines, ""], {
        "ends": ends,
        "pauses": len(pauses) - ends,
        "methods": curve_data,
        "policy": policy_data,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoint", description=__doc__)
    parser.add_argument("--split", choices=sorted(VOICES), default="test")
    parser.add_argument("--turns", type=int, default=120)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--read", type=Path, default=None, metavar="FOLDER")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    parser.add_argument("--smart-turn", action="store_true", help="also Smart Turn v3 (package pipecat-ai)")
    told = parser.parse_args()
    ear = SmartTurn() if told.smart_turn else None
    spoken = spoken_split(told.split, told.turns, told.seed, VOICES[told.split])
    lines, data = report(
        f"Split {told.split}, voices {', '.join(VOICES[told.split])}", pauses_in(spoken, told.seed), told.seed, ear
    )
    found = {"split": told.split, "turns": data}
    if told.read is not None:
        more, found["read"] = report(
            "People reading aloud", at_every_gap(read_aloud(told.read), told.seed), told.seed, ear
        )
        lines += more
    print("\n".join(lines))
    if told.json is not None:
        told.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
