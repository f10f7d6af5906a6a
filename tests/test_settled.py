"""What is set aside for a talk is freed when the program ends."""

from __future__ import annotations

import subprocess
import sys

HELD = """
import soxr
from voice_agent.settled import settle
stream = soxr.ResampleStream(16000, 22050, 1, dtype="int16")
held = [stream]
held.append(held)
settle()
"""


def test_no_library_complains_of_a_leak() -> None:
    ran = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stderr == ""
