"""Makes the probabilities honest, and measures how honest they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


Calibration = list[list[float]]
"""For each skill: temperature, then what is added to the logits of none, weak and strong."""


def calibrated(levels: Floats, truth: npt.NDArray[np.int64], rounds: int = 400) -> Calibration:
    """Temperature and bias a skill by least negative log likelihood (vector scaling, Guo et al. 2017).

    levels: (turns, 7, 3) probabilities of the uncalibrated network; truth: (turns, 7).
    """
    logits = np.log(np.clip(levels, 1e-7, 1)).astype(np.float64)
    found = []
    for skill in range(levels.shape[1]):
        one_hot = np.eye(3)[truth[:, skill]]
        slope, bias = 1.0, np.zeros(3)
        for _ in range(rounds):
            chances = _softmax(slope * logits[:, skill] + bias)
            error = chances - one_hot
            # A little pull to the uncalibrated state: there are only some hundred turns.
            slope -= 0.1 * (float((error * logits[:, skill]).sum(1).mean()) + 0.02 * (slope - 1))
            bias -= 0.5 * (error.mean(0) + 0.02 * bias)
        found.append([round(1 / slope, 3), *(round(float(value), 3) for value in bias)])
    return found


def applied(levels: Floats, calibration: Calibration) -> Floats:
    """The calibrated probabilities, as `Encoder` makes them."""
    terms = np.asarray(calibration, dtype=np.float64)
    logits = np.log(np.clip(levels, 1e-7, 1)) / terms[:, None, :1].transpose(1, 0, 2) + terms[None, :, 1:]
    return _softmax(logits).astype(np.float32)


def calibration_error(levels: Floats, truth: npt.NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error over all skills, in [0, 1]: mean gap between confidence and accuracy."""
    confidence, told = levels.max(-1).ravel(), levels.argmax(-1).ravel()
    right = told == truth.ravel()
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (place == b).mean() * abs(confidence[place == b].mean() - right[place == b].mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def _softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    chances: npt.NDArray[np.float64] = raised / raised.sum(-1, keepdims=True)
    return chances
