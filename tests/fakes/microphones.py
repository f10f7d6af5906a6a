"""A microphone that plays arrays when it is told to, in the clock's time."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MicBlock
from voice_agent.clock import Clock
from voice_agent.errors import EngineError

VOICE = np.tile(np.array([6000, -6000], np.int16), BLOCK_SAMPLES // 2)
STILL = np.tile(np.array([5, -5], np.int16), BLOCK_SAMPLES // 2)


class PlannedMicrophone:
    """plan: seconds of voice (positive) and of silence (negative), from the first block on."""

    is_live = True
    name = "planned"

    def __init__(self, clock: Clock, *, ends: bool = False) -> None:
        self._clock = clock
        self._blocks: list[bool] = []
        self._ends = ends
        self._is_lost = False
        self._is_stuck = False

    def plan(self, *seconds: float) -> None:
        for span in seconds:
            self._blocks += [span > 0] * round(abs(span) / BLOCK_S)

    def lose(self) -> None:
        self._is_lost = True

    def get_stuck(self) -> None:
        self._is_stuck = True

    def hold(self, *, held: bool) -> None:
        pass

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        count = 0
        while not (self._ends and not self._blocks):
            await self._clock.sleep(BLOCK_S)
            if self._is_lost:
                raise EngineError("microphone", "planned is gone", cure="choose another microphone")
            if self._is_stuck:
                await self._clock.sleep(3600)
            voiced = self._blocks.pop(0) if self._blocks else False
            yield MicBlock(VOICE if voiced else STILL, count * BLOCK_SAMPLES)
            count += 1
