"""The shipped rater: a MiniLM encoder fine-tuned on turns rated under the rubric (docs/rater.md)."""

from __future__ import annotations

import re

import msgspec
import numpy as np

from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill, SkillRating
from voice_agent.feedback import phrases
from voice_agent.feedback.encoder import Encoder, shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.rater_input import plain
from voice_agent.registry import EngineSpec

_SKILLS, _ACTS = tuple(Skill), tuple(Act)
LEAST_SECOND_ACT = 0.25
"""A further act is told from this probability on: the partner may react to it."""


class TrainedRater:
    """See `Rater`. About 10 ms a turn on one core."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = f"minilm {encoder.version}"

    def read(self, turn: RatedTurn) -> Reading:
        # One turn at a time: the int8 network scales by all that stands in a batch, so company changes a reading.
        encoded = self._encoder.encode([(turn.said, turn.partner_line)])
        return Reading(
            ratings=_ratings(encoded.levels[0]),
            acts=_wordless(turn.said) or _acts(encoded.act[0]),
            next_skill=_SKILLS[int(np.argmax(encoded.next_skill[0]))],
            rater=self.name,
        )


def _ratings(levels: np.ndarray) -> Ratings:
    """levels: (7, 3) probabilities. The level nearest to the expected one errs least by squared distance."""
    named = {}
    for skill, chances in zip(_SKILLS, levels, strict=True):
        level = int(np.clip(np.floor(float(chances @ np.arange(3)) + 0.5), 0, 2))
        name = "assert_" if skill is Skill.ASSERT else skill.value
        named[name] = SkillRating(Level(level), round(float(chances[level]), 3))
    return Ratings(**named)


def _acts(chances: np.ndarray) -> tuple[Act, ...]:
    order = np.argsort(-chances)
    return tuple(_ACTS[i] for rank, i in enumerate(order[:3]) if rank == 0 or chances[i] >= LEAST_SECOND_ACT)


def _wordless(said: str) -> tuple[Act, ...] | None:
    """Acts that need no model: silence, mere fillers, and the question that must never be missed."""
    text = re.sub(r"\?", "", plain(said)).strip()
    if not text:
        return (Act.SILENCE,)
    if phrases.ASKS_IF_REAL.search(text):
        return (Act.ASKS_IF_REAL,)
    if phrases.STOP_WORD_ONLY.search(text):
        return (Act.UNCLEAR,)
    return None


class TrainedOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


def _open(options: TrainedOptions) -> TrainedRater:
    return TrainedRater(shared_encoder())


SPEC = EngineSpec(options=TrainedOptions, open=_open)
