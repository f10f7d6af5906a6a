"""Every recognizer, embedded, neural or on a server, keeps the same contract."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.transcription_server import transcription_server
from tests.fakes.whisper_model import random_whisper, talking_clock
from tests.scenes import situation
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.registry import engine
from voice_agent.speech.protocols import Recognizer
from voice_agent.testing.recognizer import CHECKS, Check

pytestmark = pytest.mark.xdist_group("recognition")
SUBJECTS = ["pocketsphinx", "faster-whisper", "openai", "fixed-cost"]
PAIRS = [
    pytest.param(
        subject, check, id=f"{subject}-{check.__name__}", marks=pytest.mark.loopback if subject == "openai" else ()
    )
    for subject in SUBJECTS
    for check in CHECKS
]


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talking_clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, Recognizer]]:
    """PocketSphinx, opened once: its model takes seconds to load, and whoever keeps the contract can go on."""
    recognizers: dict[str, Recognizer] = {}
    yield recognizers
    for recognizer in recognizers.values():
        recognizer.close()


@pytest.fixture
def opened(subject: str, check: Check, clock: Path, home: Path, kept: dict[str, Recognizer]) -> Iterator[Recognizer]:
    spec = engine("recognizer", subject)
    if subject == "pocketsphinx" and "clos" not in check.__name__:
        if subject not in kept:
            kept[subject] = spec.open(spec.options(), load_scenario("roommate-dishes"))
        yield kept[subject]
        return
    if subject == "openai":
        with transcription_server() as server:
            recognizer: Recognizer = spec.open(spec.options(base_url=server.url), situation())
            yield recognizer
            recognizer.close()
        return
    options: dict[str, Any] = {"faster-whisper": {"model": str(clock)}, "fixed-cost": {"delay_s": 0.01}}
    recognizer = spec.open(spec.options(**options.get(subject, {})), situation())
    yield recognizer
    recognizer.close()


@pytest.mark.parametrize(("subject", "check"), PAIRS)
def test_the_contract_holds(check: Check, opened: Recognizer) -> None:
    check(opened)


NEED_NO_WORDS = ("silence", "no_sound", "nothing_is_written", "confidences", "words_have", "closing")


def test_a_model_that_writes_nonsense_breaks_nothing(tmp_path: Path) -> None:
    spec = engine("recognizer", "faster-whisper")
    recognizer = spec.open(spec.options(model=str(random_whisper(tmp_path))), situation())
    for check in CHECKS:
        if check.__name__.startswith(NEED_NO_WORDS):
            check(recognizer)


def test_importing_the_engines_loads_none_of_their_libraries() -> None:
    code = """
import sys
import voice_agent.speech.faster_whisper_recognizer, voice_agent.speech.openai_recognizer
heavy = {"av", "ctranslate2", "faster_whisper", "onnxruntime", "openai", "tokenizers"}
print(sorted(heavy & set(sys.modules)))
from voice_agent.speech.voiced_span import VoicedSpan
VoicedSpan()
print(sorted({"av", "ctranslate2", "faster_whisper"} & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["[]", "[]"], ran.stderr
