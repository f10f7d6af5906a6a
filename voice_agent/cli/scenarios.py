"""`voice-agent scenarios`: the situations that can be rehearsed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Situations: list, show, check, make your own.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_scenarios(
    domain: Annotated[str | None, typer.Option(help="Only work, family, social or services.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """List all situations; one that is broken is named and does not hide the others."""
    from voice_agent.catalog.scenarios import read_scenario, scenario_files
    from voice_agent.errors import UserError, nearest
    from voice_agent.scenario import Domain

    if domain is not None and domain not in set(Domain):
        raise UserError(f'domain "{domain}" is not known', cure=nearest(domain, list(Domain)))
    rows, broken = [], 0
    for file in scenario_files().values():
        try:
            scenario = read_scenario(file)
        except UserError as error:
            typer.echo(str(error), err=True)
            broken += 1
            continue
        if domain is None or scenario.domain.value == domain:
            rows.append((scenario, file.is_users))
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "id": s.id,
                        "title": s.title,
                        "domain": s.domain.value,
                        "difficulty": s.difficulty,
                        "yours": users,
                    }
                    for s, users in rows
                ],
                indent=2,
            )
        )
    else:
        for scenario, users in rows:
            yours = ", yours" if users else ""
            typer.echo(
                f"{scenario.id}: {scenario.title} ({scenario.domain.value}, difficulty {scenario.difficulty}{yours})"
            )
    return 2 if broken else 0


@app.command("show")
def show_scenario(
    scenario: Annotated[str, typer.Argument(help="Id of a situation, or a scenario file.")],
    partner: Annotated[bool, typer.Option("--partner", help="Also what your partner does not say at first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole scenario as JSON.")] = False,
) -> None:
    """Show a situation as you would meet it."""
    import msgspec

    from voice_agent.catalog.data_files import find
    from voice_agent.catalog.scenarios import KIND, SUFFIX, read_scenario

    file = find(KIND, SUFFIX, scenario)
    found = read_scenario(file)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    typer.echo(f"{found.title} ({found.domain.value}, difficulty {found.difficulty})\n{found.summary}\n")
    typer.echo(f"Partner: {found.partner.name}, {found.partner.relationship}. {found.partner.persona}")
    typer.echo(f"They want: {found.partner.wants}")
    typer.echo("What you know:")
    for fact in found.learner.facts:
        typer.echo(f"  {fact}")
    typer.echo(f"Your goal: {found.learner.goal}")
    typer.echo(f'They begin: "{found.opening}"')
    typer.echo(f"{len(found.lines)} own lines; from {file.path}")
    if partner:
        typer.echo(f"\nHidden concern: {found.partner.hidden_concern}\nBottom line: {found.partner.bottom_line}")
        typer.echo("Softened by: " + "; ".join(trigger.what for trigger in found.partner.softened_by))
        typer.echo("Hardened by: " + "; ".join(trigger.what for trigger in found.partner.hardened_by))


@app.command("check")
def check_scenarios(
    names: Annotated[list[str] | None, typer.Argument(help="Ids or files; all when none is named.")] = None,
) -> int:
    """Check scenario files: each mistake with its line, field and cure. Exit code 2 when there is one."""
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.errors import UserError
    from voice_agent.partner.coverage import gaps

    failed = 0
    for name in names or list(scenario_files()):
        try:
            scenario = load_scenario(name)
        except UserError as error:
            typer.echo(str(error), err=True)
            failed += 1
            continue
        missing = gaps(scenario)
        typer.echo(
            f"{scenario.id}: {len(scenario.lines)} own lines" + (f"; thin: {', '.join(missing)}" if missing else "")
        )
    return 2 if failed else 0


@app.command("new")
def new_scenario(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the new situation, for example landlord-deposit.")],
    like: Annotated[str, typer.Option(help="The situation to start from.")] = "roommate-dishes",
    force: Annotated[bool, typer.Option("--force", help="Replace your file of this id.")] = False,
) -> None:
    """Make your own situation: a file to edit, checked, in your own folder.

    It starts as a copy of another situation. At a terminal you are asked for the title, who your partner
    is, what happened and what you want; each question can be left as it is with Enter.
    """
    from voice_agent.catalog.data_files import find, read_text
    from voice_agent.catalog.scenario_text import with_values
    from voice_agent.catalog.scenarios import KIND, SUFFIX, load_scenario, parse_scenario
    from voice_agent.errors import UserError
    from voice_agent.folders import config_folder, private

    path = private(config_folder() / KIND) / f"{name}{SUFFIX}"
    if path.exists() and not force:
        raise UserError("exists already", place=str(path), cure="edit it, or replace it with --force")
    template = load_scenario(like)
    values: dict[str, str] = {"id": name}
    if sys.stdin.isatty():
        questions = {
            "title": ("A short title", template.title),
            "summary": ("What happened, in two or three sentences", template.summary),
            "partner.name": ("Your partner's name", template.partner.name),
            "partner.relationship": ("Who they are to you", template.partner.relationship),
            "learner.goal": ("What you want from the talk", template.learner.goal),
            "opening": ("What they would say first", template.opening),
        }
        for key, (question, default) in questions.items():
            values[key] = typer.prompt(question, default=default)
    text = with_values(read_text(find(KIND, SUFFIX, like).path), values)
    parse_scenario(text, name=str(path), stem=name)
    _write(path, text)
    typer.echo(f"Written: {path}")
    typer.echo(f"Edit it, then: voice-agent scenarios check {name}; voice-agent practice {name}")


def _write(path: Path, text: str) -> None:
    """Whole or not at all, readable by the user alone."""
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_text(text, encoding="utf-8")
    half.replace(path)
