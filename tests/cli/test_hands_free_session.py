"""A recorded hands-free session: a synthetic voice says everything, standard input is closed, no key is pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery

SAID = (
    "forty five",
    "fear six",
    "on monday and tuesday your pans were in the sink in the morning",
    "coach, how was that",
    "coach, harder",
    "coach, scratch that",
    "coach, pause",
    "coach, go on",
    "coach, end the talk",
    "coach, yes",
    "seventy",
    "fear three",
)


def record(path: Path, said: tuple[str, ...] = SAID) -> None:
    """What the learner says, a pause after each; the recording waits while somebody else speaks."""
    voice = load_voice("flite-slt")
    spec = engine("synthesizer", voice.engine)
    try:
        synthesizer = spec.open(spec.options(), voice)
    except EngineError as error:
        pytest.skip(str(error))
    rate = synthesizer.sample_rate_hz
    parts = [np.zeros(rate // 2, np.int16)]
    for words in said:
        parts += [block.samples for block in synthesizer.speak(words, Delivery(), threading.Event())]
        parts.append(np.zeros(round(2.6 * rate), np.int16))
    soundfile.write(path, np.concatenate(parts), rate)


def test_a_whole_session_is_practised_without_a_key(tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    record(talk)
    ran = subprocess.run(
        [
            sys.executable, "-m", "voice_agent", "practice", "roommate-dishes", "--hands-free", "--mic", str(talk),
            "--speaker", str(tmp_path / "out.wav"), "--voice", "flite-rms", "--json", "--fast", "--seed", "1",
        ],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110,
        env={**os.environ, "VOICE_AGENT_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    events: list[dict[str, Any]] = [json.loads(line)["event"] for line in ran.stdout.splitlines()]

    def all_of(kind: str) -> list[dict[str, Any]]:
        return [event for event in events if event["kind"] == kind]

    first, last = all_of("CheckInRecorded")
    assert first["check_in"] == {"feelings": {"fear": 6}, "self_efficacy": 45, "trial": {}}
    assert last["check_in"] == {"feelings": {"fear": 3}, "self_efficacy": 70, "trial": {}}
    commands = ["how was that", "harder", "scratch that", "pause", "resume", "end the talk", "yes"]
    assert [event["command"] for event in all_of("VoiceCommandHeard")] == commands
    assert [event["settings"]["difficulty"] for event in all_of("SettingsChanged")] == [3, 2]
    turns = [event["text"] for event in all_of("TurnHeard") if event["text"]]
    assert len(turns) == 1
    assert "in the sink" in turns[0]
    assert events[-1] == {"kind": "SessionEnded", "reason": "learner", "outcome": None}
    samples, rate = soundfile.read(tmp_path / "out.wav")
    assert len(samples) / rate > 60, "partner and coach were heard"
