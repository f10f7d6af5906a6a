"""What the user asked for on the command line, filled up with what they prefer. Loads no engine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_agent.catalog.preferences import Preferences
from voice_agent.settings import Arm, Mode, Patience

if TYPE_CHECKING:
    from voice_agent.pipeline_plan import PipelinePlan
    from voice_agent.plain.front import Keyboard
    from voice_agent.sessions.store import SessionStore


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRehearsal:
    """What a trial decides about a rehearsal of a participant."""

    store: SessionStore
    """The trial's own; stays open."""
    session: str
    """Id, noted before the rehearsal begins, so that a killed program finds it again."""
    arm: Arm
    most_turns: int
    """Turns of the learner after which the talk is ended."""
    keyboard: Keyboard | None
    """Lines are read by one reader all along a visit; None: the app reads the keys."""
    resume_with: str
    """The command that goes on after a break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for on the command line; None where they did not."""

    pipeline: str | None = None
    """None: the user's own choice."""
    mic: str | None = None
    speaker: str | None = None
    voice: str | None = None
    mode: Mode | None = None
    patience: Patience | None = None
    silence_s: float | None = None
    difficulty: int | None = None
    headphones: bool | None = None
    loudspeaker: bool = False
    """Interrupt by speaking without headphones: an echo canceller is used."""
    check_ins: bool | None = None
    hands_free: bool | None = None
    preferences: Preferences = field(default_factory=Preferences)
    """What stands where nothing was asked for."""
    fast: bool = False
    runs_on: bool = False
    screen: bool = False
    """In the terminal app; else line by line."""
    as_json: bool = False
    meters: bool = False
    shows_times: bool = False
    seed: int | None = None
    keep_audio: bool = False
    """Keep both voices beside the store."""
    trial: TrialRehearsal | None = None

    def with_preferences(self, preferences: Preferences) -> Wishes:
        """What the user did not ask for now is as they like it."""
        return replace(
            self,
            mic=self.mic if self.mic is not None else preferences.microphone or None,
            speaker=self.speaker if self.speaker is not None else preferences.speaker or None,
            voice=self.voice if self.voice is not None else preferences.voice or None,
            mode=self.mode or preferences.mode,
            patience=self.patience or preferences.patience,
            silence_s=preferences.silence_s if self.silence_s is None else self.silence_s,
            headphones=preferences.headphones if self.headphones is None else self.headphones,
            check_ins=preferences.check_ins if self.check_ins is None else self.check_ins,
            hands_free=preferences.hands_free if self.hands_free is None else self.hands_free,
            preferences=preferences,
        )

    def plan(self) -> PipelinePlan:
        """The pipeline asked for, or liked, or the user's own choice elsewhere. Raises UserError."""
        from voice_agent.catalog.chosen import chosen_pipeline  # after the first screen, which needs none

        return chosen_pipeline(self.pipeline or self.preferences.pipeline or None)
