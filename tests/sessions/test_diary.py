"""Preparations and real talks in the store: kept, backed up, told in progress apart, and really deleted."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.sessions.stories import reading, whole_talk
from tests.sessions.test_store import small_disk
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.errors import UserError
from voice_agent.review.progress import progress_of
from voice_agent.review.progress_lines import progress_lines
from voice_agent.sessions.backup import back_up, restore
from voice_agent.sessions.check import check
from voice_agent.sessions.real_talk import CueCard, Preparation, RealLine, RealTalk
from voice_agent.sessions.retention import delete_overdue, set_keep_days
from voice_agent.sessions.store import SessionStore, default_path

NOW = datetime.now(UTC)


def prepared(name: str = "aa11", days_ago: float = 0) -> Preparation:
    card = CueCard(opening="on monday the sink was full")
    return Preparation(
        id=name, scenario="dishes", title="Dishes", partner="Sam", began=NOW - timedelta(days=days_ago), card=card
    )


def real(name: str = "bb22", days_ago: float = 0) -> RealTalk:
    lines = (
        RealLine(is_learners=True, text="would you wash your dishes", reading=reading("0020022")),
        RealLine(is_learners=False, text="no"),
    )
    return RealTalk(
        id=name, scenario="dishes", title="Dishes", partner="Sam", began=NOW - timedelta(days=days_ago), lines=lines,
        check_in=CheckIn(self_efficacy=60, feelings={Feeling.FEAR: 3}), worked="i stayed calm",
    )  # fmt: skip


@pytest.fixture
def store(home: Path) -> SessionStore:
    return SessionStore(default_path())


def test_an_entry_takes_the_place_of_what_it_was(store: SessionStore) -> None:
    store.diary.keep(prepared(days_ago=1))
    store.diary.keep(real())
    assert [one.id for one in store.diary.entries()] == ["bb22", "aa11"]
    changed = prepared(days_ago=1)
    store.diary.keep(changed)
    assert store.diary.find("aa") == changed
    assert store.diary.find("last") == real()
    assert store.diary.real_talks() == [real()]
    with pytest.raises(UserError, match="no entry"):
        store.diary.find("cc")


def test_a_killed_program_loses_no_step(home: Path) -> None:
    """Keeps entry after entry, tells each on standard output, and is killed in between."""
    program = (
        "from tests.sessions.test_diary import prepared\nfrom voice_agent.sessions.store import SessionStore, default_path\n"
        "import msgspec\nstore = SessionStore(default_path())\n"
        "for n in range(10**6):\n"
        "    store.diary.keep(msgspec.structs.replace(prepared(), said=str(n)))\n    print(n, flush=True)\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as running:
        assert running.stdout is not None
        shown = [int(running.stdout.readline()) for _ in range(20)][-1]
        running.send_signal(signal.SIGKILL)
        shown = max([shown, *(int(line) for line in running.stdout.read().split("\n")[:-1])])
    kept = SessionStore(default_path()).diary.find("last")
    assert isinstance(kept, Preparation)
    assert int(kept.said) >= shown


def test_a_backup_takes_the_diary_along(store: SessionStore, tmp_path: Path) -> None:
    store.diary.keep(prepared())
    back_up(store, tmp_path / "all.backup")
    store.delete_entries(["aa11"])
    assert store.diary.entries() == []
    assert restore(store, tmp_path / "all.backup").entries == 1
    assert restore(store, tmp_path / "all.backup").entries == 0
    assert store.diary.entries() == [prepared()]


def test_deleting_leaves_no_word_and_takes_unchanged_files_along(store: SessionStore, tmp_path: Path) -> None:
    store.diary.keep(prepared())
    ours, theirs = tmp_path / "card.txt", tmp_path / "changed.txt"
    for path in (ours, theirs):
        path.write_bytes(b"card")
        store.diary.note_file("aa11", path, b"card")
    theirs.write_bytes(b"mine now")
    deleted = store.delete_entries(["aa11"])
    assert (deleted.files, [path for path, _ in deleted.left]) == ([ours], [theirs])
    assert deleted.traces == ""
    store.close()
    for path in default_path().parent.glob("sessions.db*"):
        assert b"the sink was full" not in path.read_bytes()


def test_retention_counts_for_the_diary_too(store: SessionStore) -> None:
    store.append(whole_talk("new00001", began=NOW))
    store.diary.keep(prepared(days_ago=40))
    store.diary.keep(real(days_ago=2))
    set_keep_days(store, 30)
    delete_overdue(store, NOW)
    assert [one.id for one in store.diary.entries()] == ["bb22"]


def test_progress_tells_real_talks_apart(store: SessionStore) -> None:
    store.append(whole_talk(began=NOW - timedelta(days=1)))
    before = progress_of(store.digests(), [], NOW)
    store.diary.keep(real())
    told = progress_of(store.digests(), [], NOW, store.diary.real_talks())
    assert (told.skills, told.turns, told.stretches) == (before.skills, before.turns, before.stretches)
    (one,) = told.real_talks
    assert (one.turns, one.share, one.confidence, one.rehearsals) == (1, round(3 / 7, 3), 60, 1)
    lines = progress_lines(told)
    start = lines.index("Real talks (told afterwards, from memory; apart from rehearsals)")
    assert "after 1 rehearsal" in lines[start + 1]
    assert "  Skill: 43% of ratings strong in 1 turn." in lines


def test_a_store_of_the_version_before_gets_a_diary(home: Path) -> None:
    path = default_path()
    SessionStore(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE diary_files")
        raw.execute("DROP TABLE diary")
        raw.execute("UPDATE meta SET version = 2")
    store = SessionStore(path)
    store.diary.keep(prepared())
    assert store.diary.entries() == [prepared()]


def test_an_entry_that_cannot_be_read_is_told_and_can_be_deleted(store: SessionStore) -> None:
    store.diary.keep(prepared())
    with sqlite3.connect(default_path()) as raw:
        raw.execute('UPDATE diary SET body = \'{"kind": "from_the_future"}\'')
    assert check(store).unreadable == ["entry aa11 of the diary can't be read"]
    with pytest.raises(UserError, match="voice-agent diary delete aa11"):
        store.diary.entries()
    store.delete_entries(store.diary.ids())
    assert check(store).is_well


def test_on_a_full_or_read_only_disk_it_is_an_error_with_a_cure_and_keeps_what_was_told(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        store = SessionStore(disk / "sessions.db")
        store.diary.keep(prepared())
        with pytest.raises(UserError, match="free some disk space"):
            for number in range(500):
                store.diary.keep(msgspec.structs.replace(real(f"b{number}", days_ago=1), worked="words " * 500))
        assert store.diary.find("aa11") == prepared()
        store.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        reading = SessionStore(disk / "sessions.db", reads_only=True)
        assert reading.diary.find("last") == prepared()
        with pytest.raises(UserError, match="read-only"):
            reading.diary.keep(real())
        reading.close()
