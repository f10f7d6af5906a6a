"""Whether what the echo canceller leaves over is quiet enough to trust a voice while the loudspeaker sounds.

Nothing is believed until the canceller has had a second of sound to learn the room from; a room that it can't learn
is told, so that the talk goes on half duplex instead of hearing itself.
"""

from __future__ import annotations

import math
from collections import deque

from voice_agent.audio.level import SILENCE_DBFS, dbfs
from voice_agent.audio.protocols import BLOCK_S, Trust

SETTLING_S = 1.0
"""Of sound from the loudspeaker; the canceller itself learns within half of it."""
HOPELESS_S = 8.0
"""Of sound without the canceller getting the better of it."""
LOSS_DB = 15.0
"""What speech detectors take for a voice is 15 dB above the room; an echo is rarely more than 30."""
LEFT_ABOVE_ROOM_DB = 6.0
"""Echo left over that hardly stands out from the room is as good as none."""
TAIL_S = 0.3
"""A room still sounds this long after the loudspeaker stops."""
_WINDOW_S = 1.0


class EchoGuard:
    """Told each block's levels; `trust` is about the last one."""

    def __init__(self) -> None:
        self._heard: deque[float] = deque(maxlen=round(_WINDOW_S / BLOCK_S))
        self._left: deque[float] = deque(maxlen=round(_WINDOW_S / BLOCK_S))
        self._room: deque[float] = deque(maxlen=round(3.0 / BLOCK_S))
        self._sounded_s = 0.0
        self._since_sound_s = math.inf
        self._is_settled = False

    def block(self, *, sounds: bool, heard_rms: float, left_rms: float) -> None:
        """sounds: the loudspeaker does. heard_rms, left_rms: before and after the canceller, as int16."""
        self._since_sound_s = 0.0 if sounds else self._since_sound_s + BLOCK_S
        if not sounds:
            if self._since_sound_s > TAIL_S:
                self._room.append(heard_rms)
            return
        self._sounded_s += BLOCK_S
        self._heard.append(heard_rms)
        self._left.append(left_rms)
        if not self._is_settled and self._sounded_s >= SETTLING_S and len(self._left) == self._left.maxlen:
            self._is_settled = self.loss_db >= LOSS_DB or self.left_dbfs - self.room_dbfs <= LEFT_ABOVE_ROOM_DB
            if self._is_settled:
                self._sounded_s = 0.0

    def unsettle(self) -> None:
        """Loudspeaker and microphone were laid anew beside each other: the canceller learns again."""
        self._is_settled = False
        self._sounded_s = 0.0
        self._heard.clear()
        self._left.clear()

    @property
    def rest_is_loud(self) -> bool:
        """The loudspeaker sounds, and what is left of the microphone may be taken for a voice."""
        if self._since_sound_s > TAIL_S or not self._is_settled or not self._left:
            return False
        return dbfs(max(list(self._left)[-5:])) - self.room_dbfs > LEFT_ABOVE_ROOM_DB

    @property
    def trust(self) -> Trust:
        return Trust.SURE if self._since_sound_s > TAIL_S else self.trust_in_sound

    @property
    def trust_in_sound(self) -> Trust:
        """What a voice would be worth while the loudspeaker sounds."""
        if self._is_settled:
            return Trust.SURE
        return Trust.SETTLING if self._sounded_s < HOPELESS_S else Trust.ECHO

    @property
    def loss_db(self) -> float:
        """Echo return loss enhancement over the last second of sound: how much softer the canceller makes it."""
        heard, left = _mean_square(self._heard), _mean_square(self._left)
        return 0.0 if heard <= 0 else round(10 * math.log10(heard / max(left, 0.25)), 1)

    @property
    def heard_dbfs(self) -> float:
        """Level of the echo as the microphone hears it."""
        return dbfs(math.sqrt(_mean_square(self._heard)))

    @property
    def left_dbfs(self) -> float:
        """Level of what the canceller leaves of it."""
        return dbfs(math.sqrt(_mean_square(self._left)))

    @property
    def room_dbfs(self) -> float:
        """The room while nothing is played and nobody speaks: its quieter tenth."""
        if not self._room:
            return SILENCE_DBFS
        return dbfs(sorted(self._room)[len(self._room) // 10])


def _mean_square(values: deque[float]) -> float:
    return sum(value**2 for value in values) / len(values) if values else 0.0
