"""`voice-agent pipelines`: which engine runs each stage."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

app = typer.Typer(
    help="Pipelines: list, show, and prove that each stage works.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_pipelines(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List all pipelines."""
    from voice_agent.catalog.pipelines import load_pipeline, pipeline_files

    plans = [(load_pipeline(name), file) for name, file in pipeline_files().items()]
    if as_json:
        typer.echo(json.dumps([{"id": plan.id, "title": plan.title, "file": str(file.path)} for plan, file in plans]))
        return
    for plan, file in plans:
        typer.echo(f"{plan.id}: {plan.title}{' (yours)' if file.is_users else ''}")


@app.command("show")
def show_pipeline(
    pipeline: Annotated[str, typer.Argument(help="Id of a pipeline, or a pipeline file.")] = "offline",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show each stage with its engine, all options and their values, and the file they come from."""
    import msgspec

    from voice_agent.catalog.data_files import find
    from voice_agent.catalog.pipelines import KIND, SUFFIX, load_pipeline
    from voice_agent.pipeline.stages import EMBEDDED, stage_options
    from voice_agent.registry import engine

    plan = load_pipeline(pipeline)
    stages = {}
    for stage in EMBEDDED:
        name, options = stage_options(plan, stage)
        spec = engine(stage, name)
        stages[stage] = {"engine": name, "leaves_machine": spec.leaves_machine, **msgspec.to_builtins(options)}
    stages["synthesizer"] = {"engine": "catalogue", **plan.synthesizer}
    shown = {
        "id": plan.id,
        "title": plan.title,
        "file": str(find(KIND, SUFFIX, pipeline).path),
        "stages": stages,
        "turns": msgspec.to_builtins(plan.turns),
    }
    if as_json:
        typer.echo(json.dumps(shown, indent=2))
        return
    typer.echo(f"{plan.id}: {plan.title}\nfrom {shown['file']}")
    for stage, values in [*stages.items(), ("turns", shown["turns"])]:
        typer.echo(f"{stage}: " + ", ".join(f"{key} = {value}" for key, value in values.items()))


@app.command("check")
def check_pipeline(
    pipeline: Annotated[str, typer.Argument(help="Id of a pipeline, or a pipeline file.")] = "offline",
) -> int:
    """Prove every stage: each engine is opened and does its work once. Exit code 1 when one fails."""
    from voice_agent.catalog.pipelines import load_pipeline
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.pipeline.proof import prove_stages

    plan = load_pipeline(pipeline)
    scenario = load_scenario(next(iter(scenario_files())))
    failed = False
    start = time.perf_counter()
    for proof in prove_stages(plan, scenario):
        failed |= not proof.works
        typer.echo(
            f"{proof.stage}: {'works' if proof.works else 'FAILS'}, {proof.engine}, "
            f"{proof.seconds:.2f} s. {proof.told}"
        )
    typer.echo(f"Checked in {time.perf_counter() - start:.1f} s.")
    return int(failed)
