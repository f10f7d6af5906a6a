"""`voice-agent diary`: preparations and real talks that are kept on this machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.stores import opened

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="Before and after real talks: list, show, export, delete.", no_args_is_help=True, rich_markup_mode=None
)
_ID = typer.Argument(metavar="ENTRY", help="An entry's id or its beginning; 'last' for the newest.")


@app.command("list")
def list_entries(as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False) -> None:
    """List preparations and real talks, newest first."""
    from voice_agent.sessions.real_talk import Preparation

    with opened(reads_only=True) as store:
        entries = store.diary.entries()
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(entries)).decode())
        return
    if not entries:
        typer.echo("Nothing yet. Begin with: voice-agent prepare, or voice-agent after")
    for one in entries:
        what = "prepared" if isinstance(one, Preparation) else "real talk"
        state = "" if one.is_done else ", not finished"
        when = one.began.astimezone().strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{one.id}: {when}, {what}, {one.title}, with {one.partner}{state}")


@app.command("show")
def show_entry(entry: Annotated[str, _ID] = "last") -> None:
    """Show a cue card, or what you told of a real talk."""
    from voice_agent.review.paper import PaperForm, written

    with opened(reads_only=True) as store:
        typer.echo(written(store.diary.find(entry), PaperForm.TEXT), nl=False)


@app.command("export")
def export_entry(
    entry: Annotated[str, _ID] = "last",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
) -> None:
    """Write an entry: .txt, .md, .html (prints well), or .json (everything recorded; also on standard output).

    A file is readable by you alone, and is deleted with the entry.
    """
    from voice_agent.cli.entry_pages import form_of, write_bytes, write_page

    with opened(reads_only=True) as store:
        found = store.diary.find(entry)
        if output is None or output.suffix.lower() == ".json":
            import msgspec

            content = msgspec.json.format(msgspec.json.encode(found)) + b"\n"
            if output is None:
                sys.stdout.buffer.write(content)
                return
            write_bytes(store, found, output, content)
            return
        form = form_of(output)
        assert form is not None
        write_page(store, found, output, form)


@app.command("delete")
def delete_entry(
    entry: Annotated[str, _ID],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete an entry for good, with the cards and pages that were written of it and not changed since."""
    from voice_agent.errors import UserError

    with opened() as store:
        # By its id alone: one that can't be read can be deleted too.
        known = store.diary.ids()
        chosen = [store.diary.find("last").id] if entry == "last" else [one for one in known if one.startswith(entry)]
        if len(chosen) != 1:
            cause = f'several entries begin with "{entry}"' if chosen else f'no entry "{entry}" in the diary'
            raise UserError(cause, cure="see `voice-agent diary list`")
        if not yes:
            typer.confirm(f"Delete {chosen[0]} of the diary?", abort=True)
        deleted = store.delete_entries(chosen)
    typer.echo(f"Deleted: {chosen[0]}, {deleted.beside}.", err=True)
    for path, why in deleted.left:
        typer.echo(f"Left: {path} ({why}). Delete it yourself if you don't want it.", err=True)
    if deleted.traces:
        typer.echo(f"Freed pages could not be given back yet: {deleted.traces}.", err=True)
