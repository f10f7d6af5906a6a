"""`voice-agent setup`: downloads the models of a pipeline, and checks, lists and removes them."""

from __future__ import annotations

import json
import sys
from contextlib import closing, nullcontext
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voice_agent.errors import UserError

if TYPE_CHECKING:
    from voice_agent.model_entry import ModelEntry
    from voice_agent.models.states import ModelState
    from voice_agent.pipeline_plan import PipelinePlan

MIRROR_VARIABLE = "VOICE_AGENT_MIRROR"
INTERRUPTED = 130


def setup(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="PIPELINE|MODEL", help="Ids of pipelines or models. None: your pipeline."),
    ] = None,
    shows_list: Annotated[
        bool, typer.Option("--list", help="List models: size, licence, whether they are here.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What there is at the end, as JSON.")] = False,
    removes: Annotated[str | None, typer.Option("--remove", metavar="ID", help="Delete a model's files.")] = None,
    mirror: Annotated[
        str | None,
        typer.Option(envvar=MIRROR_VARIABLE, help="A server that has the same files under the same paths."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="Copy the files from a folder instead of the internet."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask before downloading or deleting.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Progress in lines, for screen readers; so in a pipe.")
    ] = False,
) -> int:
    """Download what a pipeline needs, check it, and fetch again what is broken.

    \b
    voice-agent setup local                 # all that the pipeline "local" needs
    voice-agent setup small.en              # one model
    voice-agent setup --list                # what there is: sizes, licences
    voice-agent setup local --from /media/usb
    voice-agent setup --remove whisper-small-en

    A stopped download goes on where it stopped. Proxies come from HTTPS_PROXY, ALL_PROXY and NO_PROXY.
    """
    if removes is not None:
        return _remove(removes, asks=not yes)
    if shows_list:
        return _list(names or [], as_json=as_json)
    plans, models = _wanted(names or [])
    if not models:
        typer.echo(f"Pipeline {plans[0].id} needs no downloads.", err=True)
    from voice_agent.models.install import check

    states = check(models)
    try:
        _fetch(states, mirror=mirror, folder=folder, asks=not yes and folder is None, plain=plain)
    except KeyboardInterrupt:
        typer.echo("Stopped. What came is kept: run it again to go on.", err=True)
        return INTERRUPTED
    if as_json:
        typer.echo(json.dumps([_row(state) for state in check(models)], indent=2))
    else:
        for state in states:
            typer.echo(f"{state.model.id}: {state.model.title}. Installed.")
    for line in [line for plan in plans for line in _servers(plan)]:
        typer.echo(line, err=True)
    return 0


def _fetch(states: list[ModelState], *, mirror: str | None, folder: Path | None, asks: bool, plain: bool) -> None:
    from voice_agent.cli.setup_progress import megabytes, shown_progress
    from voice_agent.models.install import install
    from voice_agent.models.sources import FolderSource
    from voice_agent.models.states import State
    from voice_agent.models.web import WebSource

    missing = [state for state in states if state.state is not State.INSTALLED]
    for state in missing:
        typer.echo(
            f"{state.model.id}: {state.model.title}. {megabytes(state.missing_bytes)} to fetch"
            f"{_why(state)}. Licence: {state.model.licence}. From {state.model.source}",
            err=True,
        )
    if missing and asks:
        total = megabytes(sum(state.missing_bytes for state in missing))
        _ask(f"Download {total}?")
    with shown_progress(plain=plain) as progress:
        source: Any = FolderSource(folder) if folder else WebSource(mirror=mirror, waits=progress.waits)
        with nullcontext() if folder else closing(source):
            install(states, source, progress)


def _why(state: ModelState) -> str:
    from voice_agent.models.states import State

    return {State.DAMAGED: " (a file is damaged)", State.PART: " (a part is here)"}.get(state.state, "")


def _ask(question: str) -> None:
    """Raises UserError where nobody can answer, and Exit for a no."""
    if not sys.stdin.isatty():
        raise UserError("nobody can be asked here", place="setup", cure="add --yes")
    if not typer.confirm(question, default=True, err=True):
        raise typer.Exit(0)


