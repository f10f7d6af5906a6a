"""Says in plain words how a turn sounded, against the learner's own way of talking where it is known.

Nothing here judges: an accent, a stutter or a slow voice is nobody's fault, and a note is told only where a
measure is far from the learner's own baseline (or, without one, far outside what listeners are used to).
"""

from __future__ import annotations

import re

from voice_agent.feedback.clauses import clauses
from voice_agent.prosody import Prosody, ProsodyNote, ProsodyNoteKind, SpeechBaseline

MOST_NOTES = 3
"""More than this can't be kept in mind for the next turn."""
_FAST_SYLLABLES, _SLOW_SYLLABLES = 5.6, 2.6
"""Nuclei a second, outside the middle 95 % of conversational English (3 to 6.5 syllables): of ten syllables in fast
speech about eight are found, in slow speech all."""
_SYLLABLES_A_WORD, _BETWEEN = 1.35, 3.5
"""By its words, too, a turn has to be fast or slow: in some voices nuclei run into one another. 1.35 syllables is the
mean of a word in talk."""
_LEAST_VOICED = 0.25
"""A whisper has hardly any voice; ordinary speech half or more."""

_LONG_PAUSE_S = 2.0
_QUIET_END_DB = -9.0
"""The last words of a statement fall by some 3 dB in any voice."""
_ASKS = re.compile(
    r"\b(?:would|could|can|will|shall|may|should|do|does|did|are|is|have|has) (?:you|we|i|he|she|it|they|that)\b|"
    r"^(?:(?:so|and|but|then|or|well|um|uh),? )*(?:what|when|where|why|who|how|which)\b"
)

_Kind = ProsodyNoteKind


def notes(prosody: Prosody | None, baseline: SpeechBaseline | None = None, said: str = "") -> tuple[ProsodyNote, ...]:
    """What stands out, most useful first, at most `MOST_NOTES`; empty when nothing does. said: the turn's words."""
    if prosody is None:
        return (_note(_Kind.QUALITY, "There was too little sound to say how it sounded."),)
    if prosody.loudness_dbfs is None:
        return (_note(_Kind.QUALITY, "There was too much noise around it to say how it sounded."),)
    usual = baseline or SpeechBaseline()
    if prosody.voiced_share < _LEAST_VOICED and prosody.speech_s > 0.6:
        return (
            _note(_Kind.QUALITY, "There was hardly any voice in it, as in a whisper, so its melody is not measured."),
        )
    found = [
        _trailing(prosody),
        _rate(prosody, usual),
        _loudness(prosody, usual),
        None if ends_by_asking(said) else _final_rise(prosody),
        _fillers(prosody),
        _pauses(prosody, usual),
        _steadiness(prosody, usual),
        _melody(prosody, usual),
    ]
    told = tuple(note for note in found if note is not None)[:MOST_NOTES]
    if told or not _is_even(prosody):
        return told
    return (_note(_Kind.STEADINESS, "It sounded even: pace, loudness and ending were steady."),)


def ends_by_asking(said: str) -> bool:
    """The last clause is a question, with or without its mark: a voice may rise at its end."""
    last = (clauses(said) or [""])[-1]
    return last.endswith("?") or bool(_ASKS.search(last.lower()))


def _is_even(prosody: Prosody) -> bool:
    """Pace, loudness and ending were all measured, and none is near what would be told."""
    return (
        prosody.words >= 4
        and prosody.syllables_per_s is not None
        and prosody.loudness_spread_db is not None
        and prosody.longest_pause_s < _LONG_PAUSE_S
        and prosody.trailing_db is not None
        and prosody.trailing_db > _QUIET_END_DB + 3
    )


def _note(kind: ProsodyNoteKind, sentence: str) -> ProsodyNote:
    return ProsodyNote(kind=kind, sentence=sentence)


