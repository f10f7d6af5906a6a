"""`voice-agent sessions export`, `share`, `unshare`: a session as a file, whole or only what a coach may see."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.look_back import ID
from voice_agent.cli.stores import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.events import Stamped
    from voice_agent.review.redaction import Redactor
    from voice_agent.sessions.store import SessionStore
    from voice_agent.sessions.story import Story


MOST_TOLD = 12
"""Words that may be names, in one line."""


class Format(StrEnum):
    """What a session can be written as."""

    MARKDOWN = "md"
    HTML = "html"
    JSON_LINES = "jsonl"
    CSV = "csv"
    FLAC = "flac"


def export_session(
    session: Annotated[str, ID] = "last",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; default: standard output.")] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the file's ending, else jsonl.", case_sensitive=False),
    ] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Take names, addresses and numbers to call out.")] = False,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="With --redact: a further name to take out; may be repeated.")
    ] = None,
    for_coach: Annotated[
        bool, typer.Option("--for-coach", help="Only the takes that you shared with `sessions share`.")
    ] = False,
    reveal: Annotated[bool, typer.Option("--reveal/--no-reveal", help="With what the partner was thinking.")] = True,
) -> None:
    """Write a session as a report (md, html), as data (jsonl: everything recorded; csv: one row a take), or as sound.

    \b
    voice-agent sessions export last -o talk.html
    voice-agent sessions export last -o talk.md --redact --name "Aunt May"
    voice-agent sessions export last -o talk.html --for-coach

    A report is readable by you alone, and `sessions delete` deletes it with the session.
    """
    from voice_agent.errors import UserError
    from voice_agent.sessions.story import story_of

    form = form or _format_of(output)
    with opened(reads_only=True) as store:
        summary = store.find(session)
        chosen = summary.id
        if summary.is_running:
            typer.echo("This session is still running in another program: the file holds what was so far.", err=True)
        if form is Format.FLAC:
            _export_sound(store, chosen, output, alone=not (redact or for_coach))
            return
        stored = store.events(chosen)
        story = story_of(stored)
        redactor = _redactor(story, names or []) if redact else None
        shared = store.keepsakes.shared(chosen) if for_coach else None
        if shared is not None and not shared:
            raise UserError(f"nothing of session {chosen} is shared", cure="see `voice-agent sessions share --help`")
        if shared is not None and form is Format.JSON_LINES:
            raise UserError("jsonl holds everything", cure="choose html, md or csv for a coach")
        content = _content(store, story, stored, form, shared, redactor, reveals=reveal).encode()
        if output is None:
            sys.stdout.buffer.write(content)
            return
        write_file(output, content)
        _note(store, chosen, output, content)
    typer.echo(f"Written: {output}", err=True)


def share(
    session: Annotated[str, ID],
    turns: Annotated[list[int] | None, typer.Argument(help="Numbers of takes, as in `sessions debrief`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All takes.")] = False,
    check_ins: Annotated[bool, typer.Option("--check-ins", help="Your feelings and confidence too.")] = False,
) -> None:
    """Let a coach's report hold these takes. Without any: show what is shared. Nothing is sent anywhere."""
    from voice_agent.errors import UserError
    from voice_agent.sessions.keepsakes import CHECK_INS
    from voice_agent.sessions.story import story_of

    with opened() as store:
        chosen = store.find(session).id
        known = {take.turn for take in story_of(store.events(chosen)).takes if take.said}
        wanted = known if everything else set(turns or [])
        if unknown := sorted(wanted - known):
            raise UserError(f"there is no take {unknown[0]}", cure=f"choose from {_numbers(known)}")
        if wanted or check_ins:
            store.keepsakes.share(chosen, wanted | ({CHECK_INS} if check_ins else set()))
        shared = store.keepsakes.shared(chosen)
    typer.echo(_told(chosen, shared))


def unshare(
    session: Annotated[str, ID],
    turns: Annotated[list[int] | None, typer.Argument(help="Numbers of takes; none: all, and the check-ins.")] = None,
) -> None:
    """Take back what a coach's next report may hold. A report that was given away can't be called back."""
    with opened() as store:
        chosen = store.find(session).id
        store.keepsakes.unshare(chosen, turns or None)
        shared = store.keepsakes.shared(chosen)
    typer.echo(_told(chosen, shared))


