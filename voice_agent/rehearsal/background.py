"""What a rehearsal knows of the learner beside the situation."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice_agent.care import HelpLines
from voice_agent.catalog.help_lines import load_help_lines, region
from voice_agent.catalog.profile import Profile, load_profile
from voice_agent.prosody import PauseProfile, SpeechBaseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    help_lines: HelpLines
    region: str
    """Whose help lines are shown: ISO 3166, or ZZ."""
    baseline: SpeechBaseline | None = None
    """How the learner sounds when nothing is at stake, where it is known."""
    pauses: PauseProfile = field(default_factory=PauseProfile)
    """How long the learner pauses inside turns."""


def load_background(*, of_user: bool = True) -> Background:
    """Blocking. Raises UserError when a file of the user is broken.

    of_user: False where a synthetic learner speaks, who sounds and pauses like nobody that is known.
    """
    profile = load_profile() if of_user else Profile()
    return Background(help_lines=load_help_lines(), region=region(), baseline=profile.baseline, pauses=profile.pauses)
