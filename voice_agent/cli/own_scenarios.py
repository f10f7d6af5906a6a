"""`voice-agent scenarios edit`, `export`, `import`, `delete`, `restore`, `schema`: situations as files."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from voice_agent.errors import UserError

_EDITORS = ("sensible-editor", "nano", "vi")


def edit(
    scenario: Annotated[str, typer.Argument(metavar="ID", help="Id of a situation of yours.")],
) -> int:
    """Open your situation in $VISUAL or $EDITOR, and check it afterwards.

    While the text has a mistake the situation stays as it was; your text is kept and opened again next time.
    """
    from voice_agent.catalog.own_scenarios import BROKEN, own_scenario, write_own
    from voice_agent.catalog.scenarios import parse_scenario
    from voice_agent.folders import write_private

    path = own_scenario(scenario)
    draft = path.with_suffix(BROKEN)
    if not draft.exists():
        write_private(draft, path.read_bytes())
    while True:
        _run_editor(draft)
        try:
            text = draft.read_text(encoding="utf-8")
            parse_scenario(text, name=str(draft), stem=path.stem)
        except (UserError, UnicodeDecodeError) as error:
            told = error if isinstance(error, UserError) else UserError("not UTF-8 text", place=str(draft))
            if sys.stdin.isatty() and typer.confirm(f"{told}. Edit again?", default=True, err=True):
                continue
            typer.echo(f"{told}. {path.stem} is as it was; edit it again to go on with your text.", err=True)
            return 2
        changed = text != path.read_text(encoding="utf-8")
        if changed:
            write_own(path, text)
        draft.unlink()
        typer.echo(f"Written: {path}" if changed else "Nothing was changed.", err=True)
        return 0


def _run_editor(path: Path) -> None:
    import shutil

    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    words = shlex.split(named) if named else [next((one for one in _EDITORS if shutil.which(one)), "vi")]
    try:
        ended = subprocess.run([*words, str(path)], check=False)  # the user's own choice of a program
    except OSError as error:
        raise UserError(
            error.strerror or "can't be started", place=f"editor {words[0]}", cure="set EDITOR to one that is there"
        ) from error
    if ended.returncode:
        raise UserError(f"ended with {ended.returncode}", place=f"editor {words[0]}", cure="your text is kept")


def export_scenario(
    scenario: Annotated[str, typer.Argument(metavar="ID", help="Id of a situation, or a scenario file.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a situation as one file, to give it away or keep it elsewhere; `scenarios import` takes it in.

    It holds what you told about a real person: look it through before you give it away.
    """
    from voice_agent.catalog.own_scenarios import as_yaml
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.folders import write_private

    text = as_yaml(load_scenario(scenario))
    if output is None:
        typer.echo(text, nl=False)
        return
    if output.exists() and not force:
        raise UserError("exists already", place=str(output), cure="choose another name, or add --force")
    if not output.parent.is_dir():
        raise UserError("there is no such folder", place=str(output.parent), cure="make it, or choose another one")
    write_private(output, text.encode())
    typer.echo(f"Written: {output}", err=True)


def import_scenario(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A scenario file, or - for standard input.")],
    as_id: Annotated[str | None, typer.Option("--as", metavar="NEWID", help="Take it in under another id.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Take the place of a situation of this id.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Take in a situation that somebody shared. What would be added is told first, and asked for in a terminal.

    A mistake is told with its line; nothing is added then. Nothing in the file is run.
    """
    from voice_agent.catalog.data_files import LARGEST_FILE_BYTES
    from voice_agent.catalog.own_scenarios import arrival, take_in

    if source == "-":
        content, name = sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1), "standard input"
    else:
        try:
            with Path(source).open("rb") as file:
                content, name = file.read(LARGEST_FILE_BYTES + 1), source
        except OSError as error:
            raise UserError(error.strerror or "cannot be read", place=source, cure="check the path") from error
    new = arrival(content, name=name, as_id=as_id)
    for line in new.lines:
        typer.echo(line)
    if not yes:
        if source == "-" or not sys.stdin.isatty():
            raise UserError("nothing was added yet", place=name, cure="add --yes to take it in")
        if (new.replaces or new.hides) and not force:
            force = typer.confirm("Take its place?", default=False)
            if not force:
                raise typer.Abort
        else:
            typer.confirm("Add it?", abort=True)
    take_in(new, force=force)
    typer.echo(f"Written: {new.path}", err=True)
    typer.echo(f"Practise it: voice-agent practice {new.scenario.id}", err=True)


def delete(
    scenario: Annotated[str, typer.Argument(metavar="ID", help="Id of a situation of yours.")],
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Also what was set aside and cached; can't be undone.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete a situation of yours; `scenarios restore` takes it back. Sessions in it stay."""
    from voice_agent.catalog.own_scenarios import delete_own

    if for_good and not yes:
        typer.confirm(f"Delete {scenario} for good?", abort=True)
    delete_own(scenario, for_good=for_good)
    undo = "" if for_good else f" Take it back: voice-agent scenarios restore {scenario}"
    typer.echo(f"Deleted: {scenario}.{undo}", err=True)


def restore(
    scenario: Annotated[
        str | None, typer.Argument(metavar="ID", help="A deleted situation. None: list them.")
    ] = None,
) -> None:
    """Take back a situation of yours that was deleted."""
    from voice_agent.catalog.own_scenarios import deleted, restore_own

    if scenario is None:
        for name in deleted():
            typer.echo(name)
        if not deleted():
            typer.echo("No deleted situations.", err=True)
        return
    typer.echo(f"Restored: {restore_own(scenario)}", err=True)


def schema() -> None:
    """Print the format of scenario files as a JSON Schema, for editors.

    Files of yours name it in their first line, and it lies beside them.
    """
    from voice_agent.catalog.scenario_schema import schema_text

    typer.echo(schema_text(), nl=False)
