"""Whether a sound that comes while the partner speaks is the learner interrupting.

Its own policy, apart from the end of turn: while the partner speaks, a cough, a door or "mm-hm" must not
stop it.
"""

from __future__ import annotations

from collections import deque

from voice_agent.audio.protocols import BLOCK_S

CONFIRMED_S = 0.36
"""Speech in the window that counts as an interruption: "mm-hm" and a cough have about 0.3 s of voice."""
WINDOW_S = 0.5


class BargeIn:
    """`block` for each 20 ms of the microphone; True once, when the learner surely speaks."""

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=round(WINDOW_S / BLOCK_S))

    def block(self, *, is_speech: bool) -> bool:
        self._recent.append(is_speech)
        if self.voiced_s < CONFIRMED_S:
            return False
        self._recent.clear()
        return True

    @property
    def voiced_s(self) -> float:
        return sum(self._recent) * BLOCK_S

    def reset(self) -> None:
        self._recent.clear()


BACKCHANNELS = frozenset(
    {
        "mm",
        "mhm",
        "mm-hm",
        "hm",
        "hmm",
        "uh-huh",
        "uh huh",
        "yeah",
        "yes",
        "okay",
        "ok",
        "right",
        "i see",
        "sure",
    }
)
"""A listener's sounds: whoever says only these goes on listening."""


def is_backchannel(text: str) -> bool:
    return text.lower().strip(" .,!?") in BACKCHANNELS
