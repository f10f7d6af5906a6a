"""The whole store in one file, and back again: sessions, what is kept beside them, and their recordings."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.events import Stamped, from_json
from voice_agent.folders import data_folder, private
from voice_agent.sessions.database import WRITES, DamagedError, user_error
from voice_agent.sessions.schema import (
    choices,
    diary,
    diary_files,
    events,
    exports,
    guesses,
    recordings,
    sessions,
    shares,
)
from voice_agent.sessions.store import SessionStore
from voice_agent.version import version

_MARK, _DATABASE = "backup.json", "sessions.db"
_BATCH = 2_000
_ID = re.compile(r"[\w-]{1,32}", re.ASCII)
"""Files are named by sessions: an id leads out of no folder."""
_BESIDE = (recordings, exports, shares, guesses)
_LARGEST_BYTES = 64 * 1024**3
"""A backup that unpacks to more than this is none of ours."""


@dataclass(slots=True)
class Restored:
    """What a restore did."""

    added: list[str] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)
    """Sessions whose later events the store had lost."""
    there: int = 0
    """Sessions that the store had already."""
    differ: list[str] = field(default_factory=list)
    """Sessions that went on differently in the store and in the backup: left as they are."""
    running: list[str] = field(default_factory=list)
    """Sessions of the store that another program runs: left as they are."""
    recordings: int = 0
    entries: int = 0
    """Of the diary."""


def audio_folder() -> Path:
    """Where recordings lie; made with mode 0700."""
    return private(private(data_folder()) / "audio")


def back_up(store: SessionStore, target: Path) -> int:
    """Write everything into one file, readable by the user alone; the number of sessions.

    The store may be in use. Raises UserError when the file can't be written or the store can't be read.
    """
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            copy = Path(folder) / _DATABASE
            _copy_database(store, copy)
            packed = Path(folder) / "packed"
            os.close(os.open(packed, os.O_CREAT | os.O_WRONLY, 0o600))
            count = _pack(store, copy, packed)
            packed.replace(target)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be written", place=str(target), cure="choose a folder that exists and has room"
        ) from error
    return count


def _copy_database(store: SessionStore, copy: Path) -> None:
    """A whole SQLite database, whatever the store is in."""
    os.close(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o600))
    if store.database.path is not None:
        source_path = store.database.path
        try:
            with closing(sqlite3.connect(source_path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise UserError(str(error), place=str(source_path), cure="run `voice-agent sessions check`") from error
        return
    target_store = SessionStore(copy)
    try:
        _merge(store, target_store, Restored())
        with _raw(target_store) as raw:
            raw.execute("PRAGMA journal_mode=DELETE")
    finally:
        target_store.close()


def _pack(store: SessionStore, copy: Path, packed: Path) -> int:
    summaries = store.summaries()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        mark = {"schema": 1, "program": version(), "sessions": len(summaries)}
        archive.writestr(_MARK, json.dumps(mark))
        archive.write(copy, _DATABASE)
        for summary in summaries:
            for recording in store.keepsakes.recordings(summary.id):
                if recording.path.exists():
                    # Sound is compressed already.
                    archive.write(recording.path, _audio_name(summary.id, recording.path), zipfile.ZIP_STORED)
    return len(summaries)


def _audio_name(session: str, path: Path) -> str:
    return f"audio/{session}/{path.name}"


def open_or_set_aside(open_store: Any, now: datetime) -> tuple[SessionStore, Path | None]:
    """The store; a damaged file is renamed and an empty one takes its place. Where the damaged one went.

    open_store: makes the SessionStore. Raises UserError for everything but damage.
    """
    try:
        return open_store(), None
    except DamagedError as error:
        damaged = Path(error.place)
        aside = damaged.with_name(f"{damaged.name}.damaged-{now.astimezone():%Y%m%d-%H%M%S}")
        for suffix in ("", "-wal", "-shm"):
            part = damaged.with_name(damaged.name + suffix)
            if part.exists():
                part.replace(aside.with_name(aside.name + suffix))
        return open_store(), aside


def restore(store: SessionStore, source: Path) -> Restored:
    """Add what the backup holds and the store lacks; nothing of the store is overwritten.

    Raises UserError when the file is no whole backup; the store is then as it was.
    """
    restored = Restored()
    with tempfile.TemporaryDirectory(dir=private(data_folder()), prefix=".restore-") as folder:
        copy = Path(folder) / _DATABASE
        try:
            with zipfile.ZipFile(source) as archive:
                _checked(archive, source)
                _unpack(archive, _DATABASE, copy)
                backup = SessionStore(copy)
                try:
                    _sound(backup, source)
                    if any(_ID.fullmatch(one.id) is None for one in backup.summaries()):
                        raise _no_backup(source)
                    _merge(backup, store, restored)
                    _restore_audio(archive, backup, store, restored)
                finally:
                    backup.close()
        except DamagedError as error:
            raise _no_backup(source) from error
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise _no_backup(source) from error
        except OSError as error:
            raise UserError(
                error.strerror or "cannot be read",
                place=str(source),
                cure="check the path, and that the disk has room",
            ) from error
    return restored


def restore_lines(store: SessionStore, source: Path) -> Restored:
    """Add events from JSON Lines: those that a full disk kept out of the store, or an export of the whole session.

    Raises UserError naming the line that can't be read, or when events are missing before those in the file.
    """
    restored = Restored()
    for session, stamped in _sessions_in(source).items():
        known = store.last_seq(session)
        fresh = [one for one in stamped if one.seq > known]
        if not fresh:
            restored.there += 1
            continue
        if [one.seq for one in fresh] != list(range(known + 1, known + 1 + len(fresh))):
            raise UserError(
                f"session {session} has events missing before number {fresh[0].seq}",
                place=str(source),
                cure="restore a backup first",
            )
        with store.holds.during([session]) as free:
            if not free:
                restored.running.append(session)
                continue
            store.append(fresh)
        (restored.continued if known >= 0 else restored.added).append(session)
    return restored


def _sessions_in(source: Path) -> dict[str, list[Stamped]]:
    found: dict[str, list[Stamped]] = {}
    try:
        with source.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    stamped = from_json(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise UserError(
                        f"is no event ({error})", place=f"{source}:{number}", cure="choose a file of this program"
                    ) from error
                if _ID.fullmatch(stamped.session) is None:
                    raise UserError(
                        "is of a session with an id that no session has",
                        place=f"{source}:{number}",
                        cure="choose a file of this program",
                    )
                found.setdefault(stamped.session, []).append(stamped)
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", place=str(source), cure="check the path") from error
    return found


def _no_backup(source: Path) -> UserError:
    return UserError("is no whole backup of voice_agent", place=str(source), cure="choose another one")


def _checked(archive: zipfile.ZipFile, source: Path) -> None:
    names = set(archive.namelist())
    if not {_MARK, _DATABASE} <= names or sum(info.file_size for info in archive.infolist()) > _LARGEST_BYTES:
        raise _no_backup(source)


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """To a path of ours: names inside the archive choose no place."""
    with (
        archive.open(name) as packed,
        os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out,
    ):
        while block := packed.read(1 << 20):
            out.write(block)


def _sound(backup: SessionStore, source: Path) -> None:
    with _raw(backup) as raw:
        if raw.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise _no_backup(source)


class _raw:  # noqa: N801 - a context manager, used like a function
    """The driver's own connection of a SQLite store."""

    def __init__(self, store: SessionStore) -> None:
        self._pooled = store.database.engine.raw_connection()

    def __enter__(self) -> Any:
        return self._pooled.driver_connection

    def __exit__(self, *exc: object) -> None:
        self._pooled.close()


