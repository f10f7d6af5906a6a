"""Which moves of a scenario's person have too few lines to carry a talk."""

from __future__ import annotations

from collections import Counter

from voice_agent.conversation import Move
from voice_agent.partner.moves import HABITS
from voice_agent.scenario import Gives, Scenario

_NEEDED = {
    Move.REFUSE: 4,
    Move.ASK_BACK: 4,
    Move.ANSWER: 4,
    Move.ACKNOWLEDGE: 4,
    Move.OPEN_UP: 4,
    Move.ON_OFFER: 3,
    Move.ON_REPEAT: 2,
    Move.ON_ATTACK: 2,
}


def gaps(scenario: Scenario) -> list[str]:
    """`refuse 2 of 4` for each thin move; see docs/scenarios.md for the numbers to aim at."""
    needed = dict(_NEEDED)
    needed |= {move: 4 for move in scenario.partner.moves if move in HABITS}
    if scenario.partner.gives is Gives.FULL:
        needed[Move.AGREE] = 2
    if scenario.partner.gives is not Gives.NOTHING:
        needed[Move.HALF_AGREE] = 2
    have = Counter(line.move for line in scenario.lines)
    return [f"{move.value} {have[move]} of {count}" for move, count in needed.items() if have[move] < count]
