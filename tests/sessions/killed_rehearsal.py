"""Rehearsals that are killed at a given moment: one wish a line of standard input, one answer a line out.

Forks for each wish, so that the modules are loaded once. What a front was shown lands in a file, event by event,
and stays there when the process is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy

from tests.scenes import scene
from voice_agent.commands import Command, End, OpenCheckIn, Pause, Resume, Retake, Say, SkipCheckIn
from voice_agent.events import SessionEnded, Stamped, to_json
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import Settings

MOMENTS = ("shown", "before_commit", "after_commit")
COMMANDS: dict[str, Command] = {
    "attack": Say(text="you never wash your dishes you slob"),
    "ask": Say(text="would you please wash your dishes the same evening"),
    "retake": Retake(),
    "pause": Pause(),
    "resume": Resume(),
    "check-in": OpenCheckIn(),
    "skip": SkipCheckIn(),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class MortalStore:
    """A real store whose process dies at its nth commit."""

    def __init__(self, path: Path, moment: str, count: int) -> None:
        self.store = SessionStore(path)
        self._moment, self._count, self._commits = moment, count, 0
        sqlalchemy.event.listen(self.store.database.engine, "commit", self._committing)

    def _committing(self, connection: object) -> None:
        self._commits += 1
        if self._moment == "before_commit" and self._commits == self._count:
            die()

    def append(self, stamped: Sequence[Stamped]) -> None:
        self.store.append(stamped)
        if self._moment == "after_commit" and self._commits >= self._count:
            die()


async def rehearse(wish: dict[str, Any], store: MortalStore, shown: int) -> None:
    @asynccontextmanager
    async def front(rehearsal: Rehearsal) -> AsyncIterator[None]:
        async def show() -> None:
            count = 0
            async for stamped in rehearsal.events():
                os.write(shown, to_json(stamped) + b"\n")
                count += 1
                if wish["moment"] == "shown" and count == wish["count"]:
                    die()

        showing = asyncio.create_task(show())
        await asyncio.sleep(0)
        yield
        showing.cancel()

    made: Any = store
    async with scene(store=made, settings=Settings(difficulty=2), front=front) as talk:
        talk.send(SkipCheckIn(), *(COMMANDS[name] for name in wish["commands"]))
        talk.send(SkipCheckIn(), Resume(), End(), SkipCheckIn())
        await talk.until_event(SessionEnded)


def main() -> None:
    for line in sys.stdin:
        wish = json.loads(line)
        child = os.fork()
        if child == 0:
            out = os.open(wish["shown"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            asyncio.run(rehearse(wish, MortalStore(Path(wish["path"]), wish["moment"], wish["count"]), out))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
