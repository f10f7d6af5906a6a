"""Where a trial is kept: a database of its own, so that nobody's own rehearsals and progress are touched by it.

It holds the rehearsals as any store does, and beside them the trial's records.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.folders import data_folder, private
from voice_agent.sessions.database import WRITES, compact, user_error
from voice_agent.sessions.holds import locks_folder
from voice_agent.sessions.store import SessionStore
from voice_agent.study.records import Noted, Record, record_from_json, record_to_json

PLACE_VARIABLE = "VOICE_AGENT_STUDY_STORE"
"""A `postgresql://` URL, for several sites; unset: a file for each study in the user's folder."""
_ADVISORY_LOCK = 0x73747564
"""Any number that no other program on the server is likely to use ("stud")."""

_tables = MetaData()
_records = Table(
    "study_records",
    _tables,
    Column("study", String(60), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("code", String(16), nullable=False, default=""),
    Column("body", Text, nullable=False),
)

Decide = Callable[[Sequence[Noted]], Sequence[Record]]


def study_folder(study: str) -> Path:
    """The study's own folder, made with mode 0700."""
    return private(private(data_folder()) / "studies" / study)


def study_file(study: str) -> Path:
    """The database of a study on this machine, with mode 0600."""
    return study_folder(study) / "study.db"


def study_place(study: str) -> Path | str:
    """The file, or the URL of a server."""
    return os.environ.get(PLACE_VARIABLE, "").strip() or study_file(study)


def remove_study(study: str) -> None:
    """Delete a study's file, with all that is in it. Raises UserError."""
    path = study_file(study)
    for suffix in ("", "-wal", "-shm"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise UserError(
                error.strerror or "cannot be deleted", place=str(path), cure="check the folder"
            ) from error
    shutil.rmtree(locks_folder(path), ignore_errors=True)


class StudyStore:
    """Blocking. All methods raise UserError when the database fails."""

    def __init__(self, study: str, place: Path | str | None = None) -> None:
        self.study = study
        self.sessions = SessionStore(place if place is not None else study_place(study))
        """Rehearsals of this study's participants."""
        self._database = self.sessions.database
        self._writing = self._database.engine.execution_options(**WRITES)
        try:
            _tables.create_all(self._writing, checkfirst=True)
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error

    @property
    def place(self) -> str:
        return self._database.place

    def close(self) -> None:
        self.sessions.close()

    def records(self) -> list[Noted]:
        try:
            with self._database.engine.connect() as connection:
                return self._all(connection)
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error

    def append(self, records: Sequence[Record], now: datetime) -> None:
        """All or none."""
        self._add_in_one_step(lambda _: records, now)

    def decide(self, decide: Decide, now: datetime) -> None:
        """Look at the records and add to them in one step, so that two programs never give one place twice."""
        self._add_in_one_step(lambda connection: decide(self._all(connection)), now)

    def _add_in_one_step(self, new: Callable[[Connection], Sequence[Record]], now: datetime) -> None:
        try:
            with self._writing.begin() as connection:
                if connection.dialect.name == "postgresql":
                    # SQLite has one writer anyway. Here a decision would else rest on records that are out of date.
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
                self._add(connection, new(connection), now)
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error

    def _add(self, connection: Connection, records: Sequence[Record], now: datetime) -> None:
        if not records:
            return
        last = select(func.max(_records.c.seq)).where(_records.c.study == self.study)
        begin = connection.execute(last).scalar_one()
        rows = [
            {
                "study": self.study,
                "seq": place,
                "at": now,
                "code": getattr(record, "code", ""),
                "body": record_to_json(record),
            }
            for place, record in enumerate(records, start=0 if begin is None else begin + 1)
        ]
        connection.execute(insert(_records), rows)

    def forget(self, code: str, keep: Callable[[Record], bool], sessions: Iterable[str]) -> str:
        """Delete a participant's records but those to keep, and their rehearsals; why traces stay, or ""."""
        gone = [one.seq for one in self.records() if getattr(one.record, "code", "") == code and not keep(one.record)]
        known = {one.id for one in self.sessions.summaries()}
        try:
            with self._writing.begin() as connection:
                connection.execute(
                    delete(_records).where((_records.c.study == self.study) & (_records.c.seq.in_(gone)))
                )
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error
        self.sessions.delete_all([session for session in sessions if session in known])
        return compact(self._database)

    def _all(self, connection: Connection) -> list[Noted]:
        query = (
            select(_records.c.seq, _records.c.at, _records.c.body)
            .where(_records.c.study == self.study)
            .order_by(_records.c.seq)
        )
        found = []
        for seq, at, body in connection.execute(query):
            try:
                record = record_from_json(body)
            except msgspec.MsgspecError as error:
                raise UserError(
                    f"record {seq} of study {self.study} can't be read",
                    place=self.place,
                    cure="it may come from a newer program; update voice_agent",
                ) from error
            found.append(Noted(seq=seq, at=at.replace(tzinfo=UTC) if at.tzinfo is None else at, record=record))
        return found
