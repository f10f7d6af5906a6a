"""Learns during a talk how long this learner pauses inside turns, and keeps it with the user's profile."""

from __future__ import annotations

import msgspec

from voice_agent.catalog.profile import load_profile, save_profile
from voice_agent.pipeline.turn_end.pauses import stretch_of, with_pause
from voice_agent.prosody import PauseProfile


class PauseMemory:
    """Only a person at a microphone is learnt from: recordings and synthetic learners are somebody else."""

    def __init__(self, profile: PauseProfile) -> None:
        self.profile = profile
        self._new_s: list[float] = []

    @property
    def stretch(self) -> float:
        """This learner's pauses against most people's."""
        return stretch_of(self.profile)

    def heard(self, pause_s: float) -> None:
        """A pause inside a turn that nobody talked over."""
        after = with_pause(self.profile, pause_s)
        if after is not self.profile:
            self.profile = after
            self._new_s.append(pause_s)

    def save(self) -> None:
        """Add what is new to the user's profile. Blocking. Raises UserError when its file is broken."""
        if not self._new_s:
            return
        # Read anew: what was forgotten during the talk stays forgotten.
        kept = load_profile()
        pauses = kept.pauses
        for pause_s in self._new_s:
            pauses = with_pause(pauses, pause_s)
        self._new_s = []
        save_profile(msgspec.structs.replace(kept, pauses=pauses))
