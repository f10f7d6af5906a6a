"""`voice-agent voices` with voices that have to be downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.fakes.piper_voice import write_voice
from voice_agent.catalog.voices import load_voice


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have one."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def test_voices_that_are_not_installed_say_so_and_what_they_would_cost(home: Path) -> None:
    listed = run("voices", "list", home=home).stdout
    lines = {line.split(":")[0]: line for line in listed.splitlines()}
    assert lines["piper-us-joe"].endswith("not installed: `voice-agent setup piper-us-joe` downloads 63 MB")
    assert lines["espeak-us-man"].endswith("; works")
    assert "no key for api.openai.com" in lines["openai-nova"]


def test_an_installed_voice_is_told_as_working(home: Path) -> None:
    for file in load_voice("piper-us-joe").files:
        path = home / "data" / "models" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as model:
            model.truncate(file.bytes)
    voices = {voice["id"]: voice for voice in json.loads(run("voices", "list", "--json", home=home).stdout)}
    assert voices["piper-us-joe"]["works"] is True
    assert voices["piper-us-amy"]["works"] is False
    assert voices["piper-us-joe"]["files"][0]["sha256"]


def test_a_voice_says_its_sample_line(home: Path, tmp_path: Path) -> None:
    model, sample = write_voice(tmp_path / "m", "own"), tmp_path / "sample.wav"
    voice = tmp_path / "own.toml"
    voice.write_text(
        f'schema = 1\nid = "own"\ntitle = "Own"\nengine = "piper"\nengine_voice = "{model}"\nlanguage = "en-us"\n'
        'sex = "male"\nage = "old"\nmanner = "m"\nnaturalness = 4\nlicence = "x"\nsource = "y"\n'
        'sample = "One, two, three, four, five, six, seven, eight, nine, ten."\n'
    )
    run("voices", "play", str(voice), "--speaker", str(sample), home=home)
    long = sample.stat().st_size
    run("voices", "play", str(voice), "Yes.", "--speaker", str(sample), home=home)
    assert long > 3 * sample.stat().st_size


def test_a_voice_that_is_not_installed_is_one_line_and_exit_code_1(home: Path) -> None:
    ran = run("voices", "play", "piper-us-joe", home=home)
    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines()[-1].endswith("run `voice-agent setup piper-us-joe`")
    assert "Traceback" not in ran.stderr
