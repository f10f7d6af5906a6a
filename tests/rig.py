"""A sound card made of software: PulseAudio with null sinks, so that real PortAudio streams run in the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class SoundCard:
    """What is played into `talk` comes out of the microphone; what the program plays can be heard."""

    environment: dict[str, str]
    folder: Path

    def talk(self, wav: Path) -> subprocess.Popen[bytes]:
        """Play a WAV into the microphone."""
        return subprocess.Popen(["paplay", "--device=micsink", str(wav)], env=self.environment)

    def hear(self, wav: Path, seconds: float) -> subprocess.Popen[bytes]:
        """Record the speaker into a WAV for some seconds."""
        return subprocess.Popen(
            ["timeout", str(seconds), "parec", "-d", "spk.monitor", "--file-format=wav", "--rate=16000", "--channels=1",
             "--latency-msec=20", str(wav)],
            env=self.environment,
        )  # fmt: skip

    def unplug(self) -> None:
        subprocess.run(["pulseaudio", "--kill"], env=self.environment, check=False, capture_output=True)

    def python(self, code: str, *arguments: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run code in a fresh interpreter: PortAudio reads its environment when it starts."""
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def _missing() -> str | None:
    for program in ("pulseaudio", "pactl", "paplay", "parec"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


@pytest.fixture
def sound_card(tmp_path: Path) -> Iterator[SoundCard]:
    if (why := _missing()) is not None:
        pytest.skip(f"no sound server: {why}")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(runtime),
        "PULSE_RUNTIME_PATH": str(runtime / "pulse"),
        "HOME": str(tmp_path),
        "PULSE_SERVER": f"unix:{runtime}/pulse/native",
    }
    subprocess.run(
        ["pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1", "--load=module-native-protocol-unix",
         "--load=module-null-sink sink_name=spk rate=48000", "--load=module-null-sink sink_name=micsink rate=16000",
         "--load=module-remap-source source_name=mic master=micsink.monitor"],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    deadline = time.monotonic() + 10
    while subprocess.run(["pactl", "info"], env=environment, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, "the sound server did not start"
        time.sleep(0.05)
    for kind, name in (("sink", "spk"), ("source", "mic")):
        subprocess.run(["pactl", f"set-default-{kind}", name], env=environment, check=True)
    yield SoundCard(environment, tmp_path)
    subprocess.run(["pulseaudio", "--kill"], env=environment, check=False, capture_output=True)
