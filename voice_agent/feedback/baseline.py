"""The learner's own way of talking, from some turns at which nothing was at stake."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from voice_agent.prosody import Prosody, SpeechBaseline

LEAST_SPEECH_S = 4.0
"""Less than this tells too little of how somebody talks."""


def baseline_of(measured: Sequence[Prosody]) -> SpeechBaseline | None:
    """The median of each measure; None when there is too little speech."""
    if sum(one.speech_s for one in measured) < LEAST_SPEECH_S:
        return None

    def middle(name: str) -> float | None:
        values = [value for one in measured if (value := getattr(one, name)) is not None]
        return round(statistics.median(values), 3) if values else None

    return SpeechBaseline(
        syllables_per_s=middle("syllables_per_s"),
        pause_share=middle("pause_share"),
        loudness_dbfs=middle("loudness_dbfs"),
        loudness_spread_db=middle("loudness_spread_db"),
        pitch_hz=middle("pitch_hz"),
        pitch_range_st=middle("pitch_range_st"),
    )
