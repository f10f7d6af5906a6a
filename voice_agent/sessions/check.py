"""Whether a store is whole: its pages, its events, its recordings, and who else can read them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.folders import data_folder
from voice_agent.sessions.database import cause_of
from voice_agent.sessions.permissions import Loose, loose
from voice_agent.sessions.schema import sessions
from voice_agent.sessions.store import SessionStore


@dataclass(slots=True)
class Checked:
    """What a check found; all empty when everything is well."""

    sessions: int = 0
    damage: list[str] = field(default_factory=list)
    """What the database itself says about its pages."""
    unreadable: list[str] = field(default_factory=list)
    """Sessions with events that can't be read, as sentences."""
    missing: list[str] = field(default_factory=list)
    """Recordings that are gone, as sentences."""
    loose: list[Loose] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not (self.damage or self.unreadable or self.missing or self.loose)


def check(store: SessionStore) -> Checked:
    """Reads everything: seconds for thousands of sessions."""
    found = Checked()
    try:
        with store.database.engine.connect() as connection:
            if store.database.path is not None:
                rows = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                found.damage += [row for row in rows if row != "ok"]
                found.damage += [
                    f"a row of {row[0]} belongs to no session"
                    for row in connection.execute(text("PRAGMA foreign_key_check")).all()
                ]
            ids = connection.execute(select(sessions.c.id)).scalars().all()
    except SQLAlchemyError as error:
        found.damage.append(cause_of(error))
        return found
    found.sessions = len(ids)
    for session in ids:
        _check_session(store, session, found)
    try:
        store.diary.entries()
    except UserError as error:
        found.unreadable.append(error.cause)
    found.loose = loose(data_folder())
    return found


def _check_session(store: SessionStore, session: str, found: Checked) -> None:
    try:
        stored = store.events(session)
    except UserError as error:
        found.unreadable.append(error.cause)
        return
    if [one.seq for one in stored] != list(range(len(stored))):
        found.unreadable.append(f"session {session} has gaps")
    for recording in store.keepsakes.recordings(session):
        if not recording.path.exists():
            found.missing.append(f"{recording.path} of session {session} is gone")
