"""How far a talk has come, read off its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_agent.conversation import Act, Exchange, Move, Reading
from voice_agent.dearman import Level, Skill

ASKING = (Act.REQUEST, Act.REFUSE)
"""Saying no is asking too: for the partner to accept it."""


@dataclass(frozen=True, slots=True)
class Progress:
    turns: int
    """Turns of the learner that were answered, silences and unclear ones aside."""
    has_asked: bool
    """Whether the learner has said what they want, in this turn or before."""
    asks_again: bool
    """Whether this turn repeats a request of the two turns before."""
    agreed: bool
    half_agreed: bool
    settled: bool
    attacks_in_a_row: int
    """Ending with this turn."""
    bargained: bool
    """Whether the partner's last line offered something."""


def progress(history: Sequence[Exchange], reading: Reading) -> Progress:
    read = [exchange for exchange in history if exchange.reading and not _is_empty(exchange.reading)]
    asked_before = [asks(exchange.reading) for exchange in read if exchange.reading]
    attacks = 0
    for turn in [reading, *(exchange.reading for exchange in reversed(read))]:
        if turn is None or not _attacks(turn):
            break
        attacks += 1
    moves = [exchange.move for exchange in history]
    last_move = moves[-1] if moves else None
    return Progress(
        turns=len(read),
        has_asked=any(asked_before) or asks(reading),
        asks_again=asks(reading) and any(asked_before[-2:]),
        agreed=Move.AGREE in moves,
        half_agreed=Move.HALF_AGREE in moves,
        settled=Move.SETTLE in moves,
        attacks_in_a_row=attacks,
        bargained=last_move in (Move.BARGAIN, Move.HALF_AGREE),
    )


def asks(reading: Reading) -> bool:
    """Whether a turn says what the learner wants clearly enough to be understood."""
    return reading.ratings.level(Skill.ASSERT) > Level.NONE or any(act in ASKING for act in reading.acts)


def _attacks(reading: Reading) -> bool:
    return Act.ATTACK in reading.acts or Act.THREAT in reading.acts


def _is_empty(reading: Reading) -> bool:
    return reading.acts[0] in (Act.SILENCE, Act.UNCLEAR)
