"""A claim of a contract, and what the terminal was told meanwhile."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class BrokenContractError(AssertionError):
    """An engine does not do what the program relies on; the message is the claim and what was seen."""


def claim(holds: bool, what: str, seen: object = "") -> None:
    """Raises BrokenContractError when it does not hold."""
    if not holds:
        raise BrokenContractError(f"{what}; seen: {seen}" if seen != "" else what)


@contextmanager
def terminal_silent() -> Iterator[None]:
    """Claims that nothing is written to standard output or error, also not by a C library."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in (1, 2)]
    try:
        with tempfile.TemporaryFile() as written:
            for number in (1, 2):
                os.dup2(written.fileno(), number)
            try:
                yield
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                for number, old in zip((1, 2), kept, strict=True):
                    os.dup2(old, number)
            text = b""
            if os.fstat(written.fileno()).st_size:
                written.seek(0)
                text = written.read()
    finally:
        for old in kept:
            os.close(old)
    claim(not text, "an engine writes nothing to the terminal: that would tear the screen", text[:200])
