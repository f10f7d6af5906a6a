"""Keeps Python's garbage collector out of a talk: looking through all objects stops every thread for 0.1 s.

What is loaded when a talk begins stays until it ends, so the collector need not look at it again.
"""

from __future__ import annotations

import gc

USUAL = gc.get_threshold()
LOADING = 50_000
"""After so many new objects it looks for cycles among them: loading makes many, and hardly one is garbage."""


def collect_seldom() -> None:
    """For a program that has just started; until `settle`."""
    gc.set_threshold(LOADING)


def settle() -> None:
    """Throw away what an earlier talk or screen left, and set aside all that is there now. Takes 0.1 s."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*USUAL)  # little at a time, and seldom more than a few milliseconds
