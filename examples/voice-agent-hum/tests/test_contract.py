"""The engine is found by its name, and keeps the contract that every shipped engine keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent.catalog.voices import load_voice
from voice_agent.registry import engine
from voice_agent.speech.protocols import Synthesizer
from voice_agent.testing.synthesizer import CHECKS, Check

VOICE_FILE = Path(__file__).parent.parent / "voices" / "hum.toml"


@pytest.fixture
def hum() -> Synthesizer:
    spec = engine("synthesizer", "hum")
    synthesizer: Synthesizer = spec.open(spec.options(), load_voice(str(VOICE_FILE)))
    return synthesizer


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_contract_holds(check: Check, hum: Synthesizer) -> None:
    check(hum)
