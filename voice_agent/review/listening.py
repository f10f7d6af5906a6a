"""Where a turn lies in the recordings of its session, both voices of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voice_agent.errors import UserError
from voice_agent.events import PartnerSentence, PartnerSpoke, Stamped, TurnHeard
from voice_agent.sessions.keepsakes import Recording

BEFORE_S, AFTER_S = 0.3, 0.3
"""A little room, so that no first or last sound is cut."""
MIC_RATE_HZ = 16_000
"""The rate of `TurnHeard.audio`."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a recording."""

    path: Path
    start_s: float
    end_s: float


def span_of(turn: int, stored: Sequence[Stamped], recordings: Sequence[Recording]) -> Span:
    """From the learner's first word (the partner's, for turn 0 or a typed turn) to the partner's last.

    Raises UserError when there is no such turn, or its sound was not kept.
    """
    of_turn = [one for one in stored if getattr(one.event, "turn", None) == turn]
    heard = next((one for one in of_turn if isinstance(one.event, TurnHeard)), None)
    began, ended = _times(of_turn, heard)
    if began is None or ended is None:
        raise UserError(f"there is no turn {turn} with sound", cure="see `voice-agent sessions show` for the turns")
    first_seq = (heard or of_turn[0]).seq
    fitting = [one for one in recordings if one.first_seq <= first_seq and one.path.exists()]
    if not fitting:
        raise UserError("its sound was not kept", cure="add --keep-audio to `voice-agent practice`")
    return Span(fitting[-1].path, max(0.0, began - BEFORE_S), ended + AFTER_S)


def _times(of_turn: Sequence[Stamped], heard: Stamped | None) -> tuple[float | None, float | None]:
    began = ended = None
    if heard is not None and isinstance(heard.event, TurnHeard):
        event = heard.event
        if event.audio is not None and event.speech_ended_at_s is not None:
            began = event.speech_ended_at_s - (event.audio[1] - event.audio[0]) / MIC_RATE_HZ
            ended = event.speech_ended_at_s
    for one in of_turn:
        if isinstance(one.event, PartnerSentence) and one.event.audio_began_at_s is not None:
            began = one.event.audio_began_at_s if began is None else began
        elif isinstance(one.event, PartnerSpoke) and began is not None:
            ended = one.at_s
    return began, ended
