"""What else runs in Python keeps out of a talk's way.

The garbage collector, looking through all objects, would stop every thread for 0.1 s: what is loaded when a talk
begins stays until it ends, so it need not be looked at again. And a thread that computes lets the main loop wait for
each turn at Python's lock: it gets it sooner.
"""

from __future__ import annotations

import atexit
import gc
import sys

SWITCH_S = 0.001
"""A fifth of Python's own: the loop takes several turns at the lock for one key or block of sound."""
USUAL = gc.get_threshold()
LOADING = 50_000
"""New objects after which the collector looks for cycles: loading makes many, and hardly one is garbage."""


def collect_seldom() -> None:
    """For a program that has just started; until `settle`."""
    gc.set_threshold(LOADING)


def settle() -> None:
    """Throw away what an earlier talk or screen left, and set aside all that is there now. Takes 0.1 s."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # What is still set aside when Python ends is never freed, and libraries complain of a leak.
    atexit.unregister(gc.unfreeze)
    atexit.register(gc.unfreeze)
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(*USUAL)  # little at a time, and seldom more than a few milliseconds