def _wanted(names: list[str]) -> tuple[list[PipelinePlan], list[ModelEntry]]:
    """Pipelines that were named (or the user's own), and all models, each once."""
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.catalog.models import all_models, load_model
    from voice_agent.catalog.pipelines import pipeline_files
    from voice_agent.models.needs import needed

    plans: list[PipelinePlan] = []
    models: dict[str, ModelEntry] = {}
    if not names:
        plans.append(chosen_pipeline())
    for name in names:
        if name in pipeline_files() or (name.endswith(".toml") and Path(name).is_file()):
            plans.append(chosen_pipeline(name))
            continue
        try:
            model = load_model(name)
        except UserError:
            known = {*pipeline_files(), *(word for model in all_models() for word in (model.id, model.name))}
            near = get_close_matches(name, sorted(known), n=1)
            cure = f'did you mean "{near[0]}"?' if near else "see `voice-agent setup --list`"
            raise UserError(f'no pipeline or model "{name}"', cure=cure) from None
        models[model.id] = model
    for plan in plans:
        models |= {model.id: model for model in needed(plan)}
    return plans, list(models.values())


def _remove(name: str, *, asks: bool) -> int:
    from voice_agent.catalog.models import load_model
    from voice_agent.cli.setup_progress import megabytes
    from voice_agent.models.install import glance, remove
    from voice_agent.models.states import State

    model = load_model(name)
    (state,) = glance([model])
    if state.state is State.MISSING:
        typer.echo(f"{model.id} is not here.")
        return 0
    if asks:
        _ask(f"Delete {model.title} ({megabytes(model.size - state.missing_bytes)})?")
    typer.echo(f"{model.id} removed, {megabytes(remove(model))} given back.")
    return 0


def _list(names: list[str], *, as_json: bool) -> int:
    from voice_agent.catalog.models import all_models
    from voice_agent.cli.setup_progress import megabytes
    from voice_agent.models.install import glance

    rows = glance(_wanted(names)[1] if names else all_models())
    used = _used_by()
    if as_json:
        typer.echo(json.dumps([_row(row) | {"pipelines": used.get(row.model.id, [])} for row in rows], indent=2))
        return 0
    for row in rows:
        for_whom = f"; needed by {', '.join(used[row.model.id])}" if row.model.id in used else ""
        typer.echo(
            f"{row.model.id}: {row.model.title}. {megabytes(row.model.size)}, {row.state.value}{for_whom}. "
            f"Licence: {row.model.licence}"
        )
    return 0


def _row(state: ModelState) -> dict[str, Any]:
    from voice_agent.folders import models_folder

    model = state.model
    return {
        "id": model.id,
        "title": model.title,
        "stage": model.stage,
        "engine": model.engine,
        "name": model.name,
        "size": model.size,
        "missing_bytes": state.missing_bytes,
        "state": state.state.value,
        "licence": model.licence,
        "source": model.source,
        "folder": str(models_folder()),
        "files": [
            {"path": one.file.path, "url": one.file.url, "size": one.file.bytes, "state": one.state.value}
            for one in state.files
        ],
    }


def _used_by() -> dict[str, list[str]]:
    """Pipelines by model; a broken pipeline of the user is left to `pipelines check`."""
    from voice_agent.catalog.chosen import configured_pipeline
    from voice_agent.catalog.pipelines import pipeline_files
    from voice_agent.models.needs import needed

    used: dict[str, list[str]] = {}
    for name in pipeline_files():
        try:
            models = needed(configured_pipeline(name))
        except UserError:
            continue
        for model in models:
            used.setdefault(model.id, []).append(name)
    return used


def _servers(plan: PipelinePlan) -> list[str]:
    """What no download of ours brings: models of servers that the pipeline asks."""
    from voice_agent.pipeline.stages import EMBEDDED, stage_options
    from voice_agent.registry import engine

    lines = {}
    for stage in EMBEDDED:
        try:
            name, options = stage_options(plan, stage)
        except UserError:
            continue
        if engine(stage, name).leaves_machine and options.is_local:
            model = options.model_name
            lines[model] = (
                f"The server at {options.shown_address} must have the model {model}; with Ollama: ollama pull {model}"
            )
    return list(lines.values())
