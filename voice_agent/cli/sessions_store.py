"""`voice-agent sessions backup`, `restore`, `check`, `keep`: the store as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from voice_agent.cli.stores import opened


def backup(
    target: Annotated[Path, typer.Argument(help="The file to write, such as voice-agent.backup.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write all sessions, with what is kept beside them and their recordings, into one file.

    Works while a rehearsal runs, and for a store on a server. The file is readable by you alone; it is not
    encrypted.
    """
    from voice_agent.errors import UserError
    from voice_agent.sessions.backup import back_up

    if target.exists() and not force:
        raise UserError("exists already", place=str(target), cure="choose another name, or add --force")
    with opened(reads_only=True) as store:
        count = back_up(store, target)
    typer.echo(f"Written: {target}, {_sessions(count)}.", err=True)


def restore(
    source: Annotated[
        Path, typer.Argument(help="A file of `sessions backup`, an export as .jsonl, or an .unsaved.jsonl.")
    ],
) -> None:
    """Add what a file holds and the store lacks. Nothing in the store is overwritten.

    A damaged store is set aside under another name, and a new one takes its place.
    """
    from voice_agent.errors import UserError
    from voice_agent.sessions.backup import open_or_set_aside, restore_lines
    from voice_agent.sessions.backup import restore as run_restore
    from voice_agent.sessions.store import open_store

    if not source.is_file():
        raise UserError("there is no such file", place=str(source), cure="check the path")
    store, aside = open_or_set_aside(open_store, datetime.now(UTC))
    try:
        done = restore_lines(store, source) if source.suffix == ".jsonl" else run_restore(store, source)
    finally:
        store.close()
    if aside is not None:
        typer.echo(f"The damaged store was kept as {aside}.", err=True)
    typer.echo(
        f"Restored: {_sessions(len(done.added))} added, {len(done.continued)} completed, "
        f"{done.there} there already, {done.recordings} recordings, {done.entries} of the diary.",
        err=True,
    )
    for session in done.differ:
        typer.echo(f"Session {session} went on differently here; it was left as it is.", err=True)
    for session in done.running:
        typer.echo(f"Session {session} is running in another program; it was left as it is.", err=True)


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Take away what others may read.")] = False,
) -> int:
    """Look whether the store is whole, and yours alone. Exit code 1 when something is wrong."""
    from voice_agent.folders import data_folder
    from voice_agent.sessions.backup import size_of
    from voice_agent.sessions.check import check as run_check
    from voice_agent.sessions.permissions import loose, tighten

    with opened(reads_only=True) as store:
        found = run_check(store)
        place = store.database.place
        events = size_of(store)[1] if not found.damage else 0
    typer.echo(f"{place}: {_sessions(found.sessions)}, {events} events.")
    for line in found.damage:
        typer.echo(f"Damaged: {line}. Cure: voice-agent sessions restore BACKUP")
    for line in (*found.unreadable, *found.missing):
        typer.echo(f"{line[0].upper()}{line[1:]}.")
    left = found.loose
    if repair:
        tighten(found.loose)
        left = loose(data_folder())
        if found.loose:
            typer.echo(f"Made private: {len(found.loose) - len(left)} files and folders.")
    for one in left:
        typer.echo(f"{one.sentence}. Cure: voice-agent sessions check --repair")
    is_well = not (found.damage or found.unreadable or found.missing or left)
    if is_well:
        typer.echo("All is well.")
    return 0 if is_well else 1


def keep(
    days: Annotated[
        str | None, typer.Argument(help="Days after which a session is deleted, or 'forever'. None: show it.")
    ] = None,
) -> None:
    """Show or set how long sessions are kept. What is older is deleted when the next rehearsal begins."""
    from voice_agent.errors import UserError
    from voice_agent.sessions.retention import keep_days, overdue, set_keep_days

    with opened() as store:
        if days is not None:
            if days != "forever" and not days.isdigit():
                raise UserError(f'"{days}" is no number of days', place="keep", cure="write a number, or 'forever'")
            set_keep_days(store, None if days == "forever" else int(days))
        kept = keep_days(store)
        old = overdue(store, datetime.now(UTC))
    if kept is None:
        typer.echo("Sessions are kept until you delete them.")
        return
    typer.echo(f"Sessions are kept for {kept} days.")
    if old:
        typer.echo(f"{_sessions(len(old))} will be deleted when the next rehearsal begins.")


def _sessions(count: int) -> str:
    return f"{count} session" if count == 1 else f"{count} sessions"