def _merge(source: SessionStore, target: SessionStore, restored: Restored) -> None:
    """All in one transaction of the target."""
    try:
        with (
            target.holds.during(_behind(source, target)) as free,
            source.database.engine.connect() as reading,
            target.database.engine.execution_options(**WRITES).begin() as writing,
        ):
            known = {row.id: row.last_seq for row in writing.execute(select(sessions.c.id, sessions.c.last_seq))}
            for row in reading.execute(select(sessions).order_by(sessions.c.started, sessions.c.id)).mappings().all():
                _merge_session(reading, writing, dict(row), known.get(row["id"]), free, restored)
            restored.entries += _merge_diary(reading, writing)
            chosen = set(writing.execute(select(choices.c.name)).scalars())
            for row in reading.execute(select(choices)).mappings():
                if row["name"] not in chosen:
                    writing.execute(insert(choices), dict(row))
    except SQLAlchemyError as error:
        raise user_error(target.database, error) from error


def _merge_diary(reading: Connection, writing: Connection) -> int:
    """Entries that the target lacks, with what is known of their files; how many."""
    known = set(writing.execute(select(diary.c.id)).scalars())
    fresh = [dict(row) for row in reading.execute(select(diary)).mappings() if row["id"] not in known]
    for row in fresh:
        writing.execute(insert(diary), row)
        files = reading.execute(select(diary_files).where(diary_files.c.entry == row["id"])).mappings()
        for file in files.all():
            writing.execute(insert(diary_files), dict(file))
    return len(fresh)


