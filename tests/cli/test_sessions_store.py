"""`sessions backup`, `restore`, `check`, `keep`, `delete`, run as a user runs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.test_commands import run
from tests.scenes import SITUATION
from tests.sessions.stories import whole_talk
from voice_agent.sessions.store import SessionStore, default_path


def stored(*ages_days: float) -> list[str]:
    """Sessions that began so many days ago; their ids."""
    store = SessionStore(default_path())
    ids = [f"aaaa{number:04}" for number in range(len(ages_days))]
    for session, age in zip(ids, ages_days, strict=True):
        store.append(whole_talk(session, began=datetime.now(UTC) - timedelta(days=age)))
    store.close()
    return ids


def test_backup_and_restore_are_one_command_each(home: Path, tmp_path: Path) -> None:
    stored(1, 2)
    target = tmp_path / "all.backup"
    made = run("sessions", "backup", str(target), home=home)
    assert (made.returncode, made.stderr) == (0, f"Written: {target}, 2 sessions.\n")
    again = run("sessions", "backup", str(target), home=home)
    assert again.returncode == 2
    assert "exists already; choose another name, or add --force" in again.stderr
    assert run("sessions", "delete", "--all", "--yes", home=home).returncode == 0
    back = run("sessions", "restore", str(target), home=home)
    assert "2 sessions added" in back.stderr
    assert len(run("sessions", "list", home=home).stdout.splitlines()) == 2


def test_a_damaged_store_is_told_and_restored(home: Path, tmp_path: Path) -> None:
    stored(1)
    run("sessions", "backup", str(tmp_path / "all.backup"), home=home)
    default_path().write_bytes(b"not a database at all " * 400)
    told = run("sessions", "list", home=home)
    assert told.returncode == 2
    assert "restore a backup: voice-agent sessions restore FILE" in told.stderr
    back = run("sessions", "restore", str(tmp_path / "all.backup"), home=home)
    assert back.returncode == 0, back.stderr
    assert "The damaged store was kept as" in back.stderr
    assert "1 session added" in back.stderr


def test_check_says_what_is_wrong_and_repairs_modes(home: Path) -> None:
    stored(1)
    well = run("sessions", "check", home=home)
    assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "All is well.")
    default_path().chmod(0o644)
    wrong = run("sessions", "check", home=home)
    assert wrong.returncode == 1
    assert "others can reach it" in wrong.stdout
    assert run("sessions", "check", "--repair", home=home).returncode == 0
    assert default_path().stat().st_mode & 0o077 == 0


def test_old_sessions_go_when_the_next_rehearsal_begins_if_that_was_asked_for(home: Path, tmp_path: Path) -> None:
    old, young = stored(50, 1)
    assert "until you delete them" in run("sessions", "keep", home=home).stdout
    set_to = run("sessions", "keep", "30", home=home)
    assert "1 session will be deleted when the next rehearsal begins." in set_to.stdout
    (tmp_path / "dishes.yaml").write_text(SITUATION)
    ran = run(
        "practice", str(tmp_path / "dishes.yaml"), "--mic", "typed", "--speaker", "none", "--no-check-in",
        home=home, stdin="/end\n",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "1 of the sessions" in ran.stderr
    listed = run("sessions", "list", home=home).stdout
    assert old not in listed
    assert young in listed
    assert run("sessions", "keep", "soon", home=home).returncode == 2
    assert "until you delete them" in run("sessions", "keep", "forever", home=home).stdout


def test_deleting_asks_and_names_one_thing(home: Path) -> None:
    first, second, _ = stored(40, 20, 1)
    assert run("sessions", "delete", home=home).returncode == 2
    assert run("sessions", "delete", first, "--all", home=home).returncode == 2
    assert run("sessions", "delete", first, home=home, stdin="n\n").returncode == 130
    assert run("sessions", "delete", first, home=home, stdin="y\n").returncode == 0
    gone = run("sessions", "delete", "--older-than", "10", "--yes", home=home)
    assert second in gone.stderr
    assert len(run("sessions", "list", home=home).stdout.splitlines()) == 1


def test_a_store_that_cannot_be_reached_is_one_line(home: Path) -> None:
    import os
    import subprocess
    import sys

    ran = subprocess.run(
        [sys.executable, "-m", "voice_agent", "sessions", "list"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VOICE_AGENT_HOME": str(home), "VOICE_AGENT_STORE": "postgresql://u:pw@/x?host=/nowhere"},
    )
    assert ran.returncode == 2
    assert "pw" not in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
