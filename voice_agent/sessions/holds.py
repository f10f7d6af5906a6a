"""Who runs what: a session is held by the one program that runs it, and freed by the system when that is killed.

Beside a file it is a lock of the operating system on a file of its own; on a server an advisory lock of a connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from voice_agent.errors import UserError
from voice_agent.folders import private
from voice_agent.sessions.database import Database, user_error

if TYPE_CHECKING:
    from filelock import BaseFileLock

PROBED_S = 0.2
"""A program that only looks whether a lock is free holds it for less."""
_LOW = 0xFFFF_FFFF


class _Locks(Protocol):
    """Locks by number. Blocking."""

    def take(self, number: int) -> bool: ...
    def leave(self, number: int) -> None: ...

    def taken(self, numbers: Iterable[int]) -> set[int]:
        """Those that any program holds."""
        ...

    def close(self) -> None: ...


class Holds:
    """What this program holds of one store. Blocking; usable from any one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._locks: _Locks
        if database.path is None:
            self._locks = _ServerLocks(database)
        elif database.writes:
            self._locks = _FileLocks(locks_folder(database.path))
        else:
            self._locks = _NoLocks()
        self._held: set[str] = set()

    def take(self, name: str, *, what: str = "") -> None:
        """Hold it until `leave` or `close`; again is no mistake.

        name: a session's id, or what else only one program may do at a time. what: how an error names it.
        Raises UserError while another program holds it.
        """
        if not self.try_take(name):
            raise UserError(
                f"{what or f'session {name}'} is running in another program",
                cure="go on there, or end it there first",
            )

    def try_take(self, name: str) -> bool:
        """Like `take`; False while another program holds it."""
        if name not in self._held:
            if not self._locks.take(_number(name)):
                return False
            self._held.add(name)
        return True

    def leave(self, name: str) -> None:
        if name in self._held:
            self._held.discard(name)
            self._locks.leave(_number(name))

    @contextmanager
    def during(self, names: Iterable[str]) -> Iterator[list[str]]:
        """Hold those that are free; they are given, and left at the end."""
        free = [name for name in names if name not in self._held and self.try_take(name)]
        try:
            yield free
        finally:
            for name in free:
                self.leave(name)

    def running(self, names: Iterable[str]) -> set[str]:
        """Those that another program holds."""
        by_number = {_number(name): name for name in names if name not in self._held}
        return {by_number[number] for number in self._locks.taken(by_number)} if by_number else set()

    def close(self) -> None:
        """Leave everything."""
        for name in list(self._held):
            self.leave(name)
        self._locks.close()


def locks_folder(store: Path) -> Path:
    """Beside the store's file; it may not be there."""
    return store.with_name(f"running-{store.name}")


def _number(name: str) -> int:
    """64 bits of a name; a name that was read from somebody's file leads out of no folder."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


class _FileLocks:
    """An empty file for each lock, deleted by the one who leaves it; after a kill by the next who looks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, BaseFileLock] = {}

    def take(self, number: int) -> bool:
        from filelock import FileLock, Timeout  # 20 ms

        path = private(self._folder) / f"{number:016x}"
        # Released by whatever thread closes the store.
        lock = FileLock(path, timeout=PROBED_S, poll_interval=PROBED_S / 10, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise UserError(
                error.strerror or "cannot be written",
                place=str(path),
                cure="check the folder, and that there is room",
            ) from error
        self._held[number] = lock
        return True

    def leave(self, number: int) -> None:
        lock = self._held.pop(number)
        # Deleted while it is held: whoever waits for it notices that its file has gone. Windows deletes no open file.
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        with suppress(OSError):
            lock.release()

    def taken(self, numbers: Iterable[int]) -> set[int]:
        wanted = set(numbers)
        try:
            there = {int(file.name, 16) for file in self._folder.iterdir()}
        except (OSError, ValueError):
            return set()
        found = set()
        for number in wanted & there:
            if self.take(number):
                self.leave(number)
            else:
                found.add(number)
        return found

    def close(self) -> None:
        """Nothing is open but what is held."""


class _ServerLocks:
    """Advisory locks of one connection that stays open: the server frees them when it ends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None

    def take(self, number: int) -> bool:
        try:
            return bool(
                self._open().execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": _signed(number)}).scalar()
            )
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error

    def leave(self, number: int) -> None:
        # A connection that has broken holds nothing any more.
        with suppress(SQLAlchemyError):
            self._open().execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _signed(number)})

    def taken(self, numbers: Iterable[int]) -> set[int]:
        query = text(
            "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND"
            " granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        try:
            with self._database.engine.connect() as connection:
                there = {(high & _LOW) << 32 | (low & _LOW) for high, low in connection.execute(query)}
        except SQLAlchemyError as error:
            raise user_error(self._database, error) from error
        return there & set(numbers)

    def close(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None or self._connection.invalidated:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection.detach()  # no pool keeps it open when it is closed
        return self._connection


def _signed(number: int) -> int:
    """As PostgreSQL's bigint."""
    return number - (1 << 64) if number >> 63 else number


class _NoLocks:
    """A store on a read-only disk: nobody runs a session in it."""

    def take(self, number: int) -> bool:
        return True

    def leave(self, number: int) -> None:
        """Nothing was taken."""

    def taken(self, numbers: Iterable[int]) -> set[int]:
        return set()

    def close(self) -> None:
        """Nothing was opened."""
