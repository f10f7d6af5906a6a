"""The example package does what it says, as somebody else's package would: found by its entry point."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "voice-agent-hum"


def installed(folder: Path) -> dict[str, str]:
    """An environment in which the example is a package with metadata; nothing is downloaded or built."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(EXAMPLE)])}


def ran(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=EXAMPLE, env=installed(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_keeps_the_contract(tmp_path: Path) -> None:
    told = ran(["-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "t")], tmp_path)
    assert "16 passed" in told


def test_the_program_speaks_with_the_example(tmp_path: Path) -> None:
    sample = tmp_path / "sample.wav"
    ran(["-m", "voice_agent", "voices", "play", "voices/hum.toml", "--speaker", str(sample)], tmp_path)
    assert sample.stat().st_size > 50_000
