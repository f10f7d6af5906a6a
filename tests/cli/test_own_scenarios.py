"""Own situations as files: shared as one, taken in, edited, deleted, taken back. Run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.scenes import SITUATION
from voice_agent.catalog.own_scenarios import arrival, delete_own, free_path, own_path
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.errors import UserError


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    path = tmp_path / "shared.yaml"
    path.write_text(SITUATION)
    return path


def own(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "config" / "scenarios").glob("*.yaml"))


def test_what_an_import_would_add_is_told_before_it_is_added(home: Path, shared: Path) -> None:
    told = run("scenarios", "import", str(shared), home=home)
    assert told.returncode == 2
    assert "dishes: Dishes in the sink (social, difficulty 2)" in told.stdout
    assert "nothing was added yet; add --yes" in told.stderr
    assert own(home) == []
    added = run("scenarios", "import", str(shared), "--yes", home=home)
    assert added.returncode == 0, added.stderr
    (path,) = (home / "config" / "scenarios").glob("*.yaml")
    assert path.stat().st_mode & 0o077 == 0
    assert "dishes: Dishes in the sink (social, difficulty 2, yours)" in run("scenarios", "list", home=home).stdout


def test_a_situation_goes_through_one_file_and_stays_the_same(home: Path, shared: Path, tmp_path: Path) -> None:
    target = tmp_path / "away.yaml"
    assert run("scenarios", "export", "boss-raise", "-o", str(target), home=home).returncode == 0
    assert target.stat().st_mode & 0o077 == 0
    again = run("scenarios", "export", "boss-raise", "-o", str(target), home=home)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    back = run("scenarios", "import", "-", "--as", "my-raise", "--yes", home=home, stdin=target.read_text())
    assert back.returncode == 0, back.stderr
    mine, theirs = load_scenario("my-raise"), load_scenario("boss-raise")
    assert mine.lines == theirs.lines
    assert (mine.id, mine.partner, mine.topics) == ("my-raise", theirs.partner, theirs.topics)


def test_an_id_that_is_taken_is_not_taken_twice(home: Path, shared: Path, tmp_path: Path) -> None:
    run("scenarios", "import", str(shared), "--yes", home=home)
    twice = run("scenarios", "import", str(shared), "--yes", home=home)
    assert twice.returncode == 2
    assert "Your own situation of this id would be replaced." in twice.stdout
    assert "belongs to one of yours; add --as NEWID, or --force" in twice.stderr
    assert run("scenarios", "import", str(shared), "--yes", "--force", home=home).returncode == 0
    shipped = tmp_path / "b.yaml"
    shipped.write_text(SITUATION.replace("id: dishes", "id: boss-raise"))
    hides = run("scenarios", "import", str(shipped), "--yes", home=home)
    assert hides.returncode == 2
    assert 'the id "boss-raise" belongs to a shipped situation' in hides.stderr


@pytest.mark.parametrize("bad", ["../../evil", "/etc/evil", "a b", "", "Évil", "-x", "a" * 61])
def test_no_id_leads_out_of_the_folder(home: Path, tmp_path: Path, bad: str) -> None:
    with pytest.raises(UserError, match="is no id; use lower-case letters, digits and single hyphens"):
        arrival(SITUATION.encode(), name="shared.yaml", as_id=bad)
    with pytest.raises(UserError, match="id"):
        arrival(SITUATION.replace("id: dishes", f'id: "{bad}"').encode(), name="shared.yaml")
    for act in (free_path, own_path, lambda name: delete_own(name, for_good=True)):
        with pytest.raises(UserError):
            act(bad)
    assert not list(tmp_path.rglob("*evil*"))


def test_a_bad_id_is_one_line(home: Path) -> None:
    ran = run("scenarios", "new", "--like", "boss-raise", "../../evil", home=home)
    assert ran.returncode == 2
    assert ran.stderr == 'id: "../../evil" is no id; use lower-case letters, digits and single hyphens\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"a: " + b"x" * 2_000_001, "larger than 2 MB"),
        (b"- 1\n", "holds no keys"),
        (b"schema: 1\ntitle: !!python/name:os.system x\n", "not allowed"),
        (SITUATION.replace("difficulty: 2", "difficulty: 9").encode(), "difficulty"),
    ],
)
def test_a_file_that_is_no_scenario_adds_nothing(home: Path, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    ran = run("scenarios", "import", str(path), "--yes", home=home)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert own(home) == []


def test_terminal_codes_in_a_shared_file_are_gone(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "codes.yaml"
    path.write_text(
        SITUATION.replace("title: Dishes", 'title: "\\e[31mDi\\u202eshes').replace("the sink\n", 'the sink"\n', 1)
    )
    ran = run("scenarios", "import", str(path), "--yes", home=home)
    assert ran.returncode == 0, ran.stderr
    assert "\x1b" not in ran.stdout
    assert "\u202e" not in (home / "config" / "scenarios" / "dishes.yaml").read_text()


def test_deleting_can_be_undone_unless_it_was_for_good(home: Path, shared: Path) -> None:
    run("scenarios", "import", str(shared), "--yes", home=home)
    gone = run("scenarios", "delete", "dishes", home=home)
    assert (gone.returncode, own(home)) == (0, [])
    assert "voice-agent scenarios restore dishes" in gone.stderr
    assert run("scenarios", "restore", home=home).stdout == "dishes\n"
    assert run("scenarios", "restore", "dishes", home=home).returncode == 0
    assert own(home) == ["dishes.yaml"]
    run("scenarios", "show", "dishes", home=home)
    run("scenarios", "delete", "dishes", home=home)
    assert run("scenarios", "delete", "dishes", "--for-good", "--yes", home=home).returncode == 0
    assert run("scenarios", "restore", "dishes", home=home).returncode == 2
    left = [path for path in home.rglob("*") if path.is_file() and b"hates to be nagged" in path.read_bytes()]
    assert left == [], "its words are nowhere, the cache included"


def test_a_shipped_situation_is_neither_edited_nor_deleted(home: Path) -> None:
    for command in ("edit", "delete"):
        ran = run("scenarios", command, "boss-raise", home=home)
        assert ran.returncode == 2
        assert '"boss-raise" is shipped; make it yours first' in ran.stderr


def _edit(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    editor = home / "editor.py"
    editor.write_text(f"import sys, pathlib\np = pathlib.Path(sys.argv[1])\nt = p.read_text()\n{script}\n")
    return subprocess.run(
        [sys.executable, "-m", "voice_agent", "scenarios", "edit", "dishes"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        env={**os.environ, "VOICE_AGENT_HOME": str(home), "EDITOR": f"{sys.executable} {editor}"},
    )  # fmt: skip


def test_a_broken_edit_keeps_the_text_and_the_situation(home: Path, shared: Path) -> None:
    run("scenarios", "import", str(shared), "--yes", home=home)
    path = home / "config" / "scenarios" / "dishes.yaml"
    before = path.read_text()
    broken = _edit(home, "p.write_text(t.replace('difficulty: 2', 'difficulty: 7'))")
    assert broken.returncode == 2
    assert "difficulty" in broken.stderr
    assert path.read_text() == before
    mended = _edit(home, "assert 'difficulty: 7' in t\np.write_text(t.replace('difficulty: 7', 'difficulty: 4'))")
    assert mended.returncode == 0, mended.stderr
    assert load_scenario("dishes").difficulty == 4
    assert "Nothing was changed." in _edit(home, "").stderr
    assert not list(path.parent.glob("*.broken"))


def test_an_editor_that_is_not_there_is_told(home: Path, shared: Path) -> None:
    run("scenarios", "import", str(shared), "--yes", home=home)
    ran = subprocess.run(
        [sys.executable, "-m", "voice_agent", "scenarios", "edit", "dishes"],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "VOICE_AGENT_HOME": str(home), "VISUAL": "no-such-editor", "EDITOR": ""},
    )  # fmt: skip
    assert ran.returncode == 2
    assert "editor no-such-editor" in ran.stderr
