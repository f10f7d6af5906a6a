"""How a database of an older program becomes one of this program: numbered steps, only ever added."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select, text

from voice_agent.errors import UserError
from voice_agent.sessions.schema import meta

# Frozen: a step is what it was, whatever `schema.py` says later. The SQL is understood by SQLite and PostgreSQL.
_MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}
_KEY = "session VARCHAR(32) NOT NULL REFERENCES sessions (id) ON DELETE CASCADE"
_FIRST = (
    "CREATE TABLE meta (version INTEGER NOT NULL)",
    "CREATE TABLE sessions (id VARCHAR(32) NOT NULL PRIMARY KEY, scenario VARCHAR(60) NOT NULL, title TEXT NOT NULL,"
    " pipeline VARCHAR(60) NOT NULL, started {moment} NOT NULL, ended {moment}, audio TEXT)",
    f"CREATE TABLE events ({_KEY}, seq INTEGER NOT NULL, kind VARCHAR(40) NOT NULL, at_s FLOAT NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY (session, seq))",
)
_SECOND = (
    "ALTER TABLE sessions ADD COLUMN last_seq INTEGER NOT NULL DEFAULT -1",
    "UPDATE sessions SET last_seq = COALESCE((SELECT MAX(seq) FROM events WHERE session = sessions.id), -1)",
    "CREATE INDEX sessions_by_start ON sessions (started)",
    f"CREATE TABLE digests ({_KEY}, seq INTEGER NOT NULL, version INTEGER NOT NULL, turns INTEGER NOT NULL,"
    " body TEXT NOT NULL, PRIMARY KEY (session))",
    f"CREATE TABLE recordings ({_KEY}, part INTEGER NOT NULL, first_seq INTEGER NOT NULL, path TEXT NOT NULL,"
    " PRIMARY KEY (session, part))",
    # `sessions.audio` stays, unused: SQLite before 3.35 can't drop a column.
    "INSERT INTO recordings (session, part, first_seq, path) SELECT id, 0, 0, audio FROM sessions"
    " WHERE audio IS NOT NULL",
    f"CREATE TABLE exports ({_KEY}, path TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, PRIMARY KEY (session, path))",
    f"CREATE TABLE shares ({_KEY}, turn INTEGER NOT NULL, PRIMARY KEY (session, turn))",
    f"CREATE TABLE guesses ({_KEY}, about VARCHAR(20) NOT NULL, body TEXT NOT NULL, PRIMARY KEY (session, about))",
    "CREATE TABLE choices (name VARCHAR(40) NOT NULL PRIMARY KEY, value VARCHAR(200) NOT NULL)",
)

_THIRD = (
    "CREATE TABLE diary (id VARCHAR(32) NOT NULL PRIMARY KEY, scenario VARCHAR(60) NOT NULL, began {moment} NOT NULL,"
    " body TEXT NOT NULL)",
    "CREATE TABLE diary_files (entry VARCHAR(32) NOT NULL REFERENCES diary (id) ON DELETE CASCADE,"
    " path TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, PRIMARY KEY (entry, path))",
)


def _step(statements: tuple[str, ...]) -> Callable[[Connection], None]:
    def run(connection: Connection) -> None:
        moment = _MOMENT[connection.dialect.name]
        for statement in statements:
            connection.execute(text(statement.format(moment=moment)))

    return run


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_step(_FIRST), _step(_SECOND), _step(_THIRD))
"""Step N brings a database of version N to N + 1."""

VERSION = len(MIGRATIONS)

_ADVISORY_LOCK = 0x766F6963
"""Any number that no other program on the server is likely to use ("voic")."""


def version_of(connection: Connection, *, place: str) -> int:
    """0 for an empty database. Raises UserError when it is another program's, or of a newer voice_agent."""
    names = set(inspect(connection).get_table_names())
    if names and "meta" not in names:
        raise UserError("is not a voice_agent database", place=place, cure="choose another file for the store")
    if not names:
        return 0
    version: int | None = connection.execute(select(meta.c.version)).scalar_one_or_none()
    if version is None:
        raise UserError("holds no store version", place=place, cure="run `voice-agent sessions restore BACKUP`")
    if version > VERSION:
        raise UserError(
            f"was written by a newer voice_agent (store version {version}, this program knows {VERSION})",
            place=place,
            cure="update voice_agent; nothing was changed",
        )
    return version


def migrate(connection: Connection, *, place: str) -> None:
    """Bring the database to this program's version: all steps and their record in the caller's transaction.

    Of two programs that start at once, one waits for the other. Raises UserError as `version_of`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
    version = version_of(connection, place=place)
    for step in MIGRATIONS[version:]:
        step(connection)
    if version == 0:
        connection.execute(meta.insert().values(version=VERSION))
    elif version < VERSION:
        connection.execute(meta.update().values(version=VERSION))
