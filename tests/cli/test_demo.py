"""The demo: the first thing that many run, without a sound card, a model or a question."""

from __future__ import annotations

from pathlib import Path

import soundfile

from tests.cli.test_commands import run


def test_a_whole_talk_is_spoken_heard_rated_and_recorded(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "demo.wav"
    ran = run("demo", "--fast", "--output", str(out), home=home)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert sum(line.startswith("You: ") for line in lines) >= 5
    assert sum(line.startswith("Rating: Describe") for line in lines) >= 5
    assert sum(line.startswith("You could say: ") for line in lines) >= 4
    assert "leaked" not in ran.stderr
    sound, _ = soundfile.read(out)
    assert sound.shape[1] == 2, "learner left, partner right"
    assert abs(sound).max(axis=0).min() > 0.1
