"""What cannot be stored is told with its own cure, and written elsewhere whole or not at all."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from voice_agent.clock import SystemClock
from voice_agent.errors import EngineError
from voice_agent.events import Fault, MomentMarked, Stamped, from_json
from voice_agent.rehearsal.journal import Journal
from voice_agent.worker import Worker


class RefusingStore:
    """Stores nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def append(self, stamped: Sequence[Stamped]) -> None:
        raise self._error


async def refused(error: Exception) -> tuple[Journal, Fault]:
    """A journal whose one event could not be stored, and what it said about that."""
    journal = Journal(RefusingStore(error), Worker("store"), SystemClock(), session="abcd1234")
    shown: list[Stamped] = []

    async def watch() -> None:
        shown.extend([stamped async for stamped in journal.events()])

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    journal.emit(MomentMarked(turn=1, note="here"))
    await journal.close()
    await watching
    fault = shown[0].event
    assert isinstance(fault, Fault)
    return journal, fault


async def test_a_store_that_fails_is_told_with_its_own_cure() -> None:
    _, fault = await refused(EngineError("store", "this session was deleted", cure="start a new one"))
    assert fault.happened == "the session could not be saved: this session was deleted"
    assert fault.cure == "start a new one"


async def test_a_store_that_breaks_is_told_as_a_matter_of_the_disk() -> None:
    _, fault = await refused(RuntimeError("gone"))
    assert (fault.happened, fault.cure) == ("the session could not be saved: gone", "check the disk, then resume")


def test_what_could_not_be_stored_is_written_for_the_user_alone(tmp_path: Path) -> None:
    journal, _ = asyncio.run(refused(RuntimeError("gone")))
    path = journal.rescue(tmp_path)
    assert path == tmp_path / "abcd1234.unsaved.jsonl"
    assert isinstance(from_json(path.read_bytes()).event, MomentMarked)
    assert not path.stat().st_mode & 0o077


def test_a_folder_without_room_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    journal, _ = asyncio.run(refused(RuntimeError("gone")))
    folder = tmp_path / "rescued"
    folder.mkdir()
    monkeypatch.setattr(Path, "write_bytes", no_room)
    with pytest.raises(OSError, match="No space left"):
        journal.rescue(folder)
    assert list(folder.iterdir()) == []
