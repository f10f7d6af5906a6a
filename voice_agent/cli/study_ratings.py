"""`voice-agent study rate` and its kin: experts rate turns blind, here or on a sheet of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.rating_by_hand import rate_by_hand

if TYPE_CHECKING:
    from voice_agent.annotation import AnnotatedTurn

StudyFile = Annotated[str, typer.Argument(metavar="FILE", help="A study file (.yaml), or the id of a shipped one.")]
Rater = Annotated[str, typer.Option("--by", help="Who rates.")]
Simulated = Annotated[bool, typer.Option("--simulated", help="The study's simulated participants.")]
Training = Annotated[bool, typer.Option("--with-training", help="Turns of the training too, where arms differ.")]
Most = Annotated[int | None, typer.Option("--per-rehearsal", min=1, help="At most so many turns of each, by chance.")]


FEWEST_TOLD = 20
"""Turns that two have rated; kappas of fewer are mostly chance."""


def rate(
    file: StudyFile,
    rater: Rater,
    with_training: Training = False,
    per_rehearsal: Most = None,
    simulated: Simulated = False,
) -> None:
    """Rate turns blind: in random order, without code, arm or phase. Enter skips, q stops; nothing is lost."""
    from voice_agent.cli.study_opened import opened
    from voice_agent.study.ratings import blind_turns, for_rater, keep_ratings

    with opened(file, simulated=simulated) as trial:
        done = {place for place, told in trial.state().ratings.items() if rater in told}
        turns = for_rater(blind_turns(trial, with_training=with_training, per_rehearsal=per_rehearsal), rater)
        todo = [one.shown for one in turns if (one.session, one.turn) not in done]
        typer.echo(f"{len(todo)} turns to rate of {len(turns)}.")

        def keep(turn: AnnotatedTurn) -> None:
            keep_ratings(trial, rater, {turn.id: turn.labels})

        rate_by_hand(todo, keep)


def export_ratings(
    file: StudyFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="The sheet to write (.csv).")],
    rater: Annotated[str, typer.Option("--by", help="For whom: the order is their own.")] = "",
    with_training: Training = False,
    per_rehearsal: Most = None,
    simulated: Simulated = False,
) -> None:
    """Write turns as a sheet to be rated elsewhere: in random order, without code, arm or phase."""
    from voice_agent.cli.study_opened import opened
    from voice_agent.folders import write_private
    from voice_agent.study.ratings import blind_turns, for_rater, to_csv

    with opened(file, simulated=simulated) as trial:
        turns = for_rater(blind_turns(trial, with_training=with_training, per_rehearsal=per_rehearsal), rater)
    write_private(output.absolute(), to_csv(turns).encode())
    typer.echo(f"{len(turns)} turns written to {output}. Fill in 0, 1 or 2 under D E A R M C N.")


def import_ratings(
    file: StudyFile,
    sheet: Annotated[Path, typer.Argument(help="The filled sheet (.csv).")],
    rater: Rater,
    simulated: Simulated = False,
) -> None:
    """Take an expert's ratings in; rows without levels are left out, later ratings replace earlier ones."""
    from voice_agent.catalog.data_files import read_text
    from voice_agent.cli.study_opened import opened
    from voice_agent.study.ratings import from_csv, keep_ratings

    levels = from_csv(read_text(sheet).removeprefix("\ufeff"), name=str(sheet))
    with opened(file, simulated=simulated) as trial:
        count = keep_ratings(trial, rater, levels)
    typer.echo(f"{count} ratings of {rater} kept.")


def agreement(
    file: StudyFile,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    simulated: Simulated = False,
) -> None:
    """How far experts agree with each other and with the machine: quadratic-weighted kappa per skill."""
    from voice_agent.cli.study_opened import opened
    from voice_agent.study.ratings import agreements

    with opened(file, simulated=simulated) as trial:
        found = agreements(trial)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    for one in found:
        few = " (too few to say much)" if one.turns < FEWEST_TOLD else ""
        typer.echo(f"{one.one} and {one.other}, {one.turns} {'turn' if one.turns == 1 else 'turns'}{few}:")
        for skill, kappa in one.kappa.items():
            typer.echo(f"  {skill.value}: kappa {kappa:.2f}, same level {one.same[skill]:.2f}")
