"""`voice-agent doctor` as a user runs it, on a machine without sound."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.fakes.chat_server import Reply, chat_server, streamed

pytestmark = pytest.mark.loopback


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sound server, no keys, and no language model to make."""
    for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_ADAPT", "no")


def on_server(home: Path, url: str) -> None:
    """The pipeline `mine`: as `offline`, with the partner on a server."""
    shipped = (Path(__file__).resolve().parents[2] / "pipelines" / "offline.toml").read_text()
    own = home / "config" / "pipelines" / "mine.toml"
    own.parent.mkdir(parents=True)
    partner = f'engine = "openai"\nbase_url = "{url}"\nmodel = "llama3.1"'
    own.write_text(shipped.replace('id = "offline"', 'id = "mine"').replace('engine = "repertory"', partner))


def test_a_machine_without_sound_is_healthy(home: Path) -> None:
    ran = run("doctor", home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    for component in (
        "disk",
        "folders",
        "models",
        "synthesizer",
        "voice activity",
        "recognizer",
        "rater",
        "partner",
        "advisor",
    ):
        assert any(line.startswith(f"{component}: ok, ") for line in lines), component
    assert any(line.startswith("microphone: not here, ") for line in lines)
    assert any(line.startswith("offline: 0.") and "first sound" in line for line in lines)
    assert "openai: not measured: it asks api.openai.com; add --online" in lines
    assert lines[-1] == "Advised: offline, which you use."


async def test_the_stages_on_a_server_are_really_asked(home: Path) -> None:
    async with chat_server(Reply(streamed("No. Not tonight."))) as server:
        server.models = ["llama3.1:latest"]
        on_server(home, server.url)
        ran = await asyncio.to_thread(run, "doctor", "mine", "--no-sound", "--json", home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(ran.stdout)
    findings = {finding["component"]: finding for finding in found["findings"]}
    gaps = {gap["pipeline"]: gap for gap in found["gaps"]}
    assert findings["sound"]["verdict"] == "not here", "left alone, as asked"
    assert "microphone" not in findings
    assert findings["server of partner"]["verdict"] == "ok"
    assert 'answered "No. Not tonight."' in findings["partner"]["told"]
    assert gaps["mine"]["text_s"] > 0
    assert gaps["mine"]["total_s"] == pytest.approx(
        sum(gaps["mine"][part] for part in ("words_s", "rating_s", "text_s", "sound_s")), abs=0.001
    )
    assert found["advised"] == "mine"


async def test_a_failure_of_something_needed_is_the_exit_code(home: Path) -> None:
    async with chat_server(Reply()) as gone:
        url = gone.url
    on_server(home, url)
    ran = await asyncio.to_thread(run, "doctor", "mine", "--no-sound", home=home)
    assert ran.returncode == 1
    assert f"127.0.0.1 can't be reached; start the server at {url}" in ran.stdout
    assert "Advised: offline: voice-agent practice --pipeline offline" in ran.stdout
