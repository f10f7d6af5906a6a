"""Sessions in a database: appended while they run, read back to list, show, resume and look back on them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, delete, insert, or_, select, type_coerce, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from voice_agent.errors import EngineError, UserError
from voice_agent.events import SessionEnded, SessionStarted, Stamped, from_json, to_json
from voice_agent.folders import DATABASE, STORE_VARIABLE, data_folder, private
from voice_agent.sessions.database import WRITES, cause_of, compact, cure_of, open_database, user_error
from voice_agent.sessions.diary import Diary
from voice_agent.sessions.digest import DIGEST_VERSION, Digest, digest_of, digest_to_json, digests_from_json
from voice_agent.sessions.holds import Holds
from voice_agent.sessions.keepsakes import Keepsakes
from voice_agent.sessions.schema import digests, events, sessions
from voice_agent.sessions.summary import SessionSummary

HELD_AT_ONCE = 200
"""Sessions that are held while they are deleted: each takes an open file, or a place in a server's table of locks."""


@dataclass(slots=True)
class Deleted:
    """What became of sessions that were to be deleted."""

    sessions: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    """Sessions that another program runs: they stay as they are."""

    files: list[Path] = field(default_factory=list)
    """Recordings and reports that went with it."""
    left: list[tuple[Path, str]] = field(default_factory=list)
    """Files that could not be deleted, and why."""
    traces: str = ""
    """Why freed pages could not be given back; empty when they were."""

    @property
    def beside(self) -> str:
        """`2 files beside`."""
        return f"{len(self.files)} file{'' if len(self.files) == 1 else 's'} beside"


def default_path() -> Path:
    """The user's own database; its folder is made with mode 0700. Raises UserError."""
    return private(data_folder()) / DATABASE


def open_store(*, reads_only: bool = False) -> SessionStore:
    """The user's store: the database that VOICE_AGENT_STORE names, else a file of their own. Raises UserError."""
    address = os.environ.get(STORE_VARIABLE, "").strip()
    return SessionStore(address or default_path(), reads_only=reads_only)


