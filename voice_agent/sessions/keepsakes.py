"""What is kept beside a session's events: recordings, known reports, shared takes, guesses, and choices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.sessions.database import WRITES, Database, user_error
from voice_agent.sessions.files import delete_file, delete_unchanged
from voice_agent.sessions.schema import choices, exports, guesses, recordings, shares

CHECK_INS = 0
"""Stands among shared turns for the check-ins; the learner's turns are numbered from 1."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Both voices of one run of a session: the learner left, the partner right."""

    part: int
    first_seq: int
    """Events from this place on, up to the next part's, belong to it."""
    path: Path


class Keepsakes:
    """Rows of one store. Blocking. All raise UserError when the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Recordings.

    def add_recording(self, session: str, path: Path, *, first_seq: int) -> None:
        with self._changing() as connection:
            last = select(func.max(recordings.c.part)).where(recordings.c.session == session)
            part = connection.execute(last).scalar_one()
            row = {"session": session, "part": 0 if part is None else part + 1, "first_seq": first_seq}
            connection.execute(insert(recordings).values(path=str(path.absolute()), **row))

    def move_recording(self, session: str, part: int, path: Path) -> None:
        """The part lies elsewhere now, such as in a smaller file."""
        chosen = (recordings.c.session == session) & (recordings.c.part == part)
        with self._changing() as connection:
            connection.execute(recordings.update().where(chosen).values(path=str(path.absolute())))

    def recordings(self, session: str) -> list[Recording]:
        """In order; the files may be gone."""
        rows = self._all(
            select(recordings.c.part, recordings.c.first_seq, recordings.c.path)
            .where(recordings.c.session == session)
            .order_by(recordings.c.part)
        )
        return [Recording(part, first_seq, Path(path)) for part, first_seq, path in rows]

    # Reports.

    def note_export(self, session: str, path: Path, content: bytes) -> None:
        """Remember a report, so that it goes when the session goes."""
        row = {"session": session, "path": str(path.absolute())}
        with self._changing() as connection:
            connection.execute(delete(exports).where(*_same(exports, row)))
            connection.execute(insert(exports).values(sha256=hashlib.sha256(content).hexdigest(), **row))

    def exports(self, session: str) -> list[Path]:
        return [Path(path) for (path,) in self._all(select(exports.c.path).where(exports.c.session == session))]

    def delete_files(self, session: str, gone: list[Path], left: list[tuple[Path, str]]) -> None:
        """Delete the session's recordings, rescued events and unchanged reports; tell what went and what stayed."""
        if self._database.path is not None:
            # What a full disk kept out of the store (`Journal.rescue`).
            delete_file(self._database.path.with_name(f"{session}.unsaved.jsonl"), gone, left)
        for recording in self.recordings(session):
            # A program that was killed while it packed leaves both forms.
            for path in dict.fromkeys((recording.path, *(recording.path.with_suffix(s) for s in (".wav", ".flac")))):
                delete_file(path, gone, left)
        reports = self._all(select(exports.c.path, exports.c.sha256).where(exports.c.session == session))
        delete_unchanged([(Path(path), sha256) for path, sha256 in reports], gone, left)

    # Sharing.

    def share(self, session: str, turns: Iterable[int]) -> None:
        """Let a coach's report hold these takes; `CHECK_INS` for the check-ins."""
        wanted = set(turns) - self.shared(session)
        with self._changing() as connection:
            for turn in sorted(wanted):
                connection.execute(insert(shares).values(session=session, turn=turn))

    def unshare(self, session: str, turns: Iterable[int] | None = None) -> None:
        """Take these back; None: all of them."""
        query = delete(shares).where(shares.c.session == session)
        if turns is not None:
            query = query.where(shares.c.turn.in_(list(turns)))
        with self._changing() as connection:
            connection.execute(query)

    def shared(self, session: str) -> set[int]:
        return {turn for (turn,) in self._all(select(shares.c.turn).where(shares.c.session == session))}

    # Guesses.

    def keep_guess(self, session: str, about: str, words: str) -> None:
        """about: `fear` or `want`. A later guess takes the place of an earlier one."""
        row = {"session": session, "about": about}
        with self._changing() as connection:
            connection.execute(delete(guesses).where(*_same(guesses, row)))
            connection.execute(insert(guesses).values(body=words, **row))

    def guesses(self, session: str) -> dict[str, str]:
        rows = self._all(select(guesses.c.about, guesses.c.body).where(guesses.c.session == session))
        return {row.about: row.body for row in rows}

    # Choices.

    def choice(self, name: str) -> str | None:
        rows = self._all(select(choices.c.value).where(choices.c.name == name))
        return rows[0][0] if rows else None

    def choose(self, name: str, value: str | None) -> None:
        """None takes the choice back."""
        with self._changing() as connection:
            connection.execute(delete(choices).where(choices.c.name == name))
            if value is not None:
                connection.execute(insert(choices).values(name=name, value=value))

    def _all(self, query: Any) -> list[Any]:
        try:
            with self._database.engine.connect() as connection:
                return list(connection.execute(query).all())
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


def _same(table: Table, row: dict[str, Any]) -> list[Any]:
    return [table.c[name] == value for name, value in row.items()]
