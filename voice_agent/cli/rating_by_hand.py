"""Turns rated by a person, one after another, in a terminal or from a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.dearman import Level, Skill

LEVELS = "Letters with 0 none, 1 weak, 2 strong: D2 E0 A1 R0 M2 C1 N0."


def rate_by_hand(todo: Sequence[AnnotatedTurn], keep: Callable[[AnnotatedTurn], None]) -> bool:
    """Show each turn and keep its levels at once; False when the person stopped. Enter skips a turn, q stops."""
    from voice_agent.errors import UserError

    typer.echo(LEVELS)
    for count, turn in enumerate(todo, start=1):
        typer.echo(
            f"\n{count} of {len(todo)}. {turn.situation.partner} said: {turn.partner_line}\n  Turn: {turn.utterance}"
        )
        while True:
            typer.echo("  Levels: ", nl=False)
            line = sys.stdin.readline()
            if not line or line.strip().lower() == "q":
                typer.echo("Stopped; what you rated is kept.")
                return False
            if not line.strip():
                break
            try:
                rated = _rated(turn, line)
            except UserError as error:
                typer.echo(f"  {error}.")
                continue
            keep(rated)
            break
    return True


def levels_of(told: str) -> dict[Skill, Level]:
    """`D2 E0 a1` as levels. Raises UserError."""
    from voice_agent.dearman import Level, Skill
    from voice_agent.errors import UserError

    by_letter = {skill.letter: skill for skill in Skill}
    found = {}
    for part in re.split(r"[\s,;]+", told.strip()):
        if not part:
            continue
        match = re.fullmatch(r"([A-Za-z])\s*=?\s*([0-2])", part)
        if match is None or match[1].upper() not in by_letter:
            raise UserError(f'"{part}" is no level', cure="write D, E, A, R, M, C or N with 0, 1 or 2: D2 A1")
        found[by_letter[match[1].upper()]] = Level(int(match[2]))
    return found


def _rated(turn: AnnotatedTurn, line: str) -> AnnotatedTurn:
    import msgspec

    from voice_agent.dearman import Skill
    from voice_agent.errors import UserError

    levels = levels_of(line)
    if missing := [skill.letter for skill in Skill if skill not in levels]:
        raise UserError(f"{', '.join(missing)} is missing", cure="rate all seven: D2 E0 A1 R0 M2 C1 N0")
    return msgspec.structs.replace(turn, labels=levels)
