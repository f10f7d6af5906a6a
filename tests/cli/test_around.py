"""`prepare`, `after` and `diary`, run as a user runs them."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import html5lib
import pytest

from tests.cli.test_commands import run
from tests.scenes import SITUATION
from tests.sessions.stories import whole_talk
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.sessions.real_talk import Preparation
from voice_agent.sessions.store import open_store

BEFORE = (
    "1",
    "would you wash your dishes the same evening",
    "1",
    "i still want the dishes done",
    "1",
    "-",
    "",
    "",
    "",
)


@pytest.fixture
def dishes(tmp_path: Path) -> str:
    path = tmp_path / "dishes.yaml"
    path.write_text(SITUATION)
    return str(path)


def test_a_card_is_made_shown_printed_and_deleted_with_its_entry(home: Path, dishes: str, tmp_path: Path) -> None:
    card = tmp_path / "card.html"
    ran = run(
        "prepare", dishes, "--breathe", "0", "--card", str(card), home=home, stdin="\n".join(BEFORE) + "\n"
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "Step 4 of 4, your card. 0:0" in ran.stdout
    assert card.stat().st_mode & 0o077 == 0
    page = html5lib.HTMLParser(strict=True).parse(card.read_text())
    text = "".join(page.itertext())
    assert "I come back to" in text
    assert "<script" not in card.read_text()
    shown = run("diary", "show", home=home).stdout
    assert "i still want the dishes done" in shown
    entry = run("diary", "list", home=home).stdout.split(":")[0]
    assert run("diary", "delete", entry, "--yes", home=home).returncode == 0
    assert not card.exists()
    assert (
        run("diary", "list", home=home).stdout
        == "Nothing yet. Begin with: voice-agent prepare, or voice-agent after\n"
    )


def test_a_real_talk_is_told_shown_in_progress_and_practised(home: Path) -> None:
    run("scenarios", "import", "-", "--yes", home=home, stdin=SITUATION)
    told = ["70", "", "would you wash your dishes", "No. You always nag.", "", "it was short", "", "y", "1"]
    ran = run("after", "dishes", home=home, stdin="\n".join(told) + "\n")
    assert ran.returncode == 0, ran.stderr
    assert "Practise it: voice-agent practice dishes-real" in ran.stderr
    assert "Real talks" in run("progress", home=home).stdout
    assert json.loads(run("diary", "list", "--json", home=home).stdout)[0]["worked"] == "it was short"
    assert run("scenarios", "check", "dishes-real", home=home).returncode == 0
    assert run("sessions", "delete", "--all", "--yes", home=home).returncode == 0
    left = [path for path in (home / "data").rglob("*") if path.is_file() and b"it was short" in path.read_bytes()]
    assert left == []


def test_bad_input_is_one_line(home: Path, tmp_path: Path) -> None:
    for wishes, told in (
        (("prepare",), "no situation was named; name one of `voice-agent scenarios list`"),
        (("prepare", "no-such"), 'scenario "no-such" not found'),
        (("prepare", "boss-raise", "--card", "card.pdf"), '".pdf" says no format; end it in .txt, .md or .html'),
        (("after", "boss-raise", "--with", "Ann"), "a situation and --with at once"),
        (("after", "--with", " "), "nobody is named"),
        (("diary", "show"), "the diary is empty"),
        (("prepare", "boss-raise", "--hands-free", "--mic", str(tmp_path / "no.wav")), "no.wav"),
    ):
        ran = run(*wishes, home=home)
        assert ran.returncode == 2, ran.stderr
        assert told in ran.stderr
        assert len(ran.stderr.splitlines()) == 1


def test_the_talk_that_was_prepared_for_is_told_and_not_what_was_practised_since(home: Path) -> None:
    began = datetime.now(UTC) - timedelta(hours=1)
    with closing(open_store()) as store:
        store.diary.keep(Preparation(id="p1", scenario="boss-raise", title="A raise", partner="Denise", began=began))
        since = whole_talk("later", began=began + timedelta(minutes=30), scenario=load_scenario("roommate-dishes"))
        store.append(since)
    assert "After the talk with Denise" in run("after", home=home, stdin="\n" * 9).stdout