def _behind(source: SessionStore, target: SessionStore) -> list[str]:
    """Sessions of the target that the source knows more of."""
    query = select(sessions.c.id, sessions.c.last_seq)
    with source.database.engine.connect() as reading, target.database.engine.connect() as there:
        known = {row.id: row.last_seq for row in there.execute(query)}
        return [row.id for row in reading.execute(query) if known.get(row.id, row.last_seq) < row.last_seq]


def _merge_session(
    reading: Connection,
    writing: Connection,
    row: dict[str, Any],
    known: int | None,
    free: list[str],
    restored: Restored,
) -> None:
    session, last = row["id"], row["last_seq"]
    if known is None:
        writing.execute(insert(sessions), row)
        _copy(reading, writing, events, session)
        for table in _BESIDE:
            _copy(reading, writing, table, session)
        restored.added.append(session)
        return
    shared = min(known, last)
    if _body(reading, session, shared) != _body(writing, session, shared):
        restored.differ.append(session)
    elif known >= last:
        restored.there += 1
    elif session not in free:
        restored.running.append(session)
    else:
        _copy(reading, writing, events, session, after=known)
        writing.execute(sessions.update().where(sessions.c.id == session).values(last_seq=last, ended=row["ended"]))
        restored.continued.append(session)


def _body(connection: Connection, session: str, seq: int) -> str | None:
    found: str | None = connection.execute(
        select(events.c.body).where((events.c.session == session) & (events.c.seq == seq))
    ).scalar_one_or_none()
    return found


def _copy(reading: Connection, writing: Connection, table: Table, session: str, *, after: int | None = None) -> None:
    query = select(table).where(table.c.session == session)
    if after is not None:
        query = query.where(table.c.seq > after)
    rows = reading.execute(query)
    while batch := rows.mappings().fetchmany(_BATCH):
        writing.execute(insert(table), [dict(row) for row in batch])


def _restore_audio(archive: zipfile.ZipFile, backup: SessionStore, store: SessionStore, restored: Restored) -> None:
    names = set(archive.namelist())
    for session in restored.added:
        for recording in backup.keepsakes.recordings(session):
            name = _audio_name(session, recording.path)
            # Where the file says that sound lay may be anybody's place here; deleting the session would reach it.
            target = audio_folder() / f"{session}-{recording.part}{recording.path.suffix}"
            if name in names and not target.exists():
                _unpack(archive, name, target)
                restored.recordings += 1
            store.keepsakes.move_recording(session, recording.part, target)


def size_of(store: SessionStore) -> tuple[int, int]:
    """Sessions and events in the store."""
    with store.database.engine.connect() as connection:
        return (
            connection.execute(select(func.count()).select_from(sessions)).scalar_one(),
            connection.execute(select(func.count()).select_from(events)).scalar_one(),
        )
