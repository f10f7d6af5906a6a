"""What the program asks of a microphone, a speaker and a voice activity detector."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import numpy as np
import numpy.typing as npt

Int16Array = npt.NDArray[np.int16]
"""Mono samples, shape (n,)."""

MIC_RATE_HZ = 16_000
"""Every recognizer and detector here wants this rate."""
BLOCK_SAMPLES = 320
"""20 ms at 16 kHz: a frame length that webrtcvad takes."""
BLOCK_S = BLOCK_SAMPLES / MIC_RATE_HZ
DUCKED_GAIN = 10 ** (-12 / 20)
"""Soft enough to hear oneself, loud enough that a cough hardly shows in what is played."""


class Loudness(Enum):
    """How loudly a speaker plays what is queued."""

    FULL = 1.0
    DUCKED = DUCKED_GAIN
    HELD = 0.0
    """Nothing sounds and nothing is lost: the queue waits."""


class Trust(Enum):
    """Whether a voice in a block can only be the learner's."""

    SURE = auto()
    SETTLING = auto()
    """The loudspeaker sounds, and the echo canceller does not know the room yet."""
    ECHO = auto()
    """The loudspeaker sounds, and the canceller can't take it out."""


@dataclass(frozen=True, slots=True)
class MicBlock:
    """20 ms of the microphone."""

    samples: Int16Array
    """Shape (320,), 16 kHz."""
    start_sample: int
    """Place in the microphone's stream, from 0; a gap shows blocks that were lost."""
    trust: Trust = Trust.SURE


class Microphone(Protocol):
    """A source of 20 ms blocks, already mono at 16 kHz."""

    name: str
    is_live: bool
    """Whether a person is at the other end (a sound card) rather than a recording."""

    def blocks(self) -> AsyncGenerator[MicBlock, None]:
        """Blocks as they come, until the source ends; closing the generator frees the device.

        Raises EngineError("microphone", ...) when the device is lost or goes silent at the driver.
        """
        ...

    def hold(self, *, held: bool) -> None:
        """While held, a recording waits (silence comes instead); a live microphone ignores this."""
        ...


class Speaker(Protocol):
    """A sink that plays mono samples and can tell what has been heard."""

    name: str
    sample_rate_hz: int

    async def open(self) -> None:
        """Take the device. Raises UserError when there is no such device, EngineError when it fails."""
        ...

    async def write(self, samples: Int16Array) -> None:
        """Queue samples; waits while more than `QUEUE_S` seconds are unplayed.

        Raises EngineError("speaker", ...) when the device is lost.
        """
        ...

    def clear(self) -> int:
        """Drop what is queued, with a fade of 5 ms, and be loud again; the number of samples heard since `open`."""
        ...

    def set_loudness(self, loudness: Loudness) -> None:
        """Give way, or be loud again; after a halt the word that was broken off is said again."""
        ...

    def heard_samples(self) -> int:
        """Samples written here that have left the device since `open`, silence between them not counted.

        Goes back by a word when the speaker goes on after a halt.
        """
        ...

    def queued_samples(self) -> int:
        """Samples written and not yet heard or dropped."""
        ...

    async def drained(self) -> None:
        """Wait until everything queued has been heard or dropped."""
        ...

    async def close(self) -> None: ...


QUEUE_S = 20.0
"""Unplayed sound that a speaker holds: a long reply fits, and `clear` drops it at once."""


class VoiceLikelihood(Protocol):
    """How likely there is a voice; slower than `VoiceActivity`, and not taken in by coughs and knocks."""

    window_s: float
    """Sound that each probability is about."""

    def feed(self, samples: Int16Array) -> npt.NDArray[np.float32]:
        """Probability in [0, 1] for each window that has become whole, shape (windows,); 16 kHz mono."""
        ...

    def reset(self) -> None: ...


class VoiceActivity(Protocol):
    """Whether a block holds a voice. Cheap enough for the event loop (under 1 ms a block)."""

    def is_speech(self, samples: Int16Array) -> bool:
        """samples: shape (320,), 16 kHz."""
        ...

    def reset(self) -> None: ...
