"""Takes out of the microphone what the loudspeaker plays: WebRTC's audio processing, from the livekit package.

Only its echo canceller is used: noise suppression and gain control would change what recognizers and the measures of
the voice hear. Source: the WebRTC project's AEC3, BSD-3, in livekit's Apache-2.0 library.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.errors import EngineError

FRAME_SAMPLES = MIC_RATE_HZ // 100
"""WebRTC works in frames of 10 ms."""


class EchoCanceller(Protocol):
    """One room. Blocking, under 1 ms a block; one thread at a time."""

    def process(self, played: Int16Array, heard: Int16Array) -> Int16Array:
        """The microphone's block without the echo; both 16 kHz mono, shape (n,), n a multiple of 160.

        played: what was sent to the loudspeaker 10 to 150 ms before the echo that `heard` holds.
        """
        ...

    def reset(self) -> None:
        """Forget the room: it is learnt anew within a second, faster than a wrong delay is unlearnt."""
        ...


class WebrtcCanceller:
    """See `EchoCanceller`."""

    def __init__(self) -> None:
        """Loading the library takes 0.4 s. Raises EngineError when it is missing or does not load."""
        try:
            from livekit.rtc import AudioFrame, AudioProcessingModule
        except (ImportError, OSError) as error:
            cure = "reinstall voice-agent, or wear headphones"
            raise EngineError("echo canceller", "the livekit package does not load", cure=cure) from error
        self._frame: Any = AudioFrame
        self._new: Any = AudioProcessingModule
        try:
            self.reset()
        except Exception as error:
            raise EngineError("echo canceller", f"it does not start: {error}", cure="wear headphones") from error

    def reset(self) -> None:
        self._apm: Any = self._new(echo_cancellation=True)

    def process(self, played: Int16Array, heard: Int16Array) -> Int16Array:
        clean = np.empty_like(heard)
        for first in range(0, len(heard), FRAME_SAMPLES):
            span = slice(first, first + FRAME_SAMPLES)
            self._apm.process_reverse_stream(self._frame(played[span].tobytes(), MIC_RATE_HZ, 1, FRAME_SAMPLES))
            frame = self._frame(bytearray(heard[span].tobytes()), MIC_RATE_HZ, 1, FRAME_SAMPLES)
            self._apm.process_stream(frame)
            clean[span] = np.frombuffer(frame.data, np.int16)
        return clean
