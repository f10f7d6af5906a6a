"""`voice-agent pipelines`: which engine runs each stage."""

from __future__ import annotations

import json
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
    pipeline: Annotated[str | None, typer.Argument(help="Id of a pipeline, or a file. None: yours.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show each stage with its engine, all options and their values, and where they come from."""
    import msgspec

    from voice_agent.catalog.chosen import changes_of, chosen_name, chosen_pipeline
    from voice_agent.catalog.data_files import find
    from voice_agent.catalog.pipelines import KIND, SUFFIX
    from voice_agent.pipeline.stages import CATALOGUE, EMBEDDED, stage_options, synthesizer_options
    from voice_agent.registry import engine

    plan = chosen_pipeline(pipeline)
    stages = {}
    for stage in EMBEDDED:
        name, options = stage_options(plan, stage)
        spec = engine(stage, name)
        stages[stage] = {
            "engine": name,
            "leaves_machine": spec.leaves_machine and not getattr(options, "is_local", False),
            **msgspec.to_builtins(options),
        }
    named, speaks_with = synthesizer_options(plan)
    stages["synthesizer"] = {
        "engine": named,
        "leaves_machine": named != CATALOGUE
        and engine("synthesizer", named).leaves_machine
        and not getattr(speaks_with, "is_local", False),
        **{key: value for key, value in plan.synthesizer.items() if key == "voice"},
        **(msgspec.to_builtins(speaks_with) if speaks_with is not None else {}),
    }
    shown = {
        "id": plan.id,
        "title": plan.title,
        "file": str(find(KIND, SUFFIX, chosen_name(pipeline)).path),
        "stages": stages,
        "turns": msgspec.to_builtins(plan.turns),
        "changed": [{"option": f"{c.part}.{c.option}", "by": c.by} for c in changes_of(plan.id)],
    }
    if as_json:
        typer.echo(json.dumps(shown, indent=2))
        return
    typer.echo(f"{plan.id}: {plan.title}\nfrom {shown['file']}")
    for stage, values in [*stages.items(), ("turns", shown["turns"])]:
        typer.echo(f"{stage}: " + ", ".join(f"{key} = {value}" for key, value in values.items()))
    for change in shown["changed"]:
        typer.echo(f"{change['option']} is changed by {change['by']}")


@app.command("check")
def check_pipeline(
    pipeline: Annotated[str | None, typer.Argument(help="Id of a pipeline, or a file. None: yours.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """Prove every stage: each engine is opened and does its work once. Exit code 1 when one fails."""
    from dataclasses import asdict

    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.pipeline.proof import Trial

    plan = chosen_pipeline(pipeline)
    scenario = load_scenario(next(iter(scenario_files())))
    proofs = []
    with Trial(plan, scenario) as trial:
        if not as_json:
            typer.echo(f"{plan.id} opened in {trial.opened_s:.2f} s.")
        for proof in trial.proofs():
            proofs.append(proof)
            if not as_json:
                works = "works" if proof.works else "FAILS"
                told = "; ".join(part for part in (proof.told, proof.cure) if part)
                typer.echo(f"{proof.stage}: {works}, {proof.engine}, {proof.seconds:.2f} s: {told}")
    if as_json:
        typer.echo(json.dumps([asdict(proof) for proof in proofs], indent=2))
    return int(not all(proof.works for proof in proofs))
