"""What was measured on a track: plain data, written as JSON."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Seconds."""

    median: float
    p95: float
    worst: float
    n: int


def spread(values: Sequence[float | None]) -> Spread | None:
    """None where there is no value. The 95th percentile is the nearest rank."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    rank = math.ceil(0.95 * len(known)) - 1
    median, p95, worst = (round(one, 4) for one in (statistics.median(known), known[rank], known[-1]))
    return Spread(median, p95, worst, len(known))


class TurnReport(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the truth. Times of the track in seconds."""

    number: int
    """From 1."""
    start: float
    end: float
    said: str
    """The truth's words; empty where it has none."""
    barge_in: bool
    heard: str
    """What the turn came to after it was over; empty when it was never heard."""
    gap_s: float | None
    """From the end of speech to the first audible sample; None: no answer before the next turn, or a cut-in."""
    cut_ins: tuple[float, ...]
    """When the partner became audible inside the turn."""
    withdrawn: int
    """Times that a turn was taken for over and its answer withdrawn unheard."""
    calls: int
    wasted: int
    """Calls whose reply was never heard."""
    to_silence_s: float | None
    """From the start of the turn to the last sample of a partner who was speaking; None when it was not."""
    confirmed_to_silence_s: float | None
    """The same from the moment in which the speech was taken for an interruption."""
    stages: dict[str, Any]
    """The program's own times of the turn (`TurnTimed`)."""


class ServerReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the stub server saw."""

    requests: int
    cancelled: int
    """Connections that the client closed before the answer's end."""
    words_sent: int
    words_of_replies: int
    """That many would have been sent, had nobody left."""


class TrackReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole track."""

    track: str
    pipeline: str
    engines: dict[str, str]
    patience: str
    replies_ahead: int
    """That might be prepared for one turn."""
    is_virtual: bool
    """Measured on a virtual clock: what this machine itself takes is not in it."""
    seconds: float
    turns: tuple[TurnReport, ...]
    gap: Spread | None
    """Of the turns that don't interrupt."""
    gap_after_barge_in: Spread | None
    unanswered: int
    cut_ins: int
    turns_cut: int
    calls_per_turn: float
    wasted_per_turn: float
    to_silence: Spread | None
    confirmed_to_silence: Spread | None
    stages: dict[str, Spread]
    server: ServerReport | None
    cpu: float
    """Cores used on average; the stub server's share, a few hundredths, included."""
    memory_mb: float
    """Resident at most."""
    loop_late_s: float
    """The event loop was never later than this."""
    faults: tuple[str, ...]
    ended: str
    """Why the talk ended: `microphone_ended` when the track was heard to its end."""


def track_report(turns: Sequence[TurnReport], **known: Any) -> TrackReport:
    """The figures of all turns beside what is known of the run."""
    plain = [turn for turn in turns if not turn.barge_in]
    stages: dict[str, list[float]] = {}
    for turn in turns:
        for name, value in turn.stages.items():
            if isinstance(value, float):
                stages.setdefault(name, []).append(value)
    return TrackReport(
        turns=tuple(turns),
        gap=spread([turn.gap_s for turn in plain]),
        gap_after_barge_in=spread([turn.gap_s for turn in turns if turn.barge_in]),
        unanswered=sum(turn.gap_s is None and not turn.cut_ins for turn in turns),
        cut_ins=sum(len(turn.cut_ins) for turn in turns),
        turns_cut=sum(bool(turn.cut_ins) for turn in turns),
        calls_per_turn=round(sum(turn.calls for turn in turns) / len(turns), 3),
        wasted_per_turn=round(sum(turn.wasted for turn in turns) / len(turns), 3),
        to_silence=spread([turn.to_silence_s for turn in turns]),
        confirmed_to_silence=spread([turn.confirmed_to_silence_s for turn in turns]),
        stages={name: told for name, values in stages.items() if (told := spread(values))},
        **known,
    )
