"""When a speaker was audible: the tap of a speaker without a sound card, block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.clock import Clock

AUDIBLE = 200
"""Of 32768 (-44 dBFS): below it, speech at this level is breath and room."""


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds; something sounded from start to end."""

    start_s: float
    end_s: float


@dataclass(slots=True)
class SoundLog:
    """`block` is a `Tap`. Times are the clock's."""

    clock: Clock
    rate_hz: int
    spans: list[Span] = field(default_factory=list)
    """One a block that was audible, from its first to its last audible sample."""

    def block(self, samples: Int16Array) -> None:
        loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
        if len(loud):
            at_s = self.clock.now_s()
            self.spans.append(Span(at_s + int(loud[0]) / self.rate_hz, at_s + int(loud[-1] + 1) / self.rate_hz))

    def from_zero(self, zero_s: float) -> list[Span]:
        """The spans by a clock that stood at 0 then."""
        return [Span(span.start_s - zero_s, span.end_s - zero_s) for span in self.spans]


def joined(spans: list[Span], longest_gap_s: float) -> list[Span]:
    """Spans with the short gaps between them filled."""
    found: list[Span] = []
    for span in spans:
        if found and span.start_s - found[-1].end_s <= longest_gap_s:
            found[-1] = Span(found[-1].start_s, max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return found
