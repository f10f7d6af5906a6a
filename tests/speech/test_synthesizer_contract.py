"""Every engine, embedded, neural or on a server, keeps the same contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.piper_voice import write_voice
from tests.fakes.speech_server import speech_server
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError
from voice_agent.registry import engine
from voice_agent.speech.protocols import Synthesizer
from voice_agent.testing.synthesizer import CHECKS, Check, pitch_moves_the_melody

SUBJECTS = [
    "espeak-us-man",
    "espeak-gb-woman",
    "flite-slt",
    "flite-rms",
    "flite-awb",
    "flite-kal16",
    "piper",
    "openai",
    "fixed-cost",
]
KEEP_THEIR_PITCH = ("flite-rms", "openai")
"""They say so in their docstrings."""
PAIRS = [
    pytest.param(
        subject, check, id=f"{subject}-{check.__name__}", marks=pytest.mark.loopback if subject == "openai" else ()
    )
    for subject in SUBJECTS
    for check in CHECKS
    if not (check is pitch_moves_the_melody and subject in KEEP_THEIR_PITCH)
]


@pytest.fixture
def opened(subject: str, home: Path) -> Iterator[Synthesizer]:
    if subject == "openai":
        with speech_server() as server:
            spec = engine("synthesizer", "openai")
            synthesizer: Synthesizer = spec.open(spec.options(base_url=server.url), load_voice("openai-nova"))
            yield synthesizer
            synthesizer.close()
        return
    if subject == "piper":
        write_voice(home / "data" / "models" / "piper", "en_US-joe-medium")
    if subject == "fixed-cost":
        voice = engine("synthesizer", "fixed-cost").own_voice
    else:
        voice = load_voice("piper-us-joe" if subject == "piper" else subject)
    spec = engine("synthesizer", voice.engine)
    try:
        synthesizer = spec.open(spec.options(), voice)
    except EngineError as error:
        pytest.skip(str(error))  # this system has no such library
    yield synthesizer
    synthesizer.close()


@pytest.mark.parametrize(("subject", "check"), PAIRS)
def test_the_contract_holds(check: Check, opened: Synthesizer) -> None:
    check(opened)
