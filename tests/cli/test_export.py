"""`sessions export`, `share` and `unshare`, run as a user runs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.sessions.stories import whole_talk
from voice_agent.events import from_json
from voice_agent.sessions.store import SessionStore, default_path


@pytest.fixture
def talk(home: Path) -> str:
    store = SessionStore(default_path())
    store.append(whole_talk())
    store.close()
    return "abcd1234"


def test_a_report_is_written_by_its_ending_and_goes_with_the_session(home: Path, talk: str, tmp_path: Path) -> None:
    files = {ending: tmp_path / f"talk.{ending}" for ending in ("html", "md", "csv", "jsonl")}
    for file in files.values():
        made = run("sessions", "export", talk, "-o", str(file), home=home)
        assert (made.returncode, made.stderr) == (0, f"Written: {file}\n")
        assert file.stat().st_mode & 0o077 == 0
    assert files["html"].read_text().startswith("<!DOCTYPE html>")
    assert files["md"].read_text().startswith("# Dishes in the sink")
    assert files["csv"].read_text().startswith("session,scenario,")
    assert [from_json(line) for line in files["jsonl"].read_text().splitlines()] == whole_talk()
    files["md"].write_text("my own notes")
    gone = run("sessions", "delete", talk, "--yes", home=home)
    assert f"Left: {files['md']} (was changed since it was written)" in gone.stderr
    assert [ending for ending, file in files.items() if file.exists()] == ["md"]


def test_a_coachs_report_needs_shared_takes(home: Path, talk: str) -> None:
    refused = run("sessions", "export", "--format", "md", "--for-coach", home=home)
    assert refused.returncode == 2
    assert "nothing of session abcd1234 is shared" in refused.stderr
    assert run("sessions", "share", talk, home=home).stdout == "Nothing is shared.\n"
    unknown = run("sessions", "share", talk, "2", "77", home=home)
    assert unknown.returncode == 2
    assert "there is no take 77; choose from 1, 2, 3, 4" in unknown.stderr
    shared = run("sessions", "share", talk, "2", "3", "--check-ins", home=home)
    assert shared.stdout == "Session abcd1234: a coach's report holds takes 2, 3 and the check-ins.\n"
    made = run("sessions", "export", "--format", "md", "--for-coach", home=home)
    assert "on monday the plates were in the sink" in made.stdout
    assert "always leave your plates" not in made.stdout
    assert run("sessions", "unshare", talk, "3", home=home).stdout.endswith("takes 2 and the check-ins.\n")
    assert run("sessions", "unshare", talk, home=home).stdout == "Nothing is shared.\n"
    run("sessions", "share", talk, "--all", home=home)
    whole = run("sessions", "export", "--for-coach", home=home)
    assert whole.returncode == 2
    assert "jsonl holds everything; choose html, md or csv" in whole.stderr


def test_redaction_says_what_it_took_out_and_what_it_cannot_know(home: Path, talk: str) -> None:
    made = run("sessions", "export", "--redact", "--name", "plates", home=home)
    assert "Taken out: Sam, plates. Look the file through" in made.stderr
    assert not re.search(r"\b(sam|plates)\b", made.stdout, re.IGNORECASE)
    assert [json.loads(line)["seq"] for line in made.stdout.splitlines()] == list(range(len(whole_talk())))


def test_formats_that_cannot_be_are_one_line(home: Path, talk: str, tmp_path: Path) -> None:
    for arguments, told in (
        (("-o", "talk.docx"), '".docx" says no format; add --format: md, html, jsonl, csv, flac'),
        (("--format", "flac", "-o", str(tmp_path / "a.flac")), "the sound of session abcd1234 was not kept"),
        (("--format", "flac", "--redact", "-o", "a.flac"), "a voice can't be redacted"),
        (("-o", "/nowhere/talk.md"), "/nowhere/talk.md: No such file or directory; choose another file"),
    ):
        ran = run("sessions", "export", *arguments, home=home)
        assert ran.returncode == 2
        assert told in ran.stderr
        assert len(ran.stderr.strip().splitlines()) == 1


def test_what_the_partner_was_thinking_can_be_left_out(home: Path, talk: str) -> None:
    assert "bad roommate" in run("sessions", "export", "--format", "md", home=home).stdout
    assert "bad roommate" not in run("sessions", "export", "--format", "md", "--no-reveal", home=home).stdout
