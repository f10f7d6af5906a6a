"""The event stream's one way out: stamped, stored, then shown.

Every event is stored before a front sees it. When the store fails (a full disk), the events go on being shown
and are kept in memory until they can be stored; `rescue` writes what is left beside the store at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Protocol

from voice_agent.clock import Clock
from voice_agent.errors import EngineError
from voice_agent.events import UNSTORED, Event, Fault, LevelMeter, Stamped, to_json
from voice_agent.worker import Worker

RETRY_S = 2.0
METERS_DROPPED_OVER = 64
"""A front that is this many events behind needs no more level meters."""


class EventStore(Protocol):
    """Where events are kept. Blocking: called on the store's worker thread."""

    def append(self, stamped: Sequence[Stamped]) -> None:
        """All or nothing. Raises when it fails, and can be called again with the same events."""
        ...


class Journal:
    """`emit` from the event loop; `run` must be running as a task."""

    def __init__(
        self,
        store: EventStore,
        worker: Worker,
        clock: Clock,
        *,
        session: str,
        next_seq: int = 0,
    ) -> None:
        self._store = store
        self._worker = worker
        self._clock = clock
        self._session = session
        self._next_seq = next_seq
        self.on_store_failed: Callable[[], None] = lambda: None
        self._start_s = clock.now_s()
        self._outbox: asyncio.Queue[Stamped] = asyncio.Queue()
        self._unsaved: list[Stamped] = []
        self._subscribers: list[asyncio.Queue[Stamped | None]] = []
        self._has_failed = False
        self._saving = asyncio.Lock()

    @property
    def session(self) -> str:
        return self._session

    @property
    def at_s(self) -> float:
        """Seconds since the rehearsal began."""
        return self._clock.now_s() - self._start_s

    def since_start(self, clock_s: float) -> float:
        """A time of the clock as seconds since the rehearsal began."""
        return clock_s - self._start_s

    def emit(self, event: Event) -> None:
        is_stored = not isinstance(event, UNSTORED)
        stamped = Stamped(
            session=self._session,
            seq=self._next_seq if is_stored else max(0, self._next_seq - 1),
            at_s=round(self.at_s, 4),
            wall=self._clock.wall(),
            event=event,
        )
        self._next_seq += is_stored
        self._outbox.put_nowait(stamped)

    async def events(self) -> AsyncGenerator[Stamped, None]:
        """Everything from now on, until the journal is closed; each caller gets all of it."""
        inbox: asyncio.Queue[Stamped | None] = asyncio.Queue()
        self._subscribers.append(inbox)
        try:
            while (stamped := await inbox.get()) is not None:
                yield stamped
        finally:
            self._subscribers.remove(inbox)

    async def run(self) -> None:
        """Store and show for ever."""
        while True:
            batch = [await self._outbox.get()]
            while not self._outbox.empty():
                batch.append(self._outbox.get_nowait())
            await self._write(batch)
            for _ in batch:
                self._outbox.task_done()

    async def flush(self) -> None:
        """Wait until everything emitted so far has been stored (or kept) and shown."""
        await self._outbox.join()

    async def close(self) -> None:
        """Store and show what is left, and end every subscription. Call after `run` was cancelled."""
        batch = [self._outbox.get_nowait() for _ in range(self._outbox.qsize())]
        await self._write(batch)
        for inbox in self._subscribers:
            inbox.put_nowait(None)
        self._worker.close()

    def rescue(self, folder: Path) -> Path | None:
        """Write unsaved events as JSON Lines into `folder`; None when nothing is unsaved. Raises OSError."""
        if not self._unsaved:
            return None
        path = folder / f"{self._session}.unsaved.jsonl"
        path.touch(mode=0o600)
        try:
            path.write_bytes(b"".join(to_json(stamped) + b"\n" for stamped in self._unsaved))
        except OSError:
            path.unlink()
            raise
        return path

    async def _write(self, batch: list[Stamped]) -> None:
        self._unsaved += [stamped for stamped in batch if not isinstance(stamped.event, UNSTORED)]
        if self._unsaved:
            # A cancelled caller must not leave a batch half told: the write goes on to its end.
            await asyncio.shield(self._save())
        for stamped in batch:
            self._show(stamped)

    async def _save(self) -> None:
        async with self._saving:
            await self._save_alone()

    async def _save_alone(self) -> None:
        waiting = tuple(self._unsaved)
        if not waiting:
            return
        try:
            await self._worker.run(self._store.append, waiting)
        except Exception as error:  # noqa: BLE001 - the lane's border: any failure keeps the events
            if not self._has_failed:
                self._has_failed = True
                self._show(self._fault(error))
                self.on_store_failed()
        else:
            self._unsaved = self._unsaved[len(waiting) :]
            self._has_failed = False

    async def retry(self) -> None:
        """Try every two seconds to store what could not be stored; run as a task."""
        while True:
            await self._clock.sleep(RETRY_S)
            if self._has_failed and self._unsaved:
                await asyncio.shield(self._save())

    def _show(self, stamped: Stamped) -> None:
        for inbox in self._subscribers:
            if isinstance(stamped.event, LevelMeter) and inbox.qsize() > METERS_DROPPED_OVER:
                continue
            inbox.put_nowait(stamped)

    def _fault(self, error: Exception) -> Stamped:
        cause, cure = (error.cause, error.cure) if isinstance(error, EngineError) else (str(error), "")
        return Stamped(
            session=self._session,
            seq=max(0, self._next_seq - 1),
            at_s=round(self.at_s, 4),
            wall=self._clock.wall(),
            event=Fault(
                component="store",
                category="cannot_save",
                happened=f"the session could not be saved: {cause}",
                done="The talk is paused; nothing is lost while the program runs.",
                cure=cure or "check the disk, then resume",
            ),
        )
