"""The store keeps everything, for its owner alone, and says clearly what is wrong with a file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE

import pytest
from sqlalchemy import inspect, text

from tests.scenes import situation
from voice_agent.errors import EngineError, UserError
from voice_agent.events import EndReason, Event, SessionEnded, SessionStarted, Stamped, TurnHeard, to_json
from voice_agent.sessions.schema import metadata
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


def test_what_was_appended_is_read_back_in_order(any_store: SessionStore) -> None:
    events = stamped(started(), TurnHeard(turn=1, text="hello"), SessionEnded(reason=EndReason.LEARNER))
    any_store.append(events[:2])
    any_store.append(events[2:])
    assert any_store.events("abcd1234") == events
    (summary,) = any_store.summaries()
    assert (summary.turns, summary.title) == (1, "Dishes in the sink")
    assert summary.ended == events[2].wall


def test_only_the_user_can_read_it(home: Path) -> None:
    path = default_path()
    SessionStore(path).append(stamped(started()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for beside in path.parent.glob("sessions.db-*"):
        assert not beside.stat().st_mode & 0o077


def test_a_second_program_on_the_same_session_is_told_so(opened: Callable[[], SessionStore]) -> None:
    store, other = opened(), opened()
    store.append(stamped(started(), TurnHeard(turn=1, text="hello")))
    with pytest.raises(EngineError, match="another program has gone on with this session; end it here"):
        other.append(stamped(TurnHeard(turn=1, text="other"), first=1))
    assert len(store.events("abcd1234")) == 2


def test_a_session_that_was_deleted_meanwhile_is_told_so(opened: Callable[[], SessionStore]) -> None:
    store, other = opened(), opened()
    store.append(stamped(started()))
    other.delete("abcd1234")
    with pytest.raises(EngineError, match="was deleted in another program; end it here and start a new one"):
        store.append(stamped(TurnHeard(turn=1, text="hello"), first=1))
    assert store.summaries() == []


def test_two_programs_with_sessions_of_their_own_share_one_store(opened: Callable[[], SessionStore]) -> None:
    store, other = opened(), opened()
    for turn in range(20):
        event = started() if turn == 0 else TurnHeard(turn=turn, text="hello")
        store.append(stamped(event, session="one", first=turn))
        other.append(stamped(event, session="two", first=turn))
        assert [one.turns for one in store.summaries()] == [turn, turn], "lists are up to date while talks go on"


def test_six_programs_that_start_at_once_make_one_store(place: Path | str) -> None:
    code = """
import sys
from pathlib import Path
from tests.sessions.test_store import started, stamped
from voice_agent.sessions.store import SessionStore
sys.stdin.readline()
place, session = sys.argv[1:]
store = SessionStore(place if place.startswith("postgres") else Path(place))
store.append(stamped(started(), session=session))
store.close()
"""
    programs = [
        subprocess.Popen([sys.executable, "-c", code, str(place), f"s{number}"], stdin=subprocess.PIPE, stderr=PIPE)
        for number in range(6)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write(b"\n")
        program.stdin.flush()
    for program in programs:
        _, errors = program.communicate(timeout=60)
        assert program.returncode == 0, errors.decode()
    store = SessionStore(place)
    assert len(store.summaries()) == 6
    store.close()


def test_a_batch_is_stored_whole_or_not_at_all(any_store: SessionStore) -> None:
    any_store.append(stamped(started()))
    with pytest.raises(EngineError):
        any_store.append(
            [*stamped(TurnHeard(turn=1, text="new"), first=1), *stamped(TurnHeard(turn=1, text="twice"))]
        )
    assert len(any_store.events("abcd1234")) == 1


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
    store.keepsakes.add_recording("abcd1234", audio, first_seq=0)
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


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 256 KiB; `mount -o remount,ro` makes it read-only."""
    if os.geteuid() != 0:
        pytest.skip("a small file system can only be mounted by root")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False)


def test_a_full_disk_is_an_error_with_a_cure_and_keeps_what_was_stored(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        store = SessionStore(disk / "sessions.db")
        store.append(stamped(started()))
        with pytest.raises(EngineError, match="free some disk space"):
            for turn in range(1, 500):
                store.append(stamped(TurnHeard(turn=turn, text="words " * 200), first=turn))
        kept = store.events("abcd1234")
        assert [one.seq for one in kept] == list(range(len(kept)))
        assert store.summaries()[0].turns == len(kept) - 1, "lists need no room"
        with pytest.raises(UserError, match="free some disk space"):
            store.delete("abcd1234")
        assert store.events("abcd1234") == kept, "a deletion that fails is none"
        store.close()


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "killed before"])
def test_a_read_only_disk_lets_read_and_not_write(tmp_path: Path, is_closed: bool) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk / "sessions.db"
        store = SessionStore(path)
        store.append(stamped(started(), TurnHeard(turn=1, text="hello")))
        store.close()
        if not is_closed:
            # A killed program leaves its log beside the file.
            store = SessionStore(path)
            store.append(stamped(TurnHeard(turn=2, text="more"), first=2))
            for name in ("sessions.db", "sessions.db-wal", "sessions.db-shm"):
                shutil.copy(disk / name, tmp_path / name)
            store.close()
            for name in ("sessions.db", "sessions.db-wal", "sessions.db-shm"):
                shutil.copy(tmp_path / name, disk / name)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(UserError, match=r"sessions\.db: .*make the file and its folder writable"):
            SessionStore(path)
        reading = SessionStore(path, reads_only=True)
        assert reading.summaries()[0].turns == (1 if is_closed else 2)
        with pytest.raises(EngineError):
            reading.append(stamped(TurnHeard(turn=9, text="no"), first=9))
        with pytest.raises(UserError, match="read-only"):
            reading.keepsakes.choose("keep_days", "3")
        reading.close()


