"""A real talk as a situation to practise: what they really did and said becomes the partner's lines.

Where it was practised before, the person, the facts and the goal stand as they were; else the interview asks for them
and takes what was told already.
"""

from __future__ import annotations

from typing import Any

import msgspec

from voice_agent.conversation import Move
from voice_agent.partner.moves import HABITS
from voice_agent.rehearsal.interview import Interview, spoken
from voice_agent.scenario import Scenario
from voice_agent.sessions.real_talk import RealTalk
from voice_agent.text import sentence

CHOICES = {
    Move.REFUSE: "said no",
    Move.MINIMISE: "made little of it",
    Move.DEFLECT: "changed the subject, or put it off",
    Move.GUILT_TRIP: "made me feel guilty",
    Move.COUNTER_ATTACK: "turned it against me",
    Move.STONEWALL: "went silent",
    Move.BARGAIN: "offered less",
    Move.ASK_BACK: "asked something",
    Move.ACKNOWLEDGE: "understood me",
    Move.HALF_AGREE: "agreed to a part",
    Move.AGREE: "agreed",
}
"""What a line did, as the learner would say it."""


def their_lines(talk: RealTalk) -> list[str]:
    """What the other really said, once each, as sentences."""
    return list(dict.fromkeys(sentence(line.text) for line in talk.lines if not line.is_learners and line.text))


def real_scenario(talk: RealTalk, base: Scenario, moves: dict[str, Move], scenario_id: str) -> dict[str, Any]:
    """The base situation with what they really did: as plain data. moves: each of `their_lines` and what it did."""
    lines = list(moves)
    opens = bool(talk.lines) and not talk.lines[0].is_learners
    opening = lines[0] if opens and lines else base.opening
    real = [{"say": line, "move": move.value} for line, move in moves.items() if line != opening]
    known = {one["say"] for one in real}
    done = [move for move in dict.fromkeys(moves[one["say"]] for one in real) if move in HABITS]
    habits = list(dict.fromkeys([*done, *base.partner.moves]))[: max(2, len(done), len(base.partner.moves))]
    mine = [line.text for line in talk.lines if line.is_learners]
    practice = [words for text in mine if (words := spoken(text)) and words not in base.demo]
    data: dict[str, Any] = msgspec.to_builtins(base)
    data |= {
        "id": scenario_id,
        "title": f"{base.title}, as it really went",
        "opening": opening,
        "lines": [*real, *(line for line in data["lines"] if line["say"] not in known)],
        "practice": list(dict.fromkeys([*practice, *data["practice"]])),
    }
    data["partner"] |= {"moves": [move.value for move in habits]}
    return data


def interview_about(talk: RealTalk) -> Interview:
    """The interview where no situation is known: who it was and what they said is told already."""
    known = {"name": [talk.partner], "topic": [talk.title]}
    if lines := their_lines(talk):
        opens = not talk.lines[0].is_learners
        known["says"] = lines[1:] if opens else lines
        if opens:
            known["opening"] = lines[:1]
    return Interview(known=known)