class SessionStore:
    """One database. Blocking; usable from any one thread at a time."""

    def __init__(self, place: Path | str, *, reads_only: bool = False) -> None:
        """place: a file, or a `postgresql://` URL. Opens or makes it.

        reads_only: open it on a read-only disk too. Raises UserError naming the place and the cure.
        """
        self.database = open_database(place, reads_only=reads_only)
        self._engine = self.database.engine
        self._writing = self._engine.execution_options(**WRITES)
        self.keepsakes = Keepsakes(self.database)
        self.diary = Diary(self.database)
        self.holds = Holds(self.database)

    @property
    def host(self) -> str | None:
        """The machine that the words go to; None when they stay on this one."""
        return self.database.host

    def close(self) -> None:
        """Ends what it holds, too."""
        self.holds.close()
        self.database.close()

    def append(self, stamped: Sequence[Stamped]) -> None:
        """Store events in one transaction: all or none.

        Raises EngineError("store", ...) when they can't be stored; the same call may be made again.
        """
        try:
            with self._writing.begin() as connection:
                for one in stamped:
                    self._begin_or_end(connection, one)
                connection.execute(insert(events), [_event_row(one) for one in stamped])
                last = {one.session: one.seq for one in stamped}
                for session, seq in last.items():
                    connection.execute(update(sessions).where(sessions.c.id == session).values(last_seq=seq))
        except IntegrityError as error:
            cause, cure = self._clash(stamped)
            raise EngineError("store", cause, cure=cure) from error
        except SQLAlchemyError as error:
            cause = cause_of(error)
            cure = cure_of(cause, default="check the disk" if self.database.path else "check the server")
            raise EngineError("store", cause, cure=cure) from error

    def _begin_or_end(self, connection: Connection, stamped: Stamped) -> None:
        happened = stamped.event
        if isinstance(happened, SessionStarted):
            row = {
                "id": stamped.session,
                "scenario": happened.scenario.id,
                "title": happened.scenario.title,
                "pipeline": happened.pipeline,
                "started": stamped.wall,
            }
            connection.execute(insert(sessions).values(last_seq=stamped.seq, **row))
        elif isinstance(happened, SessionEnded):
            connection.execute(update(sessions).where(sessions.c.id == stamped.session).values(ended=stamped.wall))

    def _clash(self, stamped: Sequence[Stamped]) -> tuple[str, str]:
        """Why events of this program don't fit what is stored, and the cure."""
        known = {one.session for one in stamped if isinstance(one.event, SessionStarted)}
        with self._reading() as connection:
            wanted = {one.session for one in stamped} - known
            found = set(connection.execute(select(sessions.c.id).where(sessions.c.id.in_(wanted))).scalars())
        if wanted - found:
            return "this session was deleted in another program", "end it here and start a new one"
        return (
            "another program has gone on with this session",
            "end it here; go on there, or later with `voice-agent sessions resume`",
        )

    def summaries(self) -> list[SessionSummary]:
        """All sessions, newest first."""
        with _uncollected():
            return self._told([summary for summary, _ in self._rows(newest_first=True)])

    def _told(self, found: list[SessionSummary]) -> list[SessionSummary]:
        """With those that another program runs now."""
        running = self.holds.running(summary.id for summary in found if summary.ended is None)
        if not running:
            return found
        return [
            msgspec.structs.replace(summary, is_running=True) if summary.id in running else summary
            for summary in found
        ]

    def digests(self) -> list[tuple[SessionSummary, Digest]]:
        """All sessions with what progress needs of them, oldest first."""
        with _uncollected():
            rows = self._rows(newest_first=False)
            found = digests_from_json([body for _, body in rows])
            return [(summary, digest) for (summary, _), digest in zip(rows, found, strict=True)]

    def find(self, start_of_id: str) -> SessionSummary:
        """The session whose id begins so, or the newest one for `last`. Raises UserError."""
        query = select(sessions.c.id).order_by(sessions.c.started.desc(), sessions.c.id)
        if start_of_id != "last":
            query = query.where(sessions.c.id.startswith(start_of_id, autoescape=True))
        with self._reading() as connection:
            found = list(connection.execute(query.limit(2 if start_of_id != "last" else 1)).scalars())
        if not found:
            cure = "see `voice-agent sessions list`"
            if start_of_id == "last":
                raise UserError("there is no session yet", cure="begin with `voice-agent practice`")
            raise UserError(f'no session "{start_of_id}"', cure=cure)
        if len(found) > 1 and start_of_id not in found:
            raise UserError(f'several sessions begin with "{start_of_id}"', cure="give more of the id")
        wanted = start_of_id if start_of_id in found else found[0]
        ((summary, _),) = self._rows(newest_first=True, session=wanted)
        return self._told([summary])[0]

    def last_seq(self, session: str) -> int:
        """Place of the session's newest event; -1 when it is unknown."""
        with self._reading() as connection:
            query = select(sessions.c.last_seq).where(sessions.c.id == session)
            found: int | None = connection.execute(query).scalar_one_or_none()
        return -1 if found is None else found

    def events(self, session: str) -> list[Stamped]:
        """The session's events in order. Raises UserError when one can't be read."""
        with self._reading() as connection:
            return self._events(connection, session)

    def _events(self, connection: Connection, session: str) -> list[Stamped]:
        query = select(events.c.seq, events.c.body).where(events.c.session == session).order_by(events.c.seq)
        read = []
        for seq, body in connection.execute(query):
            try:
                read.append(from_json(body))
            except msgspec.MsgspecError as error:
                raise UserError(
                    f"event {seq} of session {session} can't be read",
                    place=self.database.place,
                    cure="it may come from a newer program; update voice_agent",
                ) from error
        return read

    def delete(self, session: str) -> Deleted:
        """Rows, recordings, known reports and the freed pages: gone, not only hidden.

        A report that was changed after it was written is the user's own by now, and stays.
        Raises UserError while another program runs the session.
        """
        wanted = self.find(session).id
        deleted = self.delete_all([wanted])
        if deleted.running:
            raise UserError(f"session {wanted} is running in another program", cure="end it there first")
        return deleted

    def delete_all(self, ids: Sequence[str]) -> Deleted:
        """Like `delete`, for several sessions by their whole ids: freed pages are given back once."""
        deleted = Deleted()
        for begin in range(0, len(ids), HELD_AT_ONCE):
            wanted = ids[begin : begin + HELD_AT_ONCE]
            with self.holds.during(wanted) as free:
                self._delete_held(free, deleted)
            deleted.sessions += free
            deleted.running += [session for session in wanted if session not in free]
        if deleted.sessions:
            deleted.traces = compact(self.database)
        return deleted

    def _delete_held(self, ids: Sequence[str], deleted: Deleted) -> None:
        for session in ids:
            # Files first: after a crash in between, the rows still tell where the rest lies.
            self.keepsakes.delete_files(session, deleted.files, deleted.left)
        with self._changing() as connection:
            for session in ids:
                connection.execute(delete(events).where(events.c.session == session))
                connection.execute(delete(sessions).where(sessions.c.id == session))

    def delete_entries(self, ids: Sequence[str], deleted: Deleted | None = None) -> Deleted:
        """Entries of the diary by their whole ids, with their unchanged files and the freed pages.

        deleted: what was deleted before, added to.
        """
        deleted = deleted or Deleted()
        self.diary.delete(ids, deleted.files, deleted.left)
        deleted.traces = compact(self.database)
        return deleted

    def _rows(self, *, newest_first: bool, session: str | None = None) -> list[tuple[SessionSummary, str]]:
        """Sessions with their digests as JSON, made anew where they are out of date."""
        joined = sessions.outerjoin(digests, digests.c.session == sessions.c.id)
        s, d = sessions.c, digests.c
        stale = or_(d.seq.is_(None), d.seq != s.last_seq, d.version != DIGEST_VERSION)
        # SQLite keeps moments as text, which is read here: a moment that is made and then given its zone costs twice.
        moments = (
            [s.started, s.ended]
            if self.database.path is None
            else [type_coerce(s.started, Text), type_coerce(s.ended, Text)]
        )
        columns = (s.id, s.scenario, s.title, s.pipeline, *moments, d.turns, d.body)
        query = select(*columns).select_from(joined).order_by(s.started.desc() if newest_first else s.started, s.id)
        waiting = select(s.id).select_from(joined).where(stale)
        if session is not None:
            query, waiting = query.where(s.id == session), waiting.where(s.id == session)
        with self._reading() as connection:
            made = {one: self._made(connection, one) for one in connection.execute(waiting).scalars().all()}
            rows = connection.execute(query).all()
        self._keep(made)
        found = []
        # Unpacked, not by name: a name costs more than all the rest, ten thousand times.
        for one, scenario, title, pipeline, started, ended, turns, body in rows:
            if turns is None and one not in made:
                continue  # it began after the first query
            now_turns, now_body = (made[one][1].turns, made[one][2]) if one in made else (turns, body)
            end = _utc(ended) if ended is not None else None
            found.append((SessionSummary(one, scenario, title, pipeline, _utc(started), end, now_turns), now_body))
        return found

    def _made(self, connection: Connection, session: str) -> tuple[int, Digest, str]:
        try:
            stored = self._events(connection, session)
            digest, seq = digest_of(stored), stored[-1].seq
        except UserError:
            # The list goes on; `show` and `check` tell what is wrong.
            digest = Digest(readable=False)
            reached = select(sessions.c.last_seq).where(sessions.c.id == session)
            seq = connection.execute(reached).scalar_one()
        return seq, digest, digest_to_json(digest)

    def _keep(self, made: dict[str, tuple[int, Digest, str]]) -> None:
        """Keep digests for the next time, where that can be done: they are only derived."""
        if not made or not self.database.writes:
            return
        rows = [
            {"session": session, "seq": seq, "version": DIGEST_VERSION, "turns": digest.turns, "body": body}
            for session, (seq, digest, body) in made.items()
        ]
        with suppress(SQLAlchemyError), self._writing.begin() as connection:
            connection.execute(delete(digests).where(digests.c.session.in_(list(made))))
            connection.execute(insert(digests), rows)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise user_error(self.database, error) from error

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        try:
            with self._writing.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise user_error(self.database, error) from error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: it would walk ten thousand rows again and again and find nothing (measured: half
    of the time).
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _event_row(stamped: Stamped) -> dict[str, Any]:
    return {
        "session": stamped.session,
        "seq": stamped.seq,
        "kind": type(stamped.event).__name__,
        "at_s": stamped.at_s,
        "body": to_json(stamped).decode(),
    }


def _utc(moment: datetime | str) -> datetime:
    # SQLite keeps no time zone; what was stored is UTC. A server gives its own.
    return datetime.fromisoformat(f"{moment}+00:00") if isinstance(moment, str) else moment.astimezone(UTC)
