"""Draws docs/screen.svg: a real typed rehearsal in a terminal of 96 columns. Usage: python scripts/picture.py"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

TYPED = """on monday tuesday and thursday your pans were in the sink when i got up, and i felt worn out
would you wash your dishes the same night before you go to bed?
if the kitchen is clear i'll make breakfast for both of us, and i like living here with you
/end
"""


def main() -> None:
    root = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as home:
        ran = subprocess.run(
            [sys.executable, "-m", "voice_agent", "practice", "roommate-dishes", "--mic", "typed",
             "--speaker", "none", "--no-check-in", "--seed", "4"],
            input=TYPED, capture_output=True, text=True, check=True, env={**os.environ, "VOICE_AGENT_HOME": home},
        )  # fmt: skip
    console = Console(record=True, width=96, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(Text("$ voice-agent practice roommate-dishes --mic typed --speaker none --no-check-in"))
    console.print(Text(ran.stdout.rstrip()))
    console.save_svg(str(root / "docs" / "screen.svg"), title="voice-agent")


if __name__ == "__main__":
    main()
