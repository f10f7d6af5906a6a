"""`voice-agent study export`, `analyse` and `simulate`: what came of a trial."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.study.analysis import Analysis

StudyFile = Annotated[str, typer.Argument(metavar="FILE", help="A study file (.yaml), or the id of a shipped one.")]
Simulated = Annotated[bool, typer.Option("--simulated", help="The study's simulated participants.")]
BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When simulated participants take part: any day will do, so long as it is always the same."""


def export(
    file: StudyFile,
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.")],
    with_words: Annotated[
        bool, typer.Option("--with-words", help="What was said, too: look it through first.")
    ] = False,
    simulated: Simulated = False,
) -> None:
    """Write tidy CSV files and a codebook. No names; no words that were said unless you ask for them."""
    from voice_agent.cli.study_opened import opened
    from voice_agent.errors import UserError
    from voice_agent.study.dataset import dataset_of
    from voice_agent.study.export import write_export

    with opened(file, simulated=simulated) as trial:
        state = trial.state().opened
        if state is None:
            raise UserError(
                "nobody is enrolled yet", place=f"study {trial.study.id}", cure="begin with `study enrol`"
            )
        data = dataset_of(trial)
    for path in write_export(data, output, seed=state.seed, with_words=with_words):
        typer.echo(str(path))
    typer.echo(
        "These files tell arms, and the codebook the list's seed: export when nobody is to be enrolled.", err=True
    )


def analyse(
    file: StudyFile,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder for a page, JSON and charts.")
    ] = None,
    details: Annotated[bool, typer.Option("--details", help="Every contrast with its intervals.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the permutation tests.")] = 1,
    simulated: Simulated = False,
) -> None:
    """Change in each arm, differences between arms with intervals, permutation tests and a mixed model."""
    from voice_agent.cli.study_opened import opened
    from voice_agent.study.dataset import dataset_of

    with opened(file, simulated=simulated) as trial:
        data = dataset_of(trial)
    from voice_agent.study.analysis import analyse as run  # scipy, statsmodels: 2 s
    from voice_agent.study.results import SIMULATED, detail_lines, headline_table, recovered, summary_lines

    found = run(data, seed=seed)
    if output is not None:
        _write(found, output)
    if as_json:
        typer.echo(_json(found))
        if found.simulated:
            typer.echo(SIMULATED, err=True)
        return
    for line in [*summary_lines(found), "", *headline_table(found)]:
        typer.echo(line)
    if found.simulated:
        held, of = recovered(found)
        typer.echo(f"\n{held} of {of} intervals of g hold the difference that was set.")
    if details:
        typer.echo("")
        for line in detail_lines(found):
            typer.echo(line)


def simulate(
    file: StudyFile,
    participants: Annotated[int, typer.Option(min=4, max=2_000, help="How many.")] = 86,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same participants.")] = 1,
    effects: Annotated[
        str, typer.Option(help="imbue: the changes of IMBUE's trial. none: arms don't differ.")
    ] = "imbue",
    effect: Annotated[
        list[str] | None, typer.Option("--effect", help="ARM.MEASURE=PERCENT: one change of the mean before.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="In place of those simulated before.")] = False,
) -> None:
    """Draw participants with known effects into a store apart: a check of the analysis, not evidence."""
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.study_opened import opened
    from voice_agent.errors import UserError
    from voice_agent.study.simulation import preset, simulate, with_effect
    from voice_agent.study.steps import Rehearse, steps_of
    from voice_agent.study.store import remove_study
    from voice_agent.study.study_files import load_study, simulated_study

    study = simulated_study(load_study(file))
    wanted = preset(study, effects)
    for told in effect or []:
        with_effect(study, wanted, told)
    if replace:
        remove_study(study.id)
    scenarios = {s.scenario: load_scenario(s.scenario) for s in steps_of(study) if isinstance(s, Rehearse)}
    with opened(file, simulated=True) as trial:
        if trial.state().opened is not None:
            raise UserError(f"study {study.id} has participants already", cure="add --replace to draw them anew")
        simulate(trial, participants, wanted, scenarios, seed=seed, began=BEGAN)
        place = trial.store.place
    typer.echo(f"{participants} simulated participants in {place}: a check of the analysis, not evidence.")
    typer.echo(f"Next: voice-agent study analyse {file} --simulated")


def _write(found: Analysis, folder: Path) -> None:
    from voice_agent.folders import write_private
    from voice_agent.study.plots import charts_of
    from voice_agent.study.results import markdown

    charts = charts_of(found)
    for name, (_, drawing) in charts.items():
        write_private(folder / name, drawing.encode())
    page = markdown(found, [(title, name) for name, (title, _) in charts.items()])
    write_private(folder / "results.md", page.encode())
    write_private(folder / "results.json", _json(found).encode())


def _json(found: Analysis) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