def _told(session: str, shared: set[int]) -> str:
    from voice_agent.sessions.keepsakes import CHECK_INS

    takes = shared - {CHECK_INS}
    parts = [f"takes {_numbers(takes)}"] if takes else []
    parts += ["the check-ins"] if CHECK_INS in shared else []
    return f"Session {session}: a coach's report holds {' and '.join(parts)}." if parts else "Nothing is shared."


def _numbers(turns: set[int]) -> str:
    return ", ".join(str(turn) for turn in sorted(turns)) or "none"


def _format_of(output: Path | None) -> Format:
    from voice_agent.errors import UserError

    ending = output.suffix.lower().removeprefix(".") if output is not None else ""
    if not ending:
        return Format.JSON_LINES
    known = {"htm": "html", "markdown": "md", "json": "jsonl"}
    try:
        return Format(known.get(ending, ending))
    except ValueError:
        raise UserError(
            f'".{ending}" says no format', place=str(output), cure=f"add --format: {', '.join(Format)}"
        ) from None


def _redactor(story: Story, names: list[str]) -> Redactor:
    from voice_agent.review.redaction import redactor_for

    redactor = redactor_for(story, names)
    typer.echo(
        f"Taken out: {', '.join(redactor.marks)}. Look the file through: a name that was only spoken can't be known; "
        "add it with --name.",
        err=True,
    )
    if redactor.perhaps:
        more = " and others" if len(redactor.perhaps) > MOST_TOLD else ""
        typer.echo(f"Perhaps names too: {', '.join(redactor.perhaps[:MOST_TOLD])}{more}.", err=True)
    return redactor


def _content(
    store: SessionStore,
    story: Story,
    stored: Sequence[Stamped],
    form: Format,
    shared: set[int] | None,
    redactor: Redactor | None,
    *,
    reveals: bool,
) -> str:
    if form is Format.JSON_LINES:
        return _json_lines(stored, redactor)
    if form is Format.CSV:
        from voice_agent.review.table import table

        return table(story, turns=shared, redactor=redactor)
    from voice_agent.review.report import report_of, shared_report_of

    if shared is not None:
        report = shared_report_of(story, shared)
    else:
        report = report_of(story, guesses=store.keepsakes.guesses(story.session), reveals=reveals)
    if redactor is not None:
        report = redactor.struct(report)
    if form is Format.HTML:
        from voice_agent.review.html import html

        return html(report)
    from voice_agent.review.markdown import markdown

    return markdown(report)


def _json_lines(stored: Sequence[Stamped], redactor: Redactor | None) -> str:
    import msgspec

    from voice_agent.events import to_json

    if redactor is None:
        return "".join(to_json(stamped).decode() + "\n" for stamped in stored)
    encode = msgspec.json.Encoder().encode
    return "".join(encode(redactor.data(msgspec.json.decode(to_json(stamped)))).decode() + "\n" for stamped in stored)


def write_file(output: Path, content: bytes) -> None:
    """Readable by the user alone. Raises UserError."""
    from voice_agent.errors import UserError

    try:
        output.touch(mode=0o600)
        output.write_bytes(content)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be written", place=str(output), cure="choose another file"
        ) from error


def _note(store: SessionStore, session: str, output: Path, content: bytes) -> None:
    """Remember the file, so that it goes with the session."""
    if output.is_file() and store.database.writes:
        store.keepsakes.note_export(session, output, content)


def _export_sound(store: SessionStore, session: str, output: Path | None, *, alone: bool) -> None:
    from voice_agent.cli.listen import keep_sound, whole
    from voice_agent.errors import UserError

    if not alone:
        raise UserError("a voice can't be redacted or shared in parts", cure="leave out --redact and --for-coach")
    if output is None:
        raise UserError("sound goes into a file", cure="name one with -o talk.flac")
    keep_sound(store, session, whole(store, session), output)
    typer.echo(f"Written: {output}", err=True)
