"""Libraries kept from writing on the terminal: a line of theirs would tear the screen, or be read out."""

from __future__ import annotations

import logging


def quieten(*libraries: str) -> None:
    """Let only their errors be told."""
    for name in libraries:
        logging.getLogger(name).setLevel(logging.ERROR)
