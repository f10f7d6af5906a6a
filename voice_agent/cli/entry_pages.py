"""Writes a diary entry as a page: text, Markdown or HTML, by the file's ending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from voice_agent.errors import UserError

if TYPE_CHECKING:
    from voice_agent.review.paper import PaperForm
    from voice_agent.sessions.real_talk import DiaryEntry
    from voice_agent.sessions.store import SessionStore


def form_of(path: Path | None) -> PaperForm | None:
    """What a page is written as, by the file's ending. Raises UserError."""
    if path is None:
        return None
    from voice_agent.review.paper import PaperForm

    known = {"": "txt", "text": "txt", "markdown": "md", "htm": "html"}
    ending = path.suffix.lower().removeprefix(".")
    try:
        return PaperForm(known.get(ending, ending))
    except ValueError:
        raise UserError(f'".{ending}" says no format', place=str(path), cure="end it in .txt, .md or .html") from None


def write_page(store: SessionStore, entry: DiaryEntry, path: Path, form: PaperForm) -> None:
    """Write an entry's page and remember it. Raises UserError."""
    from voice_agent.review.paper import written

    write_bytes(store, entry, path, written(entry, form).encode())


def write_bytes(store: SessionStore, entry: DiaryEntry, path: Path, content: bytes) -> None:
    """A file of the user's, readable by them alone, that goes when the entry goes. Raises UserError."""
    from voice_agent.cli.export import write_file

    write_file(path, content)
    if path.is_file() and store.database.writes:
        store.diary.note_file(entry.id, path, content)
    typer.echo(f"Written: {path}", err=True)
