"""Says how likely a turn is over: words and melody, joined into one calibrated figure."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.errors import EngineError
from voice_agent.feedback.encoder import Encoder, shared_encoder
from voice_agent.pipeline.turn_end.melody import MEASURES, MelodyModel, measures
from voice_agent.pipeline.turn_end.smart_turn import SmartTurn
from voice_agent.pipeline.turn_end.words import Words, words_of

MODEL_FOLDER = Path(__file__).parent / "model"
MOST_BY_MELODY = 2.5
"""Log odds: the melody was learnt from synthetic voices and few people, so it may tip the scale and not hold it."""


@dataclass(frozen=True, slots=True)
class JointWeights:
    words: float
    melody: float
    bias: float
    melody_alone: float
    bias_alone: float
    """Where there are no words."""


SMART_TURN_WEIGHTS = JointWeights(words=1.53, melody=0.4, bias=0.13, melody_alone=0.37, bias_alone=-0.25)
"""Fitted like the melody's, on 92 places in six recordings of people reading: a first guess, no more."""


class TurnJudge:
    """Blocking, about 5 ms for the words and 6 ms for the melody; thread-safe, since it keeps nothing."""

    def __init__(
        self, folder: Path = MODEL_FOLDER, *, encoder: Encoder | None = None, ear: SmartTurn | None = None
    ) -> None:
        """encoder: the rater's, which reads the syntax; None: the shared one. ear: hears in place of the melody.

        Loading takes about 0.1 s. Raises EngineError when a file is missing or is not the one that was shipped.
        """
        self._ear = ear
        self.card = _card(folder)
        path = folder / "words.npz"
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _broken(f"{path.name} can't be read") from error
        try:
            if hashlib.sha256(data).hexdigest() != self.card["words"]["sha256"]:
                raise _broken(f"{path.name} is not the file that was shipped")
            with np.load(path) as file:
                self._words: Words = words_of(file, encoder or shared_encoder())
            melody = self.card["melody"]
            self._melody = MelodyModel(melody["means"], melody["scales"], melody["weights"], melody["bias"])
            if melody["measures"] != list(MEASURES):
                raise _broken("its melody measures are others")
            self._joint = JointWeights(**self.card["joint"]["weights"]) if ear is None else SMART_TURN_WEIGHTS
        except (KeyError, ValueError, TypeError) as error:
            raise _broken(f"its model can't be read: {error}") from error

    def words(self, said: str, partner_line: str) -> float | None:
        """Log odds by the words alone; None without words."""
        return self._words.log_odds(said, partner_line)

    def melody(self, samples: Int16Array) -> float | None:
        """Log odds by the sound alone, against even odds; None when there is too little of it.

        samples: the turn up to its pause, 16 kHz mono.
        """
        if self._ear is not None:
            return self._ear.log_odds(samples)
        measured = measures(samples)
        return None if measured is None else self._melody.log_odds(measured)

    def over(self, words: float | None, melody: float | None) -> float | None:
        """Log odds that a pause of 0.2 s ends the turn; None when nothing is known."""
        joint = self._joint
        if words is None:
            if melody is None:
                return None
            return _bounded(joint.melody_alone * melody) + joint.bias_alone
        return joint.words * words + _bounded(joint.melody * (melody or 0.0)) + joint.bias


def _bounded(by_melody: float) -> float:
    return math.copysign(min(MOST_BY_MELODY, abs(by_melody)), by_melody)


@cache
def shared_judge() -> TurnJudge:
    """One for the program."""
    return TurnJudge()


def _card(folder: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken("its model card is missing or broken") from error
    return card


def _broken(cause: str) -> EngineError:
    return EngineError("end of turn", cause, cure="reinstall the program")
