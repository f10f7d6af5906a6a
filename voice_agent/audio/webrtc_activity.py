"""Voice activity by WebRTC's detector, kept honest by the level of the room.

The detector alone takes hum, fans and music for speech. A block counts only when it also stands out from the
room's noise floor, tracked as the lowest level of the last seconds (minimum statistics, after Martin 2001,
"Noise power spectral density estimation based on optimal smoothing and minimum statistics").
"""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any

import msgspec

from voice_agent.audio.level import SILENCE_DBFS, dbfs, rms
from voice_agent.audio.protocols import BLOCK_S, MIC_RATE_HZ, Int16Array
from voice_agent.registry import EngineSpec

FLOOR_WINDOW_S = 3.0
"""Long enough to hold a gap between words in steady talk, short enough to learn a fan that was switched on."""
FLOOR_STEP_S = 0.5
QUIETEST_DBFS = -62.0
"""Below this nothing is speech, however still the room."""


class WebrtcOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    aggressiveness: Annotated[int, msgspec.Meta(ge=0, le=3)] = 2
    """How readily the detector says no: 0 to 3."""
    above_floor_db: Annotated[float, msgspec.Meta(ge=0, le=30)] = 6.0
    """Decibels by which speech stands out from the room."""


class WebrtcActivity:
    """See `VoiceActivity`."""

    def __init__(self, options: WebrtcOptions) -> None:
        self._detector: Any = None
        self._aggressiveness = options.aggressiveness
        self._above_floor_db = options.above_floor_db
        self._minima: deque[float] = deque(maxlen=round(FLOOR_WINDOW_S / FLOOR_STEP_S))
        self._lowest = 0.0
        self._blocks = 0
        self._level = SILENCE_DBFS
        self.reset()

    @property
    def floor_dbfs(self) -> float:
        """The room's level; the quietest possible until something was heard."""
        return min([*self._minima, self._lowest]) if self._blocks or self._minima else SILENCE_DBFS

    def is_speech(self, samples: Int16Array) -> bool:
        level = dbfs(rms(samples))
        # Smoothed over about 60 ms, so that one quiet block inside a vowel does not look like the floor.
        self._level = level if self._blocks == 0 and not self._minima else 0.7 * self._level + 0.3 * level
        self._lowest = min(self._lowest, self._level) if self._blocks else self._level
        self._blocks += 1
        if self._blocks * BLOCK_S >= FLOOR_STEP_S:
            self._minima.append(self._lowest)
            self._blocks = 0
        if level < QUIETEST_DBFS or level < self._speech_floor() + self._above_floor_db:
            # The detector keeps a state of its own and must hear every block.
            self._detector.is_speech(samples.tobytes(), MIC_RATE_HZ)
            return False
        return bool(self._detector.is_speech(samples.tobytes(), MIC_RATE_HZ))

    def _speech_floor(self) -> float:
        """The floor once there is evidence for it: a talk that begins with speech has no floor yet."""
        return self.floor_dbfs if len(self._minima) >= 2 else min(self.floor_dbfs, QUIETEST_DBFS)

    def reset(self) -> None:
        """A new stretch of listening in the same room: the floor stays, the detector starts afresh."""
        import webrtcvad  # compiled module, 2 ms

        # It has no reset of its own; a new one takes microseconds.
        self._detector = webrtcvad.Vad(self._aggressiveness)


def _open(options: WebrtcOptions) -> WebrtcActivity:
    return WebrtcActivity(options)


SPEC = EngineSpec(options=WebrtcOptions, open=_open)
