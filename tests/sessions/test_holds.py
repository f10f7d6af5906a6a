"""One program runs a session: proved with two real processes, on a file and on a server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.sessions.stories import whole_talk
from voice_agent.errors import UserError
from voice_agent.events import Stamped, to_json
from voice_agent.sessions.backup import back_up, restore, restore_lines
from voice_agent.sessions.retention import delete_overdue, set_keep_days
from voice_agent.sessions.store import SessionStore

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
OTHER = """
import sys
from pathlib import Path
from voice_agent.sessions.store import SessionStore
place = sys.argv[1]
store = SessionStore(place if "://" in place else Path(place))
store.holds.take(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
store.close()
"""


@contextmanager
def other_program(place: Path | str, session: str) -> Iterator[subprocess.Popen[str]]:
    """One that runs the session until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(place), session],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        yield program
        assert program.stdin is not None
        program.stdin.close()
        program.wait(20)


def unended(session: str, *, began: datetime = NOW) -> list[Stamped]:
    return whole_talk(session, began=began)[:-1]


def test_a_session_that_runs_elsewhere_is_left_alone_until_that_program_ends_or_is_killed(
    place: Path | str, opened: Callable[[], SessionStore]
) -> None:
    store = opened()
    store.append(unended("runs", began=NOW - timedelta(days=30)))
    store.append(whole_talk("old", began=NOW - timedelta(days=30)))
    set_keep_days(store, 7)
    with other_program(place, "runs") as program:
        assert {one.id: one.state for one in store.summaries()} == {"runs": "running", "old": "ended"}
        with pytest.raises(UserError, match="session runs is running in another program; go on there, or end it"):
            store.holds.take("runs")
        with pytest.raises(UserError, match="session runs is running in another program; end it there first"):
            store.delete("runs")
        assert [one.id for one in delete_overdue(store, NOW)] == ["old"]
        assert [one.id for one in store.summaries()] == ["runs"]
        assert len(store.events("runs")) == len(unended("runs"))
        program.send_signal(signal.SIGKILL)
        program.wait(20)
    assert store.find("runs").state == "can be resumed"
    store.holds.take("runs")
    other = opened()
    assert other.find("runs").is_running
    store.holds.leave("runs")
    assert other.delete("runs").sessions == ["runs"]


def test_nothing_is_left_beside_the_store(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    with closing(SessionStore(path)) as store:
        store.append(unended("runs"))
        with other_program(path, "runs"):
            (lock,) = (tmp_path / "running-sessions.db").iterdir()
            assert lock.stat().st_mode & 0o077 == 0
            assert lock.parent.stat().st_mode & 0o077 == 0
        assert not list(lock.parent.iterdir())


def test_a_restore_does_not_write_into_a_running_session(tmp_path: Path) -> None:
    path, target = tmp_path / "sessions.db", tmp_path / "all.backup"
    whole = whole_talk("runs", began=NOW)
    with closing(SessionStore(tmp_path / "elsewhere.db")) as elsewhere:
        elsewhere.append(whole)
        back_up(elsewhere, target)
    lines = tmp_path / "runs.jsonl"
    lines.write_bytes(b"".join(to_json(one) + b"\n" for one in whole))
    with closing(SessionStore(path)) as store:
        store.append(whole[:4])
        with other_program(path, "runs"):
            assert restore(store, target).running == ["runs"]
            assert restore_lines(store, lines).running == ["runs"]
            assert store.events("runs") == whole[:4]
        assert restore(store, target).continued == ["runs"]
        assert store.events("runs") == whole
