"""How the learner sounded from the first turn to the last: measures beside the ratings, never in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from voice_agent.prosody import Prosody
from voice_agent.sessions.story import Take


class VoiceMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure in each spoken turn that stands."""

    name: str
    unit: str
    turns: tuple[int, ...]
    values: tuple[float, ...]
    sentence: str
    """The change from the first half to the second, or that there is none worth telling."""


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    unit: str
    value: Callable[[Prosody], float | None]
    step: float
    """Smaller changes between the halves are not told: they are within what one speaker varies."""
    more: str
    less: str


_KINDS = (
    _Kind("Pace", "syllables a second", lambda p: p.syllables_per_s, 0.5, "you spoke faster", "you spoke slower"),
    _Kind("Pauses", "% of the turn", lambda p: 100 * p.pause_share, 10, "you paused more", "you paused less"),
    _Kind("Loudness", "dBFS", lambda p: p.loudness_dbfs, 3, "you became louder", "you became softer"),
    _Kind(
        "Melody", "semitones", lambda p: p.pitch_range_st, 1.5, "your voice moved more", "your voice became flatter"
    ),
    _Kind("Fillers", "um, uh, er", lambda p: float(p.fillers), 1, "more fillers", "fewer fillers"),
)


def voice_over_time(takes: Sequence[Take]) -> tuple[VoiceMeasure, ...]:
    """Measures with a value in at least two of the takes."""
    found = []
    for kind in _KINDS:
        spoken = [
            (take.turn, round(value, 1))
            for take in takes
            if take.prosody is not None and (value := kind.value(take.prosody)) is not None
        ]
        if len(spoken) >= 2 and any(value for _, value in spoken):
            turns, values = zip(*spoken, strict=True)
            found.append(
                VoiceMeasure(
                    name=kind.name, unit=kind.unit, turns=turns, values=values, sentence=_sentence(kind, values)
                )
            )
    return tuple(found)


def _sentence(kind: _Kind, values: tuple[float, ...]) -> str:
    half = len(values) // 2
    before, after = (sum(part) / len(part) for part in (values[:half], values[-half:]))
    if abs(after - before) < kind.step:
        return "much the same from beginning to end"
    return f"{kind.more if after > before else kind.less} in the second half"
