"""Trains the rater: `python -m training fit`, from the data set to the files that the package ships."""

from __future__ import annotations

import training.extra  # noqa: F401 - before anything that needs it

# isort: split

import argparse
import hashlib
import json
import time
from dataclasses import asdict, replace

import numpy as np
import torch

from training.calibrate import applied, calibrated, calibration_error
from training.dataset import DATA, Examples, examples, pairs, turns
from training.export import export, write_demonstrations
from training.fit import Outputs, Recipe, fit, outputs
from training.scores import binary_f1, scores
from voice_agent.annotation import ContrastingPair
from voice_agent.dearman import Skill

VERSION = "1"


def contrasts(data: Examples, known: list[ContrastingPair]) -> list[tuple[int, int, int]]:
    """The pairs as places in the data."""
    place = {name: i for i, name in enumerate(data.ids)}
    skills = tuple(Skill)
    return [
        (place[pair.weaker], place[pair.stronger], skills.index(pair.skill))
        for pair in known
        if pair.weaker in place and pair.stronger in place
    ]


def mean_of(found: list[Outputs]) -> Outputs:
    """An ensemble's probabilities."""
    return Outputs(*(np.mean([getattr(one, name) for one in found], axis=0) for name in Outputs.__slots__))


def run_fit(teachers: int, recipe: Recipe) -> None:
    train, dev, test = (examples(turns(split)) for split in ("train", "dev", "test"))
    known = contrasts(train, pairs())
    print(
        f"{len(train)} turns to train on, {len(dev)} to tune on, {len(test)} to test on; {len(known)} pairs",
        flush=True,
    )
    soft = None
    if teachers:
        on_train, on_dev = [], []
        for number in range(teachers):
            print(f"teacher {number + 1} of {teachers}", flush=True)
            teacher = fit(train, replace(recipe, seed=100 + number), contrasts=known)
            on_train.append(outputs(teacher, train))
            on_dev.append(outputs(teacher, dev))
            print(f"  dev: {scores(on_dev[-1], dev)}", flush=True)
        soft = mean_of(on_train)
        print(f"ensemble, dev: {scores(mean_of(on_dev), dev)}", flush=True)
    network = fit(train, recipe, contrasts=known, soft=soft)
    found = outputs(network, dev)
    calibration = calibrated(found.levels, dev.levels)
    on_test = outputs(network, test)
    print(f"before calibration: dev {scores(found, dev)}; test {scores(on_test, test)}", flush=True)
    found = replace(found, levels=applied(found.levels, calibration))
    on_test = replace(on_test, levels=applied(on_test.levels, calibration))
    print(f"dev: {scores(found, dev)}\ntest: {scores(on_test, test)}", flush=True)
    card = {
        "name": "voice_agent rater",
        "version": VERSION,
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "licence": "GPL-3.0-or-later",
        "task": "DEAR MAN levels of one turn, the next skill and the act; see docs/rater.md",
        "data": {
            "turns": {"train": len(train), "dev": len(dev), "test": len(test)},
            "sha256": hashlib.sha256((DATA / "turns.jsonl").read_bytes()).hexdigest(),
            "note": "written for this project; no clinician has checked it",
        },
        "recipe": {**asdict(recipe), "teachers": teachers, "torch": torch.__version__},
        "before_quantization": {
            "dev": scores(found, dev).kappa,
            "test": scores(on_test, test).kappa,
            "test_binary_macro_f1": round(binary_f1(on_test, test), 4),
            "test_calibration_error": round(calibration_error(on_test.levels, test.levels), 4),
        },
        "calibration": calibration,
    }
    export(network, card)
    print("exported; `voice-agent eval` measures what was exported", flush=True)


def run_curve(recipe: Recipe) -> None:
    """Kappa on test against the number of training situations: shows whether more data would help."""
    whole = turns("train")
    test = examples(turns("test"))
    ids = sorted(
        {turn.id.partition(":")[0] for turn in whole}, key=lambda one: hashlib.sha256(one.encode()).hexdigest()
    )
    for share in (0.25, 0.5, 0.75, 1.0):
        kept = set(ids[: round(share * len(ids))])
        data = examples([turn for turn in whole if turn.id.partition(":")[0] in kept])
        # A small share sees as many steps as half of the whole, or it would be undertrained, not short of data.
        epochs = max(recipe.epochs, round(recipe.epochs * 0.5 / share))
        network = fit(data, replace(recipe, epochs=epochs), contrasts=contrasts(data, pairs()))
        found = scores(outputs(network, test), test)
        print(
            json.dumps({"turns": len(data), "kappa": round(found.mean, 4), "least": round(found.least, 4)}),
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("what", choices=["fit", "curve", "demonstrations"])
    parser.add_argument(
        "--teachers", type=int, default=3, help="networks whose mean the shipped one learns from; 0: none"
    )
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    parser.add_argument("--threads", type=int, default=2, help="the same number gives the same result")
    told = parser.parse_args()
    torch.set_num_threads(told.threads)
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    started = time.perf_counter()
    recipe = Recipe(epochs=told.epochs, seed=told.seed)
    if told.what == "fit":
        run_fit(told.teachers, recipe)
    elif told.what == "curve":
        run_curve(recipe)
    else:
        write_demonstrations()
    print(f"took {time.perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
