"""Opens the database of the store: SQLite in a file of the user's, or PostgreSQL by a URL."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.sessions.migrations import VERSION, migrate, version_of

BUSY_MS = 5_000
"""Two programs on one store take turns; a write takes milliseconds."""
CONNECT_S = 5
"""A database server that does not answer for so long is told, not waited for."""
WRITES = {"writes": True}
"""Execution option of a connection that will write: SQLite then takes the write lock at once."""


class DamagedError(UserError):
    """The file is no whole database; a backup may take its place."""


@dataclass(slots=True)
class Database:
    """An open, migrated database."""

    engine: Engine
    place: str
    """As the user knows it: a path, or a URL without its password."""
    path: Path | None
    """The file; None on a server."""
    host: str | None
    """The machine that the words go to; None when they stay on this one."""
    writes: bool
    """False on a read-only disk."""

    def close(self) -> None:
        self.engine.dispose()


def open_database(place: Path | str, *, reads_only: bool = False) -> Database:
    """place: a file for SQLite, or a `postgresql://` URL.

    reads_only: where it can't be written (a read-only disk) it is opened all the same.
    Raises UserError naming the place and the cure; DamagedError when the file is no whole database.
    """
    return _open_server(place) if isinstance(place, str) else _open_file(place, reads_only=reads_only)


def _open_file(path: Path, *, reads_only: bool) -> Database:
    try:
        if not path.exists():
            # Made here so that it is never readable by others, not even for a moment.
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise UserError(error.strerror or "cannot be opened", place=str(path), cure="check the folder") from error
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        if reads_only:
            return _open_unwritable(path)
        raise UserError("can only be read", place=str(path), cure="make the file and its folder writable")
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    database = Database(engine, str(path), path, None, writes=True)
    _migrated(database)
    return database


def _open_unwritable(path: Path) -> Database:
    """On a read-only disk: with the write-ahead log where SQLite can read it, else without one that is empty."""
    wal = path.with_name(f"{path.name}-wal")
    modes = ["mode=ro"]
    if not wal.exists() or not wal.stat().st_size:
        modes.append("mode=ro&immutable=1")
    failed: UserError | None = None
    for mode in modes:
        address = f"file:{quote(str(path.absolute()))}?{mode}"

        def connect(address: str = address) -> sqlite3.Connection:
            return sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, check_same_thread=False)

        engine = create_engine("sqlite://", creator=connect)
        database = Database(engine, str(path), path, None, writes=False)
        try:
            with engine.connect() as connection:
                found = version_of(connection, place=str(path))
        except SQLAlchemyError as error:
            engine.dispose()
            failed = user_error(database, error)
            continue
        if found < VERSION:
            engine.dispose()
            raise UserError(
                "was written by an older voice_agent and is on a read-only disk",
                place=str(path),
                cure="copy it to where it can be written, and brought up to date",
            )
        return database
    assert failed is not None
    raise failed


def _open_server(address: str) -> Database:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise UserError(
            "is no database URL", place="VOICE_AGENT_STORE", cure="write it as postgresql://user@host/database"
        ) from error
    if url.get_backend_name() != "postgresql":
        raise UserError(
            f'"{url.drivername}" is no database that the store can use',
            place="VOICE_AGENT_STORE",
            cure="use postgresql://, or unset it for a file of your own",
        )
    driven = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(driven, connect_args={"connect_timeout": CONNECT_S}, pool_pre_ping=True)
    except ImportError as error:
        raise UserError(
            "PostgreSQL needs a driver that is not installed",
            place="VOICE_AGENT_STORE",
            cure="pip install 'voice_agent[postgres]'",
        ) from error
    database = Database(engine, url.render_as_string(hide_password=True), None, _other_machine(url), writes=True)
    _migrated(database)
    return database


def _other_machine(url: URL) -> str | None:
    """The server's name; None for a socket file or this machine."""
    host = url.host or str(url.query.get("host") or "")
    return None if not host or host.startswith("/") or host in ("localhost", "127.0.0.1", "::1") else host


def _migrated(database: Database) -> None:
    try:
        # Looked at first without the write lock: starting must not wait for another program that writes.
        with database.engine.connect() as connection:
            found = version_of(connection, place=database.place)
        if found < VERSION:
            with database.engine.execution_options(**WRITES).begin() as connection:
                migrate(connection, place=database.place)
    except SQLAlchemyError as error:
        database.close()
        raise user_error(database, error) from error
    except UserError:
        database.close()
        raise


def _prepare(connection: sqlite3.Connection, record: Any) -> None:
    """WAL: readers and the writer don't wait for each other, and a killed program loses nothing committed.

    synchronous=NORMAL: what a killed program committed is safe; a power cut may take the last commits, never the
    file. Waiting for the disk at every event would delay what is shown.
    """
    # SQLAlchemy's BEGIN below, not the driver's: the driver begins no transaction before CREATE or SELECT.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_DAMAGED = (
    "restore a backup: voice-agent sessions restore FILE (the damaged file is kept); without one, move the file away,"
    " and a new store is begun"
)
_CURES: tuple[tuple[str, str], ...] = (
    ("not a database", _DAMAGED),
    ("malformed", _DAMAGED),
    ("locked", "close the other program that uses it"),
    ("disk is full", "free some disk space"),
    ("No space left", "free some disk space"),
    ("disk I/O error", "free some disk space, or check the disk"),
    ("readonly", "make the file and its folder writable"),
    ("unable to open", "make the file and its folder writable"),
    ("password authentication", "check the user and PGPASSWORD"),
    ("no password supplied", "set PGPASSWORD, or use a .pgpass file"),
    ("does not exist", "ask whoever runs the server to make it"),
    ("permission denied", "ask whoever runs the server for the right to do it"),
)


def cause_of(error: Exception) -> str:
    """The database's own words in one line, without the statement and its values."""
    original = getattr(error, "orig", None) or error
    lines = str(original).strip().splitlines()
    return lines[0].removeprefix("connection failed: ") if lines else type(original).__name__


def cure_of(cause: str, *, default: str) -> str:
    return next((cure for part, cure in _CURES if part in cause), default)


def user_error(database: Database, error: SQLAlchemyError) -> UserError:
    """What the database said, with its place and the cure."""
    cause = cause_of(error)
    default = "check the file and its folder" if database.path else "check the server and VOICE_AGENT_STORE"
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        default = "check the server"
    damaged = "not a database" in cause or "malformed" in cause
    kind = DamagedError if damaged else UserError
    return kind(cause, place=database.place, cure=cure_of(cause, default=default))


def compact(database: Database) -> str:
    """Give freed pages back and leave nothing of them in the log; why not, where it can't be done, else "".

    What was deleted is overwritten before that already (`secure_delete`), in a file.
    """
    with suppress(AttributeError):
        database.engine.dispose()
    raw = database.engine.raw_connection()
    try:
        driver: Any = raw.driver_connection
        if database.path is None:
            driver.rollback()
            driver.autocommit = True
            for table in ("events", "digests", "guesses"):
                driver.execute(f"VACUUM {table}")
            driver.autocommit = False
            return ""
        driver.execute("VACUUM")
        busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return "another program has the store open; its log is emptied when that ends" if busy else ""
    except _driver_errors() as error:
        return cause_of(error)
    finally:
        raw.close()


def _driver_errors() -> tuple[type[Exception], ...]:
    try:
        import psycopg
    except ImportError:
        return (sqlite3.Error,)
    return (sqlite3.Error, psycopg.Error)
