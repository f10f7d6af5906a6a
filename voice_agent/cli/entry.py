"""The console script: quiet when it is interrupted while it still loads, and quick to load."""

from __future__ import annotations

import os
import signal

from voice_agent.settled import collect_seldom

INTERRUPTED = 130


def run() -> None:
    """Load the program and run it."""
    collect_seldom()
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from voice_agent.cli.main import run as run_program  # typer, 60 ms

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run_program()
    except KeyboardInterrupt:  # in the moments before and after the program minds it itself
        os._exit(INTERRUPTED)
