"""How long people pause inside a turn: the share of pauses that outlast a silence, and one learner's own measure.

Lengths follow a log-logistic distribution. Its two numbers are fitted to what silence alone gets wrong on real talk
(eot-bench English: 55.6 % of pauses outlast 0.3 s, 21.7 % 0.6 s, 5 % 1.6 s; people who talk to agents).
"""

from __future__ import annotations

import math
from statistics import fmean, median

from voice_agent.prosody import PauseProfile

MEDIAN_S = 0.33
SHAPE = 1.93
PAUSE_S = 0.2
"""Shorter silences are closures and gaps between words, not pauses."""
LONGEST_PAUSE_S = 4.0
"""A longer silence inside a turn says that the learner was elsewhere."""
KEPT = 60
"""Pauses remembered: about three talks, so that the profile follows the learner."""
PRIOR_PAUSES = 12
"""Weight of what is usual against what was heard of this learner."""
LEAST_STRETCH, MOST_STRETCH = 0.8, 2.0
"""However somebody pauses: never much quicker than for most people, never so slow that the talk dies."""


def outlasting(silence_s: float, *, stretch: float = 1.0) -> float:
    """Share of this learner's pauses, in (0, 1], that last longer than `silence_s`.

    stretch: this learner's pauses against most people's.
    """
    return 1.0 / (1.0 + math.pow(max(0.0, silence_s) / (MEDIAN_S * stretch), SHAPE))


def silence_for(share: float, *, stretch: float = 1.0) -> float:
    """Seconds that this share of the learner's pauses outlasts: the inverse of `outlasting`; share in (0, 1]."""
    return MEDIAN_S * stretch * math.pow(1.0 / share - 1.0, 1.0 / SHAPE)


def _usual_log_s() -> float:
    """Mean log length of most people's pauses between `PAUSE_S` and `LONGEST_PAUSE_S`, by its quantiles."""
    low, high = outlasting(LONGEST_PAUSE_S), outlasting(PAUSE_S)
    shares = [low + (high - low) * (step + 0.5) / 200 for step in range(200)]
    return fmean(math.log(silence_for(share)) for share in shares)


_USUAL_LOG_S = _usual_log_s()


def with_pause(profile: PauseProfile, pause_s: float) -> PauseProfile:
    """The profile after one more pause inside a turn; what is no such pause changes nothing."""
    if not PAUSE_S <= pause_s <= LONGEST_PAUSE_S:
        return profile
    return PauseProfile(lengths_s=(*profile.lengths_s, round(pause_s, 2))[-KEPT:])


def stretch_of(profile: PauseProfile) -> float:
    """This learner's pauses against most people's, in [`LEAST_STRETCH`, `MOST_STRETCH`]; 1 when nothing is known."""
    heard = [length for length in profile.lengths_s if PAUSE_S <= length <= LONGEST_PAUSE_S][-KEPT:]
    if not heard:
        return 1.0
    above = fmean(math.log(length) for length in heard) - _USUAL_LOG_S
    stretch = math.exp(above * len(heard) / (len(heard) + PRIOR_PAUSES))
    return min(MOST_STRETCH, max(LEAST_STRETCH, stretch))


def told(profile: PauseProfile) -> str:
    """One sentence; empty when nothing is known."""
    if not profile.lengths_s:
        return ""
    stretch = stretch_of(profile)
    if abs(stretch - 1) < 0.05:
        waits = "your partner waits as long as for most people"
    else:
        waits = f"your partner waits {stretch:.1f} times as long as for most people"
    count = len(profile.lengths_s)
    return f"Pauses inside your turns: {median(profile.lengths_s):.1f} s (median of the last {count}); {waits}."
