"""Which voice a pipeline speaks with, and what is told when it is not the one asked for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.fakes.piper_voice import write_voice
from voice_agent.catalog.data_files import shipped_folder
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError
from voice_agent.pipeline.stages import Engines, open_engines
from voice_agent.worker import WorkCounter

DISHES = load_scenario("roommate-dishes")
EMBEDDED = ("espeak-ng", "flite")


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have one."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@contextmanager
def opened(flag: str | None = None, **table: Any) -> Iterator[Engines]:
    """flag: the voice of `--voice`; table: the pipeline's `[synthesizer]`."""
    plan = load_pipeline("offline")
    if table:
        plan = msgspec.structs.replace(plan, synthesizer=table)
    engines = open_engines(plan, DISHES, counter=WorkCounter(), hears=False, voice=flag)
    try:
        yield engines
    finally:
        asyncio.run(engines.close())


def of_synthesizer(engines: Engines) -> list[tuple[str, str, str]]:
    return [(fault.happened, fault.done, fault.cure) for fault in engines.faults if fault.stage == "synthesizer"]


@pytest.fixture
def own_voice(home: Path) -> str:
    """A voice file of the user's, of the partner's sex and better than the embedded ones."""
    path = write_voice(home / "mine", "own")
    folder = home / "config" / "voices"
    folder.mkdir(parents=True)
    (folder / "own.toml").write_text(
        f'schema = 1\nid = "own"\ntitle = "Own"\nengine = "piper"\nengine_voice = "{path}"\nlanguage = "en-us"\n'
        f'sex = "{DISHES.partner.voice.sex.value}"\nage = "{DISHES.partner.voice.age.value}"\nmanner = "m"\n'
        'naturalness = 5\nlicence = "x"\nsource = "y"\n',
        encoding="utf-8",
    )
    return "own"


def install(home: Path, voice: str) -> None:
    """Files of the right size, which are no models."""
    for file in load_voice(voice).files:
        path = home / "data" / "models" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as model:
            model.truncate(file.bytes)


def test_without_a_download_the_embedded_voices_speak_and_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with opened() as engines:
        assert engines.names["synthesizer"] in EMBEDDED
        assert engines.coach is not None
        assert engines.coach.name in EMBEDDED
        assert of_synthesizer(engines) == []
        assert engines.hosts == {}


def test_a_better_voice_that_is_there_speaks_without_being_asked_for(own_voice: str) -> None:
    with opened() as engines:
        assert engines.names["voice"] == own_voice
        assert of_synthesizer(engines) == []


def test_neural_voices_asked_for_and_not_installed_are_told_with_the_cure() -> None:
    with opened(engine="piper") as engines:
        assert engines.names["synthesizer"] in EMBEDDED
        [(happened, done, cure)] = of_synthesizer(engines)
    assert happened == "piper: none of its voices is installed"
    assert done == f"{engines.names['voice']} takes over"
    assert cure == "run `voice-agent setup offline`"


def test_a_voice_asked_for_by_name_and_not_installed_is_told_with_the_cure() -> None:
    with opened("piper-gb-cori") as engines:
        assert engines.names["synthesizer"] in EMBEDDED
        [(happened, _, cure)] = of_synthesizer(engines)
    assert happened == "piper-gb-cori: en_GB-cori-medium is not installed"
    assert cure == "run `voice-agent setup piper-gb-cori`"


def test_an_installed_voice_that_is_broken_is_told_and_another_speaks(home: Path) -> None:
    voices = {"male": "piper-us-joe", "female": "piper-us-kristin", "neutral": "piper-us-joe"}
    broken = voices[DISHES.partner.voice.sex.value]
    install(home, broken)
    with opened() as engines:
        assert engines.names["synthesizer"] in EMBEDDED
        [(happened, done, cure)] = of_synthesizer(engines)
    assert happened.startswith(f"{broken}: ")
    assert "is broken" in happened
    assert done == f"{engines.names['voice']} takes over"
    assert cure == f"run `voice-agent setup {broken}`"


def test_options_of_the_engine_are_passed_on(own_voice: str) -> None:
    with opened(engine="piper", threads=1, first_chars=30) as engines:
        assert engines.names["voice"] == own_voice
    with opened("espeak-us-man", engine="piper", threads=1) as engines:
        assert engines.names["voice"] == "espeak-us-man"
        assert of_synthesizer(engines) == []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            {"engine": "piper", "thread": 1},
            r'pipeline offline, \[synthesizer\].*unknown key "thread"; did you mean "thr',
        ),
        ({"engine": "piper", "threads": -1}, r"threads: is -1; choose at least 0"),
        ({"voice": "flite-slt", "threads": 1}, 'unknown key "threads"'),
        ({"engine": "catalogue", "threads": 1}, 'unknown key "threads"; name the engine that it is for'),
        ({"engine": "pipr"}, 'no synthesizer engine is named "pipr"; did you mean "piper"'),
    ],
)
def test_a_mistake_in_the_options_is_told_at_once(table: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told), opened(**table):
        pass


def test_a_speech_server_elsewhere_is_named_on_the_badge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with opened(engine="openai") as engines:
        assert engines.hosts == {"synthesizer": "api.openai.com"}
        assert engines.names["voice"].startswith("openai-")
        assert "sk-secret" not in repr((engines.names, engines.faults))
    with opened(engine="openai", base_url="http://127.0.0.1:9/v1") as engines:
        assert engines.hosts == {}


def test_a_speech_server_without_a_key_is_told_once_and_another_voice_speaks() -> None:
    with opened(engine="openai") as engines:
        assert engines.names["synthesizer"] in EMBEDDED
        assert engines.hosts == {}
        [(happened, _, cure)] = of_synthesizer(engines)
    assert "no key for api.openai.com" in happened
    assert "OPENAI_API_KEY" in cure


def test_the_options_that_a_pipeline_speaks_with_are_shown(home: Path) -> None:
    folder = home / "config" / "pipelines"
    folder.mkdir(parents=True)
    shipped = (shipped_folder("pipelines") / "offline.toml").read_text()
    (folder / "mine.toml").write_text(
        shipped.replace('id = "offline"', 'id = "mine"').replace(
            '"catalogue"', '"openai"\nbase_url = "http://x.org/v1"'
        )
    )
    ran = subprocess.run(
        [sys.executable, "-m", "voice_agent", "pipelines", "show", "mine", "--json"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    shown = json.loads(ran.stdout)["stages"]["synthesizer"]
    assert shown["engine"] == "openai"
    assert shown["leaves_machine"] is True
    assert shown["base_url"] == "http://x.org/v1"
    assert shown["sample_rate_hz"] == 24_000
