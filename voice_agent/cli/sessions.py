"""`voice-agent sessions`: rehearsals that are kept on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli import browse_sessions, export, listen, look_back, replay, sessions_store
from voice_agent.cli.stores import opened
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.sessions.summary import SessionSummary

app = typer.Typer(
    help="Sessions: list, show, debrief, resume, export, delete, back up.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("debrief")(look_back.debrief)
app.command("listen")(listen.listen)
app.command("replay")(replay.replay)
app.command("browse")(browse_sessions.browse)
app.command("export")(export.export_session)
app.command("share")(export.share)
app.command("unshare")(export.unshare)
app.command("backup")(sessions_store.backup)
app.command("restore")(sessions_store.restore)
app.command("check")(sessions_store.check)
app.command("keep")(sessions_store.keep)

_ID = typer.Argument(help="A session's id or its beginning; 'last' for the newest.")


@app.command("list")
def list_sessions(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List all sessions, newest first."""
    import msgspec

    with opened(reads_only=True) as store:
        found = store.summaries()
    if as_json:
        data = [msgspec.to_builtins(session) | {"state": session.state} for session in found]
        typer.echo(json.dumps(data, indent=2))
        return
    if not found:
        typer.echo("No sessions yet. Begin with: voice-agent practice")
    for session in found:
        when = session.started.astimezone().strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{session.id}: {when}, {session.title}, {session.turns_told}, {session.state}")


@app.command("show")
def show_session(
    session: Annotated[str, _ID] = "last",
    times: Annotated[bool, typer.Option("--times", help="Show where the time of each turn went.")] = False,
) -> None:
    """Show a session as lines: what was said, and how it was rated."""
    with opened(reads_only=True) as store:
        events = store.events(store.find(session).id)
    for lines in replay.lines_of([stamped.event for stamped in events], shows_times=times):
        for line in lines:
            typer.echo(fitted(line))


@app.command("resume")
def resume_session(
    session: Annotated[str, _ID] = "last",
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone, a sound file, or 'typed'.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Name or number of a speaker, a WAV file, or 'none'.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON Lines.")] = False,
    headphones: Annotated[bool, typer.Option("--headphones", help="You wear headphones.")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="With a file as microphone: as fast as possible.")] = False,
    keep_audio: Annotated[
        bool, typer.Option("--keep-audio", help="Keep both voices on this machine, to listen back.")
    ] = False,
) -> int:
    """Go on with a session that was stopped or killed, after its last event."""
    from voice_agent.cli.conduct import resume as run_resume
    from voice_agent.cli.wishes import Wishes

    with opened(reads_only=True) as store:
        summary = store.find(session)
    wishes = Wishes(
        mic=mic, speaker=speaker, as_json=as_json, headphones=headphones, fast=fast, keep_audio=keep_audio
    )
    return run_resume(summary, wishes)


@app.command("delete")
def delete_session(
    session: Annotated[str | None, typer.Argument(help="A session's id or its beginning.")] = None,
    older_than: Annotated[
        int | None, typer.Option(min=1, help="Instead: all that began more days ago, the diary too.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Instead: all sessions, and the diary.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Delete for good: events, recordings, reports that were not changed since, and the pages that held them.

    A backup that you made still holds what it held.
    """
    from voice_agent.errors import UserError

    if (session is not None) + (older_than is not None) + everything != 1:
        raise UserError("name one session, or --older-than DAYS, or --all", cure="see `voice-agent sessions list`")
    with opened() as store:
        entries: list[str] = []
        if session is not None:
            chosen = [store.find(session)]
        else:
            before = datetime.now(UTC) - timedelta(days=older_than or 0)
            chosen = [one for one in store.summaries() if everything or one.started < before]
            entries = store.diary.ids(before=None if everything else before)
        if not chosen and not entries:
            typer.echo("There is nothing to delete.", err=True)
            return
        named = _named(chosen) + (f" and {_entries(len(entries))} of the diary" if entries else "")
        if not yes:
            typer.confirm(f"Delete {named}?", abort=True)
        deleted = store.delete(chosen[0].id) if session is not None else store.delete_all([one.id for one in chosen])
        if entries:
            deleted = store.delete_entries(entries, deleted)
    if len(deleted.sessions) != len(chosen):
        named = _named([one for one in chosen if one.id in set(deleted.sessions)])
        named += f" and {_entries(len(entries))} of the diary" if entries else ""
    typer.echo(f"Deleted: {named}, {deleted.beside}.", err=True)
    for running in deleted.running:
        typer.echo(f"Left: session {running} is running in another program. End it there first.", err=True)
    for path, why in deleted.left:
        typer.echo(f"Left: {path} ({why}). Delete it yourself if you don't want it.", err=True)
    if deleted.traces:
        typer.echo(f"Freed pages could not be given back yet: {deleted.traces}.", err=True)


def _named(chosen: list[SessionSummary]) -> str:
    if len(chosen) != 1:
        return f"{len(chosen)} sessions"
    return f"{chosen[0].id}, {chosen[0].title}, {chosen[0].turns_told}"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