FIRST_VERSION = """
CREATE TABLE meta (version INTEGER NOT NULL);
INSERT INTO meta VALUES (1);
CREATE TABLE sessions (id VARCHAR(32) NOT NULL, scenario VARCHAR(60) NOT NULL, title TEXT NOT NULL,
  pipeline VARCHAR(60) NOT NULL, started DATETIME NOT NULL, ended DATETIME, audio TEXT, PRIMARY KEY (id));
CREATE TABLE events (session VARCHAR(32) NOT NULL, seq INTEGER NOT NULL, kind VARCHAR(40) NOT NULL,
  at_s FLOAT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (session, seq),
  FOREIGN KEY(session) REFERENCES sessions (id) ON DELETE CASCADE);
INSERT INTO sessions VALUES ('old', 'dishes', 'Dishes', 'offline', '2026-01-01 10:00:00.000000', NULL, '/a/talk.wav');
"""


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    old = stamped(started(), TurnHeard(turn=1, text="hello"), session="old")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST_VERSION)
        for one in old:
            row = ("old", one.seq, type(one.event).__name__, one.at_s, to_json(one).decode())
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
        connection.commit()
    store = SessionStore(path)
    assert store.events("old") == old
    assert [(one.id, one.turns) for one in store.summaries()] == [("old", 1)]
    assert [one.path for one in store.keepsakes.recordings("old")] == [Path("/a/talk.wav")]
    store.append(stamped(TurnHeard(turn=2, text="more"), session="old", first=2))
    assert store.find("old").turns == 2
    store.close()
    assert SessionStore(path).summaries()[0].turns == 2, "a second start finds nothing to do"


def test_migrations_end_in_the_tables_that_the_program_uses(any_store: SessionStore) -> None:
    found = inspect(any_store.database.engine)
    for table in metadata.sorted_tables:
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert {column.name for column in table.columns} <= set(columns)
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"
        assert set(found.get_pk_constraint(table.name)["constrained_columns"]) == {
            column.name for column in table.primary_key
        }
        assert len(found.get_foreign_keys(table.name)) == len(table.foreign_keys)
    assert set(found.get_table_names()) == set(metadata.tables)


def test_a_store_that_was_killed_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    code = """
import os, signal, sys
from pathlib import Path
from voice_agent.sessions import migrations
from voice_agent.sessions.store import SessionStore
def die(connection):
    os.kill(os.getpid(), signal.SIGKILL)
migrations.MIGRATIONS = (migrations.MIGRATIONS[0], die)
SessionStore(Path(sys.argv[1]))
"""
    ran = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert ran.returncode == -9
    store = SessionStore(path)
    store.append(stamped(started()))
    assert len(store.summaries()) == 1


def test_an_event_that_cannot_be_read_hides_no_other_session(any_store: SessionStore) -> None:
    any_store.append(stamped(started(), session="good"))
    any_store.append(stamped(started(), TurnHeard(turn=1, text="hello"), session="bad"))
    with any_store.database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE events SET body = '{}' WHERE session = 'bad' AND seq = 1"))
    assert {one.id for one in any_store.summaries()} == {"good", "bad"}
    readable = {summary.id: digest.readable for summary, digest in any_store.digests()}
    assert readable == {"good": True, "bad": False}
    with pytest.raises(UserError, match=r"event 1 of session bad can't be read.*update voice_agent"):
        any_store.events("bad")


def test_a_damaged_page_is_an_error_with_a_cure(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    store = SessionStore(path)
    for number in range(30):
        store.append(stamped(started(), session=f"s{number}"))
    store.close()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) - 4096] = os.urandom(len(content) - 12288)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"sessions\.db: .*voice-agent sessions restore"):
        SessionStore(path).summaries()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://host/db", '"mysql" is no database that the store can use; use postgresql://'),
        ("nonsense", "is no database URL; write it as postgresql://"),
        ("postgresql://nobody:secret@/none?host=/nowhere", "check the server"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_without_the_password(address: str, told: str) -> None:
    with pytest.raises(UserError) as raised:
        SessionStore(address)
    assert told in str(raised.value)
    assert "secret" not in str(raised.value)


def test_text_of_any_kind_comes_back_unchanged(any_store: SessionStore) -> None:
    words = "nul \0, emoji \N{FACE WITH TEARS OF JOY}, quote ' \" ; DROP TABLE events; -- %s :name"
    events = stamped(started(), TurnHeard(turn=1, text=words))
    any_store.append(events)
    assert any_store.events("abcd1234") == events


def test_an_id_can_be_given_by_its_beginning(any_store: SessionStore) -> None:
    any_store.append(stamped(started(), session="abcd1111"))
    any_store.append(stamped(started(), session="abce2222"))
    assert any_store.find("abce").id == "abce2222"
    with pytest.raises(UserError, match="several sessions begin"):
        any_store.find("abc")
    with pytest.raises(UserError, match='no session "zz"'):
        any_store.find("zz")
