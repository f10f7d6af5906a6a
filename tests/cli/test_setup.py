"""`voice-agent setup` as a user runs it, against a server of the tests' own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.fakes.file_server import Answer, FileServer, file_server
from tests.models.made import FILES, WEIGHTS, model, toml

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "VOICE_AGENT_MIRROR")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server(home: Path) -> Iterator[FileServer]:
    """Has the model `test-tiny`, which the user has described."""
    with file_server(dict(FILES)) as one:
        folder = home / "config" / "models"
        folder.mkdir(parents=True)
        (folder / "test-tiny.toml").write_text(toml(model(one.url)))
        yield one


pytestmark = pytest.mark.loopback


def model_bin(home: Path) -> Path:
    return home / "data" / "models" / "whisper" / "tiny.test" / "model.bin"


def test_a_model_is_downloaded_listed_and_removed(home: Path, server: FileServer) -> None:
    ran = run("setup", "test-tiny", "--yes", home=home)
    assert ran.returncode == 0, ran.stderr
    assert "test-tiny: A tiny model. Installed." in ran.stdout
    assert "Licence: CC0. From https://example.org" in ran.stderr
    assert model_bin(home).read_bytes() == WEIGHTS
    listed = {row["id"]: row for row in json.loads(run("setup", "--list", "--json", home=home).stdout)}
    assert listed["test-tiny"]["state"] == "installed"
    assert listed["whisper-small-en"]["state"] == "missing"
    assert listed["whisper-small-en"]["size"] == 486_098_798
    removed = run("setup", "--remove", "tiny.test", "--yes", home=home)
    assert "test-tiny removed, 50 kB given back." in removed.stdout
    assert not model_bin(home).exists()
    assert "is not here" in run("setup", "--remove", "test-tiny", home=home).stdout


def test_a_pipeline_of_ones_own_brings_its_models(home: Path, server: FileServer) -> None:
    shipped = (Path(__file__).resolve().parents[2] / "pipelines" / "offline.toml").read_text()
    own = home / "config" / "pipelines" / "mine.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        shipped.replace('id = "offline"', 'id = "mine"').replace(
            'engine = "pocketsphinx"', 'engine = "faster-whisper"\nmodel = "tiny.test"'
        )
    )
    ran = run("setup", "mine", "-y", "--json", home=home)
    assert ran.returncode == 0, ran.stderr
    assert [row["id"] for row in json.loads(ran.stdout)] == ["test-tiny"]
    assert "needed by mine" in run("setup", "--list", home=home).stdout


def test_nothing_is_downloaded_without_a_yes(home: Path, server: FileServer) -> None:
    ran = run("setup", "test-tiny", home=home)
    assert ran.returncode == 2
    assert "nobody can be asked here; add --yes" in ran.stderr
    assert not server.paths


def test_ctrl_c_keeps_the_part_and_the_next_run_goes_on(home: Path, server: FileServer) -> None:
    server.script = [Answer(slow_s=0.2)]
    program = subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "setup", "test-tiny", "--yes"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )
    while server.sent_bytes < 8192:
        assert program.poll() is None
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=10)
    assert program.returncode == 130
    assert "What came is kept" in errors
    assert "Traceback" not in errors
    part = model_bin(home).with_name("model.bin.part")
    size = part.stat().st_size
    assert 0 < size < len(WEIGHTS)
    assert run("setup", "test-tiny", "--yes", home=home).returncode == 0
    assert server.ranges[1] == f"bytes={size}-"
    assert model_bin(home).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("whisper-base-n",), 2, 'no pipeline or model "whisper-base-n"; did you mean "whisper-base-en"?'),
        (("qwertz",), 2, 'no pipeline or model "qwertz"; see `voice-agent setup --list`'),
        (("--remove", "tiny.xx"), 2, 'model "tiny.xx" not found; did you mean "tiny.'),
        (("--remove", "qwertz"), 2, 'model "qwertz" not found; see `voice-agent setup --list`'),
        (("test-tiny", "-y", "--from", "/nowhere"), 2, "/nowhere: there is no such folder"),
        (("test-tiny", "-y", "--mirror", "nonsense"), 2, "--mirror: is no web address"),
        (("test-tiny", "-y"), 1, "setup: 127.0.0.1 has no whisper/tiny.test/model.bin (404)"),
    ],
)
def test_what_fails_is_one_clear_line(
    home: Path, server: FileServer, arguments: tuple[str, ...], code: int, told: str
) -> None:
    server.files = {}
    ran = run("setup", *arguments, home=home)
    assert ran.returncode == code, ran.stderr
    assert told in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr


def test_the_mirror_of_the_environment_is_used(
    home: Path, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "config" / "models" / "test-tiny.toml").write_text(toml(model("https://models.invalid")))
    monkeypatch.setenv("VOICE_AGENT_MIRROR", server.url)
    assert run("setup", "test-tiny", "--yes", home=home).returncode == 0


def test_a_pipeline_without_models_says_so(home: Path) -> None:
    ran = run("setup", "offline", home=home)
    assert ran.returncode == 0
    assert "Pipeline offline needs no downloads." in ran.stderr
