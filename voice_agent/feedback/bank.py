"""The demonstration bank: contrasting pairs, found by nearness to a turn (kNN, as in IMBUE).

The shipped pairs come from the training split of the data set; a user's own (see `voice-agent bank`) come first
among equals and count at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from voice_agent.annotation import AnnotatedTurn, Demonstration
from voice_agent.catalog.json_lines import read_lines
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError
from voice_agent.feedback.encoder import MODEL_FOLDER, shared_encoder
from voice_agent.feedback.text_encoder import Floats, TextEncoder

PAIRS, VECTORS = "demonstrations.jsonl", "demonstrations.npy"


class Bank:
    """Pairs with their vectors; immutable."""

    def __init__(self, demonstrations: Sequence[Demonstration], vectors: Floats, encoder: TextEncoder) -> None:
        """vectors: (pairs, width), the weaker sides as the encoder sees them.

        Raises ValueError when they don't fit.
        """
        if len(demonstrations) != len(vectors):
            raise ValueError(f"{len(demonstrations)} pairs and {len(vectors)} vectors")
        self.demonstrations = tuple(demonstrations)
        self._vectors = vectors
        self._encoder = encoder
        self._asked: tuple[tuple[str, str], Floats] | None = None

    def nearest(
        self,
        said: str,
        partner_line: str = "",
        *,
        skill: Skill | None = None,
        level: Level | None = None,
        most: int = 3,
    ) -> list[Demonstration]:
        """The pairs whose weaker side is nearest to what was said, nearest first, at most one of a situation.

        skill, level: only pairs of this skill, and with the weaker side at this level.
        """
        if not self.demonstrations:
            return []
        found: list[Demonstration] = []
        contexts: set[str] = set()
        for place in np.argsort(-(self._vectors @ self._vector(said, partner_line))):
            pair = self.demonstrations[place]
            if (skill and pair.skill is not skill) or (level is not None and pair.level is not level):
                continue
            if pair.situation.context in contexts:
                continue
            contexts.add(pair.situation.context)
            found.append(pair)
            if len(found) == most:
                break
        return found

    def _vector(self, said: str, partner_line: str) -> Floats:
        """The same turn is asked for again and again, for each skill and level."""
        turn = (said, partner_line)
        if self._asked is None or self._asked[0] != turn:
            self._asked = (turn, self._encoder.vectors([turn])[0])
        return self._asked[1]

    def with_more(self, more: Sequence[Demonstration]) -> Bank:
        """The same bank with further pairs."""
        if not more:
            return self
        vectors = vectors_of(more, self._encoder)
        return Bank([*more, *self.demonstrations], np.vstack([vectors, self._vectors]), self._encoder)


def weaker_sides(demonstrations: Sequence[Demonstration]) -> list[tuple[str, str]]:
    """What a bank is searched by: (the weaker side, the partner's line before it)."""
    return [(pair.weaker, pair.partner_line) for pair in demonstrations]


def vectors_of(demonstrations: Sequence[Demonstration], encoder: TextEncoder) -> Floats:
    """Shape (pairs, width): the weaker sides after their partner's lines. Not empty."""
    turns = weaker_sides(demonstrations)
    return np.vstack([encoder.vectors(turns[start : start + 32]) for start in range(0, len(turns), 32)])


def demonstrations_of(turns: Sequence[AnnotatedTurn]) -> list[Demonstration]:
    """Turns with an expert's better words, as pairs: for the first skill, in teaching order, that is not strong."""
    pairs = []
    for turn in turns:
        weak = [skill for skill in Skill if turn.labels[skill] is not Level.STRONG]
        skill = turn.declared if turn.declared in weak else (weak[0] if weak else None)
        attempted = [s for s in weak if turn.labels[s] is Level.WEAK]
        if turn.declared is None and attempted:
            skill = attempted[0]
        if turn.suggestion and skill is not None:
            pairs.append(
                Demonstration(
                    id=turn.id,
                    situation=turn.situation,
                    partner_line=turn.partner_line,
                    skill=skill,
                    weaker=turn.utterance,
                    level=turn.labels[skill],
                    stronger=turn.suggestion,
                )
            )
    return pairs


@cache
def shipped_bank(folder: Path = MODEL_FOLDER) -> Bank:
    """The shipped pairs. Raises EngineError when the files are missing or don't fit."""
    pairs = read_lines(folder / PAIRS, Demonstration)
    try:
        vectors = np.load(folder / VECTORS, allow_pickle=False).astype(np.float32)
        return Bank(pairs, vectors, shared_encoder())
    except (OSError, ValueError) as error:
        raise EngineError(
            "advisor", f"its demonstrations can't be read: {error}", cure="reinstall the program"
        ) from error
