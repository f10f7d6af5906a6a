"""From what sounded and what happened to a track's figures, turn by turn. Pure: all times are the track's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voice_agent.bench.partner_calls import PartnerCall
from voice_agent.bench.report import TurnReport
from voice_agent.bench.sound_log import Span, joined
from voice_agent.speech.truth import SpokenTurn

BREATH_S = 0.45
"""A reply pauses for up to a breath (0.3 s) between its sentences: a longer silence is its end."""


@dataclass(slots=True)
class Happened:
    """What the program told, each with its time on the track, in seconds."""

    heard: list[tuple[float, int, str]] = field(default_factory=list)
    """The program's number for the turn, and its words."""
    withdrawn: list[float] = field(default_factory=list)
    interrupted: list[float] = field(default_factory=list)
    """When speech was taken for an interruption."""
    stages: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By the program's number for the turn; told when the reply is over."""


def judged(
    truth: Sequence[SpokenTurn], sounded: Sequence[Span], happened: Happened, calls: Sequence[PartnerCall]
) -> list[TurnReport]:
    """sounded: in order. calls: their `at_s` is a time of the track, too."""
    replies = joined(list(sounded), BREATH_S)
    found = []
    for index, turn in enumerate(truth):
        until = truth[index + 1].start if index + 1 < len(truth) else float("inf")
        asked = [call for call in calls if turn.start <= call.at_s < until]
        talked_over = next((one for one in replies if one.start_s <= turn.start < one.end_s), None)
        cut_ins = tuple(round(one.start_s, 3) for one in replies if turn.start < one.start_s < turn.end)
        heard = [(own, text) for at_s, own, text in happened.heard if turn.start < at_s < until]
        own_number, text = heard[-1] if heard else (-1, "")
        confirmed = next((at_s for at_s in happened.interrupted if turn.start <= at_s < turn.end + 1.0), None)
        found.append(
            TurnReport(
                number=index + 1,
                start=turn.start,
                end=turn.end,
                said=turn.text,
                barge_in=turn.barge_in,
                heard=text,
                gap_s=_gap_s(turn, until, sounded, replies),
                cut_ins=cut_ins,
                withdrawn=sum(turn.start < at_s < until for at_s in happened.withdrawn),
                calls=len(asked),
                wasted=sum(not call.was_heard for call in asked),
                to_silence_s=_rounded(talked_over.end_s - turn.start) if talked_over else None,
                confirmed_to_silence_s=_rounded(max(0.0, talked_over.end_s - confirmed))
                if talked_over and confirmed is not None
                else None,
                stages=happened.stages.get(own_number, {}),
            )
        )
    return found


def _gap_s(turn: SpokenTurn, until: float, sounded: Sequence[Span], replies: Sequence[Span]) -> float | None:
    if any(reply.start_s < turn.end < reply.end_s for reply in replies):
        return None
    first = next((span.start_s for span in sounded if turn.end <= span.start_s < until), None)
    return None if first is None else _rounded(first - turn.end)


def _rounded(seconds: float) -> float:
    return round(seconds, 4)
