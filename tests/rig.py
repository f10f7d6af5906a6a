"""A sound card made of software: PulseAudio with null sinks, so that real PortAudio streams run in the tests."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# norewinds (PulseAudio 15): a null sink else sounds two seconds ahead, and whoever comes later waits as long.
START = [
    "pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1", "--load=module-native-protocol-unix",
    "--load=module-null-sink sink_name=spk rate=48000 norewinds=1", "--load=module-null-sink sink_name=micsink rate=16000 norewinds=1",
    "--load=module-remap-source source_name=mic master=micsink.monitor",
]  # fmt: skip
STOP = ["pulseaudio", "--kill"]


@dataclass
class SoundCard:
    """What is played into `talk` comes out of the microphone; what the program plays can be heard."""

    environment: dict[str, str]
    folder: Path

    def talk(self, wav: Path) -> subprocess.Popen[bytes]:
        """Play a WAV into the microphone."""
        return subprocess.Popen(["paplay", "--device=micsink", str(wav)], env=self.environment)

    @contextmanager
    def hearing(self, wav: Path) -> Iterator[None]:
        """Record the speaker into a WAV meanwhile; the file is whole afterwards."""
        recorder = subprocess.Popen(
            ["parec", "-d", "spk.monitor", "--file-format=wav", "--rate=16000", "--channels=1", "--latency-msec=20",
             str(wav)],
            env=self.environment,
        )  # fmt: skip
        try:
            yield
        finally:
            recorder.terminate()
            recorder.wait(10)

    def plug_in(self) -> None:
        subprocess.run(START, env=self.environment, check=True, capture_output=True)
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, "the sound server did not start"
            time.sleep(0.02)
        for kind, name in (("sink", "spk"), ("source", "mic")):
            subprocess.run(["pactl", f"set-default-{kind}", name], env=self.environment, check=True)

    def unplug(self) -> None:
        subprocess.run(STOP, env=self.environment, check=False, capture_output=True)

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
    try:
        ctypes.CDLL("libportaudio.so.2")
    except OSError:
        return "PortAudio is not installed"
    if not list(Path("/usr").glob("lib*/**/alsa-lib/libasound_module_pcm_pulse.so")):
        return "ALSA has no plugin for PulseAudio"
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
    card = SoundCard(environment, tmp_path)
    card.plug_in()
    yield card
    card.unplug()
