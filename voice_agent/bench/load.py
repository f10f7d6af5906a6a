"""What a run costs the machine: how late the event loop is, and the memory."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LOOK_EVERY_S = 0.005


@dataclass(slots=True)
class LoopWatch:
    """How late the event loop is, looked at every 5 ms."""

    late_s: list[float] = field(default_factory=lambda: [0.0])

    async def run(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            self.late_s.append(time.monotonic() - before - LOOK_EVERY_S)


def peak_memory_mb() -> float:
    """Resident at most since the program began; 0 where the system does not tell."""
    with suppress(ImportError):
        import resource  # not on Windows

        unit = 1 if sys.platform == "darwin" else 1024
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
    return 0.0


def resident_mb() -> float:
    """Resident now; 0 where the system does not tell."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    return 0.0
