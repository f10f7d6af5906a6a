"""Preparations and real talks in the store: kept after every step, so a killed program loses none that was done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.sessions.database import WRITES, Database, user_error
from voice_agent.sessions.files import delete_unchanged
from voice_agent.sessions.real_talk import DiaryEntry, RealTalk
from voice_agent.sessions.schema import diary, diary_files

_decoder = msgspec.json.Decoder(DiaryEntry)


class Diary:
    """Rows of one store. Blocking. All raise UserError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, entry: DiaryEntry) -> None:
        """Write the entry as it is now, in place of what it was."""
        row = {
            "scenario": entry.scenario,
            "began": entry.began.astimezone(UTC),
            "body": msgspec.json.encode(entry).decode(),
        }
        with self._changing() as connection:
            changed = connection.execute(update(diary).where(diary.c.id == entry.id).values(**row))
            if not changed.rowcount:
                connection.execute(insert(diary).values(id=entry.id, **row))

    def entries(self) -> list[DiaryEntry]:
        """All of them, newest first. Raises UserError when one can't be read."""
        found = []
        with self._reading() as connection:
            rows = connection.execute(select(diary.c.id, diary.c.body).order_by(diary.c.began.desc(), diary.c.id))
            for name, body in rows:
                try:
                    found.append(_decoder.decode(body))
                except msgspec.MsgspecError as error:
                    raise UserError(
                        f"entry {name} of the diary can't be read",
                        place=self._database.place,
                        cure=f"update voice_agent, or: voice-agent diary delete {name}",
                    ) from error
        return found

    def real_talks(self) -> list[RealTalk]:
        """Those that were told, oldest first."""
        return [one for one in reversed(self.entries()) if isinstance(one, RealTalk)]

    def find(self, start_of_id: str) -> DiaryEntry:
        """The entry whose id begins so, or the newest one for `last`. Raises UserError."""
        entries = self.entries()
        if start_of_id == "last":
            if not entries:
                raise UserError("the diary is empty", cure="begin with `voice-agent prepare` or `voice-agent after`")
            return entries[0]
        found = [one for one in entries if one.id.startswith(start_of_id)]
        if not found or not start_of_id:
            raise UserError(f'no entry "{start_of_id}" in the diary', cure="see `voice-agent diary list`")
        if len(found) > 1:
            raise UserError(f'several entries begin with "{start_of_id}"', cure="give more of the id")
        return found[0]

    def ids(self, *, before: datetime | None = None) -> list[str]:
        """All, or those that began before a moment; also such as can't be read."""
        query = select(diary.c.id)
        if before is not None:
            query = query.where(diary.c.began < before.astimezone(UTC))
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def delete(self, ids: Sequence[str], gone: list[Path], left: list[tuple[Path, str]]) -> None:
        """Entries, and the cards and pages of theirs that were not changed since.

        The freed pages are given back by whoever calls (`SessionStore.delete_entries`).
        """
        with self._reading() as connection:
            query = select(diary_files.c.path, diary_files.c.sha256).where(diary_files.c.entry.in_(ids))
            files = connection.execute(query).all()
        delete_unchanged([(Path(path), sha256) for path, sha256 in files], gone, left)
        with self._changing() as connection:
            connection.execute(delete(diary).where(diary.c.id.in_(ids)))

    def note_file(self, entry: str, path: Path, content: bytes) -> None:
        """Remember a card or a page, so that it goes when the entry goes."""
        row = {"entry": entry, "path": str(path.absolute())}
        with self._changing() as connection:
            same = (diary_files.c.entry == entry) & (diary_files.c.path == row["path"])
            connection.execute(delete(diary_files).where(same))
            connection.execute(insert(diary_files).values(sha256=hashlib.sha256(content).hexdigest(), **row))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._database.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        if not self._database.writes:
            raise UserError("is on a read-only disk", place=self._database.place, cure="make it writable")
        try:
            with self._database.engine.execution_options(**WRITES).begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error
