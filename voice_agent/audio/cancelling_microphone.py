"""A microphone beside a loudspeaker: what the loudspeaker plays is taken out of what it hears."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np

from voice_agent.audio.echo_canceller import EchoCanceller
from voice_agent.audio.echo_delay import PLAYS_DBFS, EchoDelay, delay_s, share_of
from voice_agent.audio.echo_guard import EchoGuard
from voice_agent.audio.level import dbfs, rms
from voice_agent.audio.played import Played
from voice_agent.audio.protocols import BLOCK_S, MIC_RATE_HZ, Int16Array, MicBlock, Microphone

LEAD_S = 0.04
"""How far what is played is laid before its echo: the canceller wants it first, and a room spreads it."""
LOOK_BLOCKS = 4
"""Between two looks for echo in what is left: a leak halts the partner for a tenth of a second, not more."""
PATIENCE_S = 0.1
_POLL_S = 0.005
_LEAK_WINDOW_S = 1.0
LEAK_SHARE = 0.5
"""Of what is left, made of what was played: an echo that got through has 0.3 to 0.75, a voice beside a working
canceller 0.1 to 0.35 (made-up rooms). A false alarm costs an interruption."""
_SHARED = round(0.6 * MIC_RATE_HZ)
EARLIEST_S, LATEST_S = 0.005, 0.15
"""Between these the canceller finds the echo by itself, and shifting would only make it learn anew."""


class CancellingMicrophone:
    """See `Microphone`. `played` must be the tap of the speaker that is near it."""

    def __init__(self, microphone: Microphone, played: Played, canceller: EchoCanceller) -> None:
        self.name, self.is_live = microphone.name, microphone.is_live
        self._microphone, self._played, self._canceller = microphone, played, canceller
        self._delay = EchoDelay()
        self._recent: deque[tuple[Int16Array, Int16Array, Int16Array]] = deque(maxlen=round(_LEAK_WINDOW_S / BLOCK_S))
        self._since_look = 0
        self.guard = EchoGuard()
        self.delay_s: float | None = None
        """From a block handed to the speaker to its echo, as far as it is known."""

    def hold(self, *, held: bool) -> None:
        self._microphone.hold(held=held)

    async def _wait_for_played(self, place: int) -> bool:
        """Sound servers hand over in bursts; False when what was played does not come."""
        for _ in range(round(PATIENCE_S / _POLL_S)):
            if self._played.is_there(place):
                return True
            await asyncio.sleep(_POLL_S)
        return False

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        self._played.restart()
        self._learn_anew()
        async with aclosing(self._microphone.blocks()) as blocks:
            async for block in blocks:
                if not await self._wait_for_played(block.start_sample):
                    self._learn_anew()
                yield self._cleaned(block)

    def _cleaned(self, block: MicBlock) -> MicBlock:
        played = self._played.beside(block.start_sample)
        sounds = dbfs(rms(played)) > PLAYS_DBFS
        clean = self._canceller.process(played, block.samples)
        self.guard.block(sounds=sounds, heard_rms=rms(block.samples), left_rms=rms(clean))
        self._look_for_leaks(played, block.samples, clean)
        if self._delay.block(played, block.samples, sounds=sounds):
            self._lay()
        return MicBlock(clean, block.start_sample, self.guard.trust)

    def _look_for_leaks(self, played: Int16Array, heard: Int16Array, clean: Int16Array) -> None:
        """A loud rest in which the loudspeaker can be found again is echo, whatever it sounds like.

        A sound server that stumbles moves the echo; the canceller needs up to a second to follow.
        """
        self._recent.append((played, heard, clean))
        self._since_look += 1
        if self._since_look < LOOK_BLOCKS or not self.guard.rest_is_loud:
            return
        self._since_look = 0
        before, came, left = (np.concatenate(side) for side in zip(*self._recent, strict=True))
        # By what is left where all of it is echo, else by what came in.
        for late_s in (delay_s(before, left), delay_s(before, came)):
            if late_s is not None and share_of(before[-_SHARED:], left[-_SHARED:], late_s) > LEAK_SHARE:
                self._learn_anew()
                return

    def _learn_anew(self) -> None:
        self._canceller.reset()
        self._delay.reset()
        self._recent.clear()
        self.guard.unsettle()

    def _lay(self) -> None:
        """Lay the streams so that the echo comes where the canceller looks for it."""
        late_s = self._delay.seconds
        if late_s is None:
            return
        self.delay_s = late_s
        if EARLIEST_S <= late_s <= LATEST_S:
            return
        if self._played.shift(round((late_s - LEAD_S) * MIC_RATE_HZ)):
            self._learn_anew()
