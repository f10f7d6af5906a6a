"""The tables of the store as this program uses them; `migrations.py` makes them, step by step."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()


def _session_key(*, primary_key: bool) -> Column[str]:
    return Column(
        "session", String(32), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False
    )


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
    Column("last_seq", Integer, nullable=False, default=-1),
)
"""`last_seq` is the place of the newest event: what is derived from older ones is out of date."""

events = Table(
    "events",
    metadata,
    _session_key(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("at_s", Float, nullable=False),
    Column("body", Text, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    _session_key(primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
"""Derived from the events and made again when it is older than they are, so that lists stay fast."""

recordings = Table(
    "recordings",
    metadata,
    _session_key(primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("first_seq", Integer, nullable=False),
    Column("path", Text, nullable=False),
)
"""Sound, only when the user asked for it; a resumed session has a part for each time."""

exports = Table(
    "exports",
    metadata,
    _session_key(primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
)
"""Reports that were written, so that deleting the session can delete them."""

shares = Table(
    "shares",
    metadata,
    _session_key(primary_key=True),
    Column("turn", Integer, primary_key=True, autoincrement=False),
)
"""Takes that the learner lets a coach see; turn 0 stands for the check-ins."""

guesses = Table(
    "guesses",
    metadata,
    _session_key(primary_key=True),
    Column("about", String(20), primary_key=True),
    Column("body", Text, nullable=False),
)
"""What the learner took the partner to fear or want, before it was revealed."""

choices = Table(
    "choices", metadata, Column("name", String(40), primary_key=True), Column("value", String(200), nullable=False)
)
"""What the user has set for this store, such as how long sessions are kept."""

diary = Table(
    "diary",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("scenario", String(60), nullable=False),
    Column("began", DateTime(timezone=True), nullable=False),
    Column("body", Text, nullable=False),
)
"""Preparations for real talks, and what was so after them."""

diary_files = Table(
    "diary_files",
    metadata,
    Column("entry", String(32), ForeignKey("diary.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("path", Text, primary_key=True),
    Column("sha256", String(64), nullable=False),
)
"""Cue cards and pages that were written, so that deleting the entry can delete them."""
