"""Hands-free practice: what happens is told aloud by the coach, when nobody else speaks."""

from __future__ import annotations

from collections.abc import Callable

from voice_agent.audio.protocols import Speaker
from voice_agent.events import Event, Fault, TalkState
from voice_agent.rehearsal.coach_voice import CoachVoice, Sound
from voice_agent.rehearsal.narration import narrated
from voice_agent.rehearsal.spoken_faults import SpokenFaults
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Settings

_OTHERS_MOVE = (TalkState.HEARING, TalkState.THINKING, TalkState.SPEAKING)


class Aloud:
    """Keeps what is to be said until it can be. All methods are called from the rehearsal's one task."""

    def __init__(self, voice: CoachVoice, speaker: Callable[[], Speaker | None]) -> None:
        self.voice = voice
        self._speaker = speaker
        self._waiting: list[str | Sound] = []
        self._settings: Settings | None = None
        self._faults = SpokenFaults()

    @property
    def is_busy(self) -> bool:
        """Something is being said, or will be."""
        return self.voice.is_speaking or bool(self._waiting)

    def noticed(self, event: Event, talk: Talk) -> None:
        """Take an event that has just been told; says nothing unless practice is hands-free."""
        before, self._settings = self._settings or talk.settings, talk.settings
        if not talk.settings.hands_free:
            return
        if isinstance(event, Fault):
            self._waiting.append(self._faults.sentences(event))
        else:
            self._waiting += narrated(event, talk, before)

    def add(self, *what: str | Sound) -> None:
        """Say this as soon as nobody else speaks."""
        self._waiting += what

    def flush(self, state: TalkState) -> bool:
        """Begin to speak where that is possible now; whether the coach has begun."""
        speaker = self._speaker()
        if not self._waiting or state in _OTHERS_MOVE:
            return False
        waiting, self._waiting = self._waiting, []
        if speaker is None:
            return False
        return [self.voice.say(one, speaker) for one in waiting][-1]

    def stop(self) -> None:
        """Silence, now."""
        self._waiting.clear()
        self.voice.stop(self._speaker())
