"""Sessions in a database: appended while they run, read back to list, show, resume and export them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, delete, event, func, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError

from voice_agent.errors import EngineError, UserError
from voice_agent.events import SessionEnded, SessionStarted, Stamped, TurnHeard, from_json, to_json
from voice_agent.folders import data_folder, private
from voice_agent.sessions.schema import events, migrate, sessions

BUSY_MS = 5_000
"""Two programs on one store take turns; a write takes milliseconds."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A line of the list."""

    id: str
    scenario: str
    title: str
    pipeline: str
    started: datetime
    ended: datetime | None
    turns: int
    """Turns of the learner with words in them, withdrawn ones included."""
    audio: str | None


def default_path() -> Path:
    """The user's own database; its folder is made with mode 0700. Raises UserError."""
    return private(data_folder()) / "sessions.db"


class SessionStore:
    """One database. Blocking; usable from any one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it. Raises UserError naming the file and the cure."""
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})
        event.listen(self._engine, "connect", _prepare)
        try:
            if not path.exists():
                # Made here so that it is never readable by others, not even for a moment.
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            with self._engine.begin() as connection:
                migrate(connection, place=str(path))
        except OSError as error:
            raise UserError(error.strerror or "cannot be opened", place=str(path), cure="check the folder") from error
        except DatabaseError as error:
            raise _user_error(path, error) from error

    def close(self) -> None:
        self._engine.dispose()

    def append(self, stamped: Sequence[Stamped]) -> None:
        """Store events in one transaction: all or none.

        Raises EngineError("store", ...) when they can't be stored; the same call may be made again.
        """
        try:
            with self._engine.begin() as connection:
                for one in stamped:
                    self._append_one(connection, one)
        except IntegrityError as error:
            raise EngineError(
                "store", "this session is open in another program", cure="close it there and resume here"
            ) from error
        except SQLAlchemyError as error:
            raise EngineError("store", _cause(error), cure="free some disk space") from error

    def _append_one(self, connection: Connection, stamped: Stamped) -> None:
        happened = stamped.event
        if isinstance(happened, SessionStarted):
            row = {
                "id": stamped.session,
                "scenario": happened.scenario.id,
                "title": happened.scenario.title,
                "pipeline": happened.pipeline,
                "started": stamped.wall,
            }
            connection.execute(insert(sessions).values(row))
        elif isinstance(happened, SessionEnded):
            connection.execute(update(sessions).where(sessions.c.id == stamped.session).values(ended=stamped.wall))
        connection.execute(
            insert(events).values(
                session=stamped.session,
                seq=stamped.seq,
                kind=type(happened).__name__,
                at_s=stamped.at_s,
                body=to_json(stamped).decode(),
            )
        )

    def summaries(self) -> list[SessionSummary]:
        """All sessions, newest first."""
        turns = (
            select(events.c.session, func.count().label("turns"))
            .where(events.c.kind == TurnHeard.__name__, events.c.body.not_like('%"text":""%'))
            .group_by(events.c.session)
            .subquery()
        )
        query = (
            select(sessions, func.coalesce(turns.c.turns, 0).label("turns"))
            .outerjoin(turns, turns.c.session == sessions.c.id)
            .order_by(sessions.c.started.desc())
        )
        with self._reading() as connection:
            return [_summary(row._mapping) for row in connection.execute(query)]

    def find(self, start_of_id: str) -> SessionSummary:
        """The session whose id begins so, or the newest one for `last`. Raises UserError."""
        known = self.summaries()
        if start_of_id == "last" and known:
            return known[0]
        found = [session for session in known if session.id.startswith(start_of_id)]
        if not found:
            raise UserError(f'no session "{start_of_id}"', cure="see `voice-agent sessions list`")
        if len(found) > 1:
            raise UserError(f'{len(found)} sessions begin with "{start_of_id}"', cure="give more of the id")
        return found[0]

    def events(self, session: str) -> list[Stamped]:
        """The session's events in order. Raises UserError when one can't be read."""
        query = select(events.c.seq, events.c.body).where(events.c.session == session).order_by(events.c.seq)
        with self._reading() as connection:
            rows = list(connection.execute(query))
        read = []
        for seq, body in rows:
            try:
                read.append(from_json(body))
            except Exception as error:
                raise UserError(
                    f"event {seq} of session {session} can't be read",
                    place=str(self.path),
                    cure="it may come from a newer program; update voice_agent",
                ) from error
        return read

    def set_audio(self, session: str, audio: Path) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session).values(audio=str(audio)))

    def delete(self, session: str) -> None:
        """Rows, recording and the freed pages: gone, not only hidden."""
        summary = self.find(session)
        if summary.audio:
            Path(summary.audio).unlink(missing_ok=True)
        with self._engine.begin() as connection:
            connection.execute(delete(events).where(events.c.session == summary.id))
            connection.execute(delete(sessions).where(sessions.c.id == summary.id))
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DatabaseError as error:
            raise _user_error(self.path, error) from error


def _prepare(connection: Any, record: Any) -> None:
    """WAL: readers and the writer don't wait for each other, and a killed program loses nothing committed."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _summary(row: Any) -> SessionSummary:
    return SessionSummary(
        id=row["id"],
        scenario=row["scenario"],
        title=row["title"],
        pipeline=row["pipeline"],
        started=_utc(row["started"]),
        ended=_utc(row["ended"]) if row["ended"] else None,
        turns=row["turns"],
        audio=row["audio"],
    )


def _utc(moment: datetime) -> datetime:
    # SQLite keeps no time zone; what was stored is UTC.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _cause(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    return str(original or error).splitlines()[0]


def _user_error(path: Path, error: SQLAlchemyError) -> UserError:
    cause = _cause(error)
    cures = {
        "file is not a database": "move it away; it is damaged or no database",
        "database is locked": "close the other program that uses it",
        "disk is full": "free some disk space",
        "readonly": "make the file and its folder writable",
    }
    cure = next((cure for part, cure in cures.items() if part in cause), "check the file and its folder")
    return UserError(cause, place=str(path), cure=cure)
