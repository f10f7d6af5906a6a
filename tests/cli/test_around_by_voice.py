"""`after --hands-free` on a recording: a synthetic voice answers, standard input is closed, no key is pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli import test_hands_free_session
from tests.cli.test_commands import run


def test_a_real_talk_is_told_by_voice_alone(home: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.wav"
    said = ("sixty", "fear three", "would you wash your dishes the same night", "skip", "skip", "skip", "skip")
    test_hands_free_session.record(told, said)
    ran = subprocess.run(
        [
            sys.executable, "-m", "voice_agent", "after", "roommate-dishes", "--hands-free", "--mic", str(told),
            "--speaker", str(tmp_path / "out.wav"), "--fast",
        ],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "To leave a question out, say: skip." in ran.stdout
    (entry,) = json.loads(run("diary", "list", "--json", home=home).stdout)
    assert entry["check_in"] == {"feelings": {"fear": 3}, "self_efficacy": 60, "trial": {}}
    assert "dishes" in entry["lines"][0]["text"]
    assert (entry["is_done"], entry.get("worked", "")) == (True, "")