def _rate(prosody: Prosody, usual: SpeechBaseline) -> ProsodyNote | None:
    rate = prosody.syllables_per_s
    if rate is None or prosody.words < 4:
        return None
    if usual.syllables_per_s:
        ratio = rate / usual.syllables_per_s
        if ratio > 1.25:
            return _note(
                _Kind.RATE, f"You spoke {_percent(ratio - 1)} faster than you usually do; a breath first helps."
            )
        if ratio < 0.75:
            return _note(_Kind.RATE, f"You spoke {_percent(1 - ratio)} slower than you usually do.")
        return None
    by_words = _SYLLABLES_A_WORD * prosody.words / (prosody.speech_s * (1 - prosody.pause_share))
    if rate > _FAST_SYLLABLES and by_words > _BETWEEN:
        return _note(_Kind.RATE, "You spoke fast; a breath first helps.")
    if rate < _SLOW_SYLLABLES and by_words < _BETWEEN:
        return _note(_Kind.RATE, "You spoke slowly, and took your time.")
    return None


def _loudness(prosody: Prosody, usual: SpeechBaseline) -> ProsodyNote | None:
    if prosody.loudness_dbfs is None or usual.loudness_dbfs is None:
        return None  # without a baseline it tells the microphone's distance, not the voice
    change = prosody.loudness_dbfs - usual.loudness_dbfs
    if change < -6:
        return _note(_Kind.LOUDNESS, f"You were {-change:.0f} dB quieter than you usually are.")
    if change > 6:
        return _note(_Kind.LOUDNESS, f"You were {change:.0f} dB louder than you usually are.")
    return None


def _steadiness(prosody: Prosody, usual: SpeechBaseline) -> ProsodyNote | None:
    spread = prosody.loudness_spread_db
    limit = (usual.loudness_spread_db or 4.5) + 2.5
    if spread is None or spread <= limit:
        return None
    return _note(_Kind.STEADINESS, "Your loudness went up and down a good deal.")


def _melody(prosody: Prosody, usual: SpeechBaseline) -> ProsodyNote | None:
    if prosody.pitch_range_st is None or prosody.speech_s < 2:
        return None
    if usual.pitch_range_st and prosody.pitch_range_st < 0.5 * usual.pitch_range_st:
        return _note(_Kind.PITCH, "Your voice stayed on one note more than it usually does.")
    if usual.pitch_hz and prosody.pitch_hz and prosody.pitch_hz > 1.25 * usual.pitch_hz:
        return _note(_Kind.PITCH, "Your voice was higher than it usually is, as it gets when one is tense.")
    return None


def _final_rise(prosody: Prosody) -> ProsodyNote | None:
    if prosody.final_rise_st is None or prosody.final_rise_st < 3.5 or prosody.words < 4:
        return None
    return _note(_Kind.FINAL_RISE, "Your voice rose at the end, so it may sound like a question.")


def _trailing(prosody: Prosody) -> ProsodyNote | None:
    if prosody.trailing_db is None or prosody.trailing_db > _QUIET_END_DB:
        return None
    return _note(_Kind.TRAILING, "The end got quiet; the last words carry the request, so let them be heard.")


def _fillers(prosody: Prosody) -> ProsodyNote | None:
    if prosody.fillers < 3 or prosody.fillers < 0.08 * prosody.words:
        return None
    return _note(_Kind.FILLERS, f"There were {prosody.fillers} fillers (um, uh); a silent pause does the same work.")


def _pauses(prosody: Prosody, usual: SpeechBaseline) -> ProsodyNote | None:
    usual_share = usual.pause_share if usual.pause_share is not None else 0.2
    if prosody.longest_pause_s >= _LONG_PAUSE_S:
        return _note(
            _Kind.PAUSES, f"You paused for {prosody.longest_pause_s:.0f} seconds and went on: that is allowed."
        )
    if prosody.pauses >= 3 and prosody.pause_share > usual_share + 0.25:
        than_usual = ", more than you usually do" if usual.pause_share is not None else ""
        return _note(_Kind.PAUSES, f"You paused {prosody.pauses} times{than_usual}; that is allowed.")
    return None


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
