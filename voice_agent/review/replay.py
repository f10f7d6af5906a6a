"""A session again, event by event: with the pauses it had, or step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_agent.emotions import CheckIn
from voice_agent.events import (
    CheckInDue,
    CheckInRecorded,
    DraftRated,
    Event,
    PartnerSentence,
    SessionEnded,
    SessionResumed,
    Stamped,
    TurnHeard,
    TurnRated,
    TurnWithdrawn,
)

LONGEST_WAIT_S = 4.0
"""A longer silence is cut to this: what a learner thought in it can't be seen anyway."""
SLOWEST, FASTEST = 0.1, 1000.0


@dataclass(frozen=True, slots=True)
class Beat:
    """An event, and how long after the one before it came."""

    event: Event
    wait_s: float
    at_s: float
    """Seconds since the run began."""


def beats(stored: Sequence[Stamped]) -> list[Beat]:
    """The session at speed 1. Each run counts its own time, so a resumed session goes on without a break."""
    found = []
    before_s = stored[0].at_s if stored else 0.0
    for stamped in stored:
        if isinstance(stamped.event, SessionResumed):
            before_s = stamped.at_s
        found.append(Beat(stamped.event, min(LONGEST_WAIT_S, max(0.0, stamped.at_s - before_s)), stamped.at_s))
        before_s = stamped.at_s
    return found


def steps(stored: Sequence[Stamped]) -> list[list[Event]]:
    """The session in pieces that are looked at one by one: a line of somebody, a rating, a check-in, the end."""
    found: list[list[Event]] = [[]]
    for stamped in stored:
        if _opens_a_step(stamped.event) and found[-1]:
            found.append([])
        found[-1].append(stamped.event)
    return found if found[-1] else []


def _opens_a_step(event: Event) -> bool:
    if isinstance(event, PartnerSentence):
        return event.index == 0
    return isinstance(event, TurnHeard | TurnRated | DraftRated | TurnWithdrawn | CheckInDue | SessionEnded)


def answer_line(event: CheckInRecorded) -> str:
    """What was answered at a check-in."""
    if event.check_in is None:
        return "You skipped it."
    return f"You answered: {answers(event.check_in)}."


def answers(check_in: CheckIn) -> str:
    """All that was answered, in one line."""
    parts = []
    if check_in.self_efficacy is not None:
        parts.append(f"confidence {check_in.self_efficacy} of 100")
    parts += [f"{feeling.value} {strength} of 10" for feeling, strength in check_in.feelings.items()]
    parts += [f"{item.value} {value} of 7" for item, value in check_in.trial.items()]
    return ", ".join(parts) or "nothing"
