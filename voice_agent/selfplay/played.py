"""A talk of a simulated learner, as it was played."""

from __future__ import annotations

from typing import Literal

import msgspec

from voice_agent.conversation import Act, Move
from voice_agent.dearman import Level, Skill
from voice_agent.selfplay.learner import LearnerSkill

GIVES_WAY = (Move.AGREE, Move.HALF_AGREE)


class PlayedTurn(msgspec.Struct, frozen=True, kw_only=True):
    said: str
    levels: dict[Skill, Level]
    acts: tuple[Act, ...]
    resistance: float
    """After it, 0 to 10."""
    why: tuple[str, ...]
    """What moved the stance, largest first."""
    answer: str
    move: Move | None


class Pair(msgspec.Struct, frozen=True):
    """Two lines of a talk that say the same."""

    earlier: str
    later: str


class PlayedTalk(msgspec.Struct, frozen=True, kw_only=True):
    schema: Literal[1] = 1
    scenario: str
    learner: LearnerSkill
    seed: int
    partner: str
    """The engine that played the partner."""
    difficulty: int
    start: float
    """Resistance before the first turn."""
    turns: tuple[PlayedTurn, ...]
    repeats: tuple[Pair, ...] = ()
    """What the partner said again."""
    error: str = ""
    """Why it broke off; empty when it did not."""

    @property
    def end(self) -> float:
        return self.turns[-1].resistance if self.turns else self.start

    @property
    def outcome(self) -> Move | None:
        """How the partner closed, or the furthest that it came; None when it gave nothing and did not close."""
        moves = [turn.move for turn in self.turns]
        last = moves[-1] if moves else None
        if last is not None and last.closes:
            return last
        return next((move for move in GIVES_WAY if move in moves), None)

    @property
    def turns_to_agreement(self) -> int | None:
        """Turns until the partner first agreed to all or a part."""
        return next((place for place, turn in enumerate(self.turns, start=1) if turn.move in GIVES_WAY), None)

    @property
    def lines(self) -> list[str]:
        """What the partner said, in order."""
        return [turn.answer for turn in self.turns]
