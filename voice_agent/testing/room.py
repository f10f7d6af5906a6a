"""A made-up room: the microphone hears the loudspeaker after a delay, with the room's echo, beside whoever speaks."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, MicBlock
from voice_agent.audio.resampling import StreamResampler
from voice_agent.clock import Clock

Floats = npt.NDArray[np.float64]


def impulse_response(*, level_db: float, delay_s: float, decay_s: float = 0.25, seed: int = 1) -> Floats:
    """Of a room at 16 kHz: direct sound, then noise that falls by 60 dB in `decay_s` seconds.

    level_db: of what comes in against what was sent. delay_s: of the devices and the way through the air.
    """
    count = round(decay_s * MIC_RATE_HZ)
    response = np.random.default_rng(seed).normal(0, 1, count)
    response *= np.exp(-6.9 * np.arange(count) / count)
    response[0] = 3.0
    response *= 10 ** (level_db / 20) / np.sqrt(np.sum(response**2))
    return np.concatenate([np.zeros(round(delay_s * MIC_RATE_HZ)), response])


class RoomMicrophone:
    """See `Microphone`: 20 ms of the room each 20 ms of the clock. `played` is the speaker's tap."""

    name = "made-up room"
    is_live = True

    def __init__(
        self, clock: Clock, speaker_rate_hz: int, response: Floats | None, *, noise_dbfs: float = -66.0, seed: int = 2
    ) -> None:
        """response: None for headphones."""
        self._clock = clock
        self._resampler = StreamResampler(speaker_rate_hz, MIC_RATE_HZ)
        self._response = response
        self._played = np.zeros(len(response) + BLOCK_SAMPLES if response is not None else 0)
        self._waiting = np.zeros(0)
        self._noise = 32768 * 10 ** (noise_dbfs / 20)
        self._random = np.random.default_rng(seed)
        self._said = np.zeros(0)
        self.samples = 0
        """That came out so far."""

    def played(self, samples: Int16Array) -> None:
        """A block as it sounds, at the speaker's rate."""
        self._waiting = np.concatenate([self._waiting, self._resampler.feed(samples)])

    def say(self, samples: Int16Array) -> None:
        """Someone (or something) beside the loudspeaker, from the next block on; 16 kHz."""
        self._said = np.concatenate([self._said, samples])

    def hold(self, *, held: bool) -> None:
        """A room can't be held."""

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        while True:
            await self._clock.sleep(BLOCK_S)
            said, self._said = self._said[:BLOCK_SAMPLES], self._said[BLOCK_SAMPLES:]
            sound = self._random.normal(0, self._noise, BLOCK_SAMPLES) + self._echo()
            sound[: len(said)] += said
            start, self.samples = self.samples, self.samples + BLOCK_SAMPLES
            yield MicBlock(sound.clip(-32768, 32767).astype(np.int16), start)

    def _echo(self) -> Floats:
        if self._response is None:
            return np.zeros(BLOCK_SAMPLES)
        new, self._waiting = self._waiting[:BLOCK_SAMPLES], self._waiting[BLOCK_SAMPLES:]
        new = np.concatenate([new, np.zeros(BLOCK_SAMPLES - len(new))])
        self._played = np.concatenate([self._played[BLOCK_SAMPLES:], new])
        return np.convolve(self._played, self._response, "valid")[-BLOCK_SAMPLES:]
