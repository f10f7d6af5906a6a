"""`voice-agent sessions`: rehearsals that are kept on this machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.sessions.store import SessionStore

app = typer.Typer(help="Sessions: list, show, resume, export, delete.", no_args_is_help=True, rich_markup_mode=None)

_ID = typer.Argument(help="A session's id or its beginning; 'last' for the newest.")


@contextmanager
def _store() -> Iterator[SessionStore]:
    from voice_agent.sessions.store import SessionStore, default_path

    store = SessionStore(default_path())
    try:
        yield store
    finally:
        store.close()


@app.command("list")
def list_sessions(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List all sessions, newest first."""
    with _store() as store:
        found = store.summaries()
    if as_json:
        typer.echo(json.dumps([asdict(session) for session in found], indent=2, default=str))
        return
    if not found:
        typer.echo("No sessions yet. Begin with: voice-agent practice")
    for session in found:
        state = "ended" if session.ended else "can be resumed"
        when = session.started.astimezone().strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{session.id}: {when}, {session.title}, {session.turns} turns, {state}")


@app.command("show")
def show_session(
    session: Annotated[str, _ID] = "last",
    times: Annotated[bool, typer.Option("--times", help="Show where the time of each turn went.")] = False,
) -> None:
    """Show a session as lines: what was said, and how it was rated."""
    from voice_agent.plain.lines import LineRenderer

    with _store() as store:
        events = store.events(store.find(session).id)
    renderer = LineRenderer(shows_times=times)
    for stamped in events:
        for line in renderer.lines(stamped.event):
            typer.echo(line)


@app.command("resume")
def resume_session(
    session: Annotated[str, _ID] = "last",
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone, a sound file, or 'typed'.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Name or number of a speaker, a WAV file, or 'none'.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON Lines.")] = False,
    headphones: Annotated[bool, typer.Option("--headphones", help="You wear headphones.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="With a file as microphone: as fast as possible.")] = False,
) -> int:
    """Go on with a session that was stopped or killed, after its last event."""
    from voice_agent.cli.conduct import Wishes
    from voice_agent.cli.conduct import resume as run_resume

    with _store() as store:
        summary = store.find(session)
    wishes = Wishes(mic=mic, speaker=speaker, as_json=as_json, headphones=headphones, fast=fast)
    return run_resume(summary, wishes)


@app.command("export")
def export_session(
    session: Annotated[str, _ID] = "last",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
) -> None:
    """Write a session's events as JSON Lines: everything that was recorded, nothing else."""
    from voice_agent.errors import UserError
    from voice_agent.events import to_json

    with _store() as store:
        lines = b"".join(to_json(stamped) + b"\n" for stamped in store.events(store.find(session).id))
    if output is None:
        sys.stdout.buffer.write(lines)
        return
    try:
        output.touch(mode=0o600)
        output.write_bytes(lines)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be written", place=str(output), cure="choose another file"
        ) from error
    typer.echo(f"Written: {output}", err=True)


@app.command("delete")
def delete_session(
    session: Annotated[str, _ID],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete a session for good: its events, its recording, and the pages that held them."""
    with _store() as store:
        summary = store.find(session)
        if not yes:
            typer.confirm(f"Delete {summary.id}, {summary.title}, {summary.turns} turns?", abort=True)
        store.delete(summary.id)
    typer.echo(f"Deleted: {summary.id}", err=True)
