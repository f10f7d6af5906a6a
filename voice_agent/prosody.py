"""How a turn sounded: the voice side of *appear Confident*. Shown beside the ratings, never mixed into them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Prosody(msgspec.Struct, frozen=True, kw_only=True):
    """Measures of one spoken turn; None where the sound does not allow one (a whisper has no pitch)."""

    speech_s: float
    """From the first to the last sound of speech, pauses included."""
    words: int
    """Words as recognised."""
    syllables_per_s: float | None = None
    """Articulation rate: syllable nuclei per second of sound, pauses left out."""
    words_per_minute: float | None = None
    """Speech rate: pauses included."""
    pauses: int = 0
    """Silences of 0.25 s or more inside the turn."""
    longest_pause_s: float = 0.0
    pause_share: float = 0.0
    """Part of the turn that is silence, in [0, 1]."""
    fillers: int = 0
    """um, uh, er and the like, as far as the recognizer prints them."""
    loudness_dbfs: float | None = None
    """Mean level of the sounding parts."""
    loudness_spread_db: float | None = None
    """Standard deviation of the level of syllables: steadiness."""
    pitch_hz: float | None = None
    """Median."""
    pitch_range_st: float | None = None
    """Semitones between the 10th and the 90th percentile."""
    final_rise_st: float | None = None
    """Semitones by which the last voiced stretch ends above where it began; a fall is negative."""
    trailing_db: float | None = None
    """Level of the last half second of sound against the turn's mean; negative: it trails off."""
    voiced_share: float = 0.0
    """Part of the sounding frames that have a pitch; low in a whisper."""


class SpeechBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """How this learner talks when nothing is at stake, from the sound check."""

    syllables_per_s: float | None = None
    pause_share: float | None = None
    loudness_dbfs: float | None = None
    loudness_spread_db: float | None = None
    pitch_hz: float | None = None
    pitch_range_st: float | None = None


class PauseProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How long this learner pauses inside turns, so that nobody cuts in. Never learnt from overlapped speech."""

    lengths_s: tuple[float, ...] = ()
    """The last ones, oldest first."""


class ProsodyNoteKind(StrEnum):
    RATE = "rate"
    PAUSES = "pauses"
    FILLERS = "fillers"
    LOUDNESS = "loudness"
    STEADINESS = "steadiness"
    PITCH = "pitch"
    FINAL_RISE = "final_rise"
    TRAILING = "trailing"
    QUALITY = "quality"


class ProsodyNote(msgspec.Struct, frozen=True, kw_only=True):
    """One plain sentence about one measure."""

    kind: ProsodyNoteKind
    sentence: str
