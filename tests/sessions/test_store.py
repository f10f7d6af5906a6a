"""The store keeps everything, for its owner alone, and says clearly what is wrong with a file."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scenes import situation
from voice_agent.errors import EngineError, UserError
from voice_agent.events import EndReason, Event, SessionEnded, SessionStarted, Stamped, TurnHeard
from voice_agent.sessions.store import SessionStore, default_path
from voice_agent.settings import Settings


def started() -> SessionStarted:
    return SessionStarted(
        scenario=situation(), settings=Settings(), pipeline="offline", engines={}, microphone="m", speaker="s", seed=1,
        program="0",
    )  # fmt: skip


def stamped(*events: Event, session: str = "abcd1234", first: int = 0) -> list[Stamped]:
    wall = datetime(2026, 5, 1, tzinfo=UTC)
    return [
        Stamped(session=session, seq=seq, at_s=float(seq), wall=wall, event=event)
        for seq, event in enumerate(events, start=first)
    ]


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "sessions.db")


def test_what_was_appended_is_read_back_in_order(store: SessionStore) -> None:
    events = stamped(started(), TurnHeard(turn=1, text="hello"), SessionEnded(reason=EndReason.LEARNER))
    store.append(events[:2])
    store.append(events[2:])
    assert store.events("abcd1234") == events
    (summary,) = store.summaries()
    assert (summary.turns, summary.title) == (1, "Dishes in the sink")
    assert summary.ended == events[2].wall


def test_only_the_user_can_read_it(home: Path) -> None:
    path = default_path()
    SessionStore(path).append(stamped(started()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for beside in path.parent.glob("sessions.db-*"):
        assert not beside.stat().st_mode & 0o077


def test_a_second_program_on_the_same_session_is_told_so(store: SessionStore, tmp_path: Path) -> None:
    store.append(stamped(started(), TurnHeard(turn=1, text="hello")))
    other = SessionStore(tmp_path / "sessions.db")
    with pytest.raises(EngineError, match="open in another program"):
        other.append(stamped(TurnHeard(turn=1, text="other"), first=1))
    assert len(store.events("abcd1234")) == 2


def test_two_programs_with_sessions_of_their_own_share_one_store(store: SessionStore, tmp_path: Path) -> None:
    other = SessionStore(tmp_path / "sessions.db")
    for turn in range(20):
        event = started() if turn == 0 else TurnHeard(turn=turn, text="hello")
        store.append(stamped(event, session="one", first=turn))
        other.append(stamped(event, session="two", first=turn))
    assert {summary.turns for summary in store.summaries()} == {19}


def test_a_batch_is_stored_whole_or_not_at_all(store: SessionStore) -> None:
    store.append(stamped(started()))
    with pytest.raises(EngineError):
        store.append([*stamped(TurnHeard(turn=1, text="new"), first=1), *stamped(TurnHeard(turn=1, text="twice"))])
    assert len(store.events("abcd1234")) == 1


def test_a_killed_program_leaves_everything_that_was_appended(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from tests.sessions.test_store import started, stamped
from voice_agent.events import TurnHeard
from voice_agent.sessions.store import SessionStore
store = SessionStore(Path(sys.argv[1]))
store.append(stamped(started()))
for turn in range(1, 50):
    store.append(stamped(TurnHeard(turn=turn, text="words"), first=turn))
    print(turn, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "killed.db"
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert ran.returncode == -9, ran.stderr
    assert len(SessionStore(path).events("abcd1234")) == int(ran.stdout.split()[-1]) + 1


def test_deleting_leaves_no_trace_of_the_words_in_the_file(store: SessionStore, tmp_path: Path) -> None:
    audio = tmp_path / "talk.flac"
    audio.write_bytes(b"sound")
    store.append(stamped(started(), TurnHeard(turn=1, text="a very secret sentence")))
    store.set_audio("abcd1234", audio)
    store.delete("abcd1234")
    store.close()
    assert store.summaries() == []
    assert not audio.exists()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("sessions.db*"))
    assert b"secret sentence" not in files


def test_a_database_from_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    SessionStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("update meta set version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"sessions\.db: was written by a newer voice_agent .*; update voice_agent"):
        SessionStore(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database, only some text that is long enough " * 40, b"\0" * 4096])
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"sessions\.db: .*database"):
        SessionStore(path)
    assert path.read_bytes() == content


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table recipes (name text)")
    connection.close()
    with pytest.raises(UserError, match="is not a voice_agent database"):
        SessionStore(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system can only be mounted by root")
def test_a_full_disk_is_an_error_with_a_cure_and_keeps_what_was_stored(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a file system")
    try:
        store = SessionStore(disk / "sessions.db")
        store.append(stamped(started()))
        with pytest.raises(EngineError, match="free some disk space"):
            for turn in range(1, 500):
                store.append(stamped(TurnHeard(turn=turn, text="words " * 200), first=turn))
        kept = store.events("abcd1234")
        assert [one.seq for one in kept] == list(range(len(kept)))
        store.close()
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_an_id_can_be_given_by_its_beginning(store: SessionStore) -> None:
    store.append(stamped(started(), session="abcd1111"))
    store.append(stamped(started(), session="abce2222"))
    assert store.find("abce").id == "abce2222"
    with pytest.raises(UserError, match="2 sessions begin"):
        store.find("abc")
    with pytest.raises(UserError, match='no session "zz"'):
        store.find("zz")
