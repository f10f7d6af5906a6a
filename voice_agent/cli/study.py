"""`voice-agent study`: trials, from the study file to who takes part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli import study_ratings, study_results, study_run
from voice_agent.cli.study_opened import opened

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="Trials: check a study file, enrol, run a participant, rate blind, export, analyse.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("run")(study_run.run)
app.command("rate")(study_ratings.rate)
app.command("export-ratings")(study_ratings.export_ratings)
app.command("import-ratings")(study_ratings.import_ratings)
app.command("agreement")(study_ratings.agreement)
app.command("export")(study_results.export)
app.command("analyse")(study_results.analyse)
app.command("simulate")(study_results.simulate)

StudyFile = Annotated[str, typer.Argument(metavar="FILE", help="A study file (.yaml), or the id of a shipped one.")]
Code = Annotated[str, typer.Argument(metavar="CODE", help="A participant's code.")]


@app.command("new")
def new(file: Annotated[Path, typer.Argument(help="The file to write; its name becomes the study's id.")]) -> None:
    """Write a study file with every key explained, to be changed."""
    from voice_agent.errors import UserError
    from voice_agent.study.study_files import write_example

    if file.suffix != ".yaml":
        raise UserError("is no .yaml file", place=str(file), cure=f"call it {file.with_suffix('.yaml')}")
    write_example(file)
    typer.echo(f"Written: {file}. Change it, then: voice-agent study check {file}")


@app.command("check")
def check(file: StudyFile) -> int:
    """Name every mistake in a study file, with its line and field."""
    from voice_agent.study.steps import Rehearse, steps_of
    from voice_agent.study.study_files import read_study, warnings_of

    study, mistakes = read_study(file)
    for mistake in mistakes:
        typer.echo(str(mistake), err=True)
    if mistakes or study is None:
        return 2
    for warning in warnings_of(study):
        typer.echo(f"Note: {warning}")
    rehearsals = sum(isinstance(step, Rehearse) for step in steps_of(study))
    arms = ", ".join(arm.id for arm in study.arms)
    typer.echo(f"{study.id}: no mistakes. Arms: {arms}. {study.sessions} visits, {rehearsals} rehearsals.")
    return 0


@app.command("enrol")
def enrol(
    file: StudyFile,
    count: Annotated[int, typer.Option(help="How many participants.")] = 1,
    site: Annotated[str | None, typer.Option(help="Where they take part.")] = None,
    stratum: Annotated[
        list[str] | None, typer.Option("--stratum", help="NAME=VALUE, for each stratum of the study.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Give out participant codes. Nobody has an arm yet: it is drawn when the baseline is done."""
    from voice_agent.errors import UserError

    strata = {}
    for told in stratum or []:
        name, equals, value = told.partition("=")
        if not equals:
            raise UserError(f'"{told}"', place="--stratum", cure="write NAME=VALUE")
        strata[name.strip()] = value.strip()
    with opened(file) as trial:
        codes = trial.enrol(count, site=site, strata=strata)
        seal = trial.state().opened
    if as_json:
        typer.echo(json.dumps(codes))
        return
    for code in codes:
        typer.echo(code)
    if seal is not None:
        typer.echo(f"List of arms sealed: sha256 {seal.seal}", err=True)


@app.command("status")
def status(file: StudyFile, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Who takes part and how far they are; no arms, so that whoever enrols does not learn them."""
    with opened(file) as trial:
        state = trial.state()
        rows = [
            {"code": one.code, "site": one.site, **one.strata, "state": one.state(trial.study)}
            for one in state.participants.values()
        ]
        place = trial.store.place
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        told = ", ".join(str(value) for key, value in row.items() if key not in ("code", "state"))
        typer.echo(f"{row['code']}: {told}; {row['state']}")
    seal = f" List of arms sealed: sha256 {state.opened.seal}." if state.opened else ""
    typer.echo(f"{len(rows)} enrolled. Kept in {place}.{seal}")


@app.command("withdraw")
def withdraw(
    file: StudyFile,
    code: Code,
    delete: Annotated[
        bool, typer.Option("--delete-data/--keep-data", help="Delete answers, ratings and rehearsals too.")
    ] = False,
) -> None:
    """Take a participant out. What is already there is kept for the analysis, unless it is to be deleted."""
    with opened(file) as trial:
        traces = trial.withdraw(code, deletes=delete)
    typer.echo("Withdrawn; their data are deleted." if delete else "Withdrawn; what they gave so far is kept.")
    if traces:
        typer.echo(f"Traces may stay in the file: {traces}.", err=True)
