"""Tones to listen for, and time that runs as fast as the work allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from voice_agent.clock import VirtualClock


@asynccontextmanager
async def ticking() -> AsyncIterator[VirtualClock]:
    clock = VirtualClock()
    task = asyncio.create_task(clock.run())
    yield clock
    task.cancel()


def tone(seconds: float, rate: int, hertz: float = 440, amplitude: float = 0.3) -> Any:
    """Float samples in [-1, 1], shape (n,)."""
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def int16(sound: Any) -> Any:
    return (sound * 32767).astype(np.int16)
