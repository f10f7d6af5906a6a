"""The tables of the store, and how an older database becomes a newer one."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
)

from voice_agent.errors import UserError

metadata = MetaData()

meta = Table("meta", metadata, Column("version", Integer, nullable=False))

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("scenario", String(60), nullable=False),
    Column("title", Text, nullable=False),
    Column("pipeline", String(60), nullable=False),
    Column("started", DateTime(timezone=True), nullable=False),
    Column("ended", DateTime(timezone=True)),
    Column("audio", Text),
)
events = Table(
    "events",
    metadata,
    Column("session", String(32), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("at_s", Float, nullable=False),
    Column("body", Text, nullable=False),
)


def _first(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first,)
"""Step N brings a database of version N to N + 1; steps are only ever added."""

VERSION = len(MIGRATIONS)


def migrate(connection: Connection, *, place: str) -> None:
    """Bring the database to this program's version, each step and its record in one transaction.

    Raises UserError when it was written by a newer program, or is no database of ours.
    """
    names = set(inspect(connection).get_table_names())
    if names and "meta" not in names:
        raise UserError("is not a voice_agent database", place=place, cure="choose another file for the store")
    version = connection.execute(select(meta.c.version)).scalar_one() if names else 0
    if version > VERSION:
        raise UserError(
            f"was written by a newer voice_agent (store version {version}, this program knows {VERSION})",
            place=place,
            cure="update voice_agent; nothing was changed",
        )
    for number in range(version, VERSION):
        MIGRATIONS[number](connection)
        if number == 0:
            connection.execute(meta.insert().values(version=1))
        else:
            connection.execute(meta.update().values(version=number + 1))
