"""What a person of this stance does after a turn like this one: weights over moves."""

from __future__ import annotations

from voice_agent.conversation import Act, Moment, Move, StanceBand
from voice_agent.dearman import Level, Skill
from voice_agent.partner.progress import Progress
from voice_agent.scenario import Gives, Scenario

Weights = dict[Move, float]

HABITS = (
    Move.DEFLECT,
    Move.MINIMISE,
    Move.GUILT_TRIP,
    Move.COUNTER_ATTACK,
    Move.STONEWALL,
    Move.BARGAIN,
)
"""Moves of character: made only by partners whose scenario lists them."""

AGREES_BELOW = 2.5
HALF_AGREES_BELOW = 4.2
"""Resistance under which a partner gives way; agreeing needs a clear request as well."""
WALKS_OUT_AFTER = 3
"""Attacks in a row that a shut partner stands."""
OPENS_UP_AFTER = 3
"""Turns before a partner that is not yet soft says what it has kept to itself."""
LONGEST_TALK_TURNS = 20
"""Hard talks run out of time, too; after this the partner brings it to an end."""

_REACTIONS: dict[Act, Weights] = {
    Act.ASKS_IF_REAL: {Move.ON_REAL: 3},
    Act.UNCLEAR: {Move.ON_UNCLEAR: 3},
    Act.SILENCE: {Move.ON_SILENCE: 3},
    Act.THREAT: {Move.ON_THREAT: 3},
    Act.CONCEDE: {Move.ON_CONCESSION: 3},
    Act.THANKS: {Move.ON_THANKS: 3},
    Act.SMALL_TALK: {Move.ON_SMALL_TALK: 3},
    Act.GREETING: {Move.ON_SMALL_TALK: 3},
}
_BY_BAND: dict[StanceBand, dict[str, Weights]] = {
    StanceBand.HARD: {
        "asked": {Move.REFUSE: 3},
        "told": {Move.ASK_BACK: 0.8},
        "question": {Move.ANSWER: 3},
        "listened": {Move.ASK_BACK: 0.6, Move.REFUSE: 0.4},
    },
    StanceBand.WARY: {
        "asked": {Move.REFUSE: 1.6, Move.ASK_BACK: 1.6},
        "told": {Move.ACKNOWLEDGE: 2, Move.ASK_BACK: 1.8, Move.OPEN_UP: 0.8},
        "question": {Move.ANSWER: 3, Move.OPEN_UP: 1},
        "listened": {Move.OPEN_UP: 2, Move.ASK_BACK: 1},
    },
    StanceBand.SOFT: {
        "asked": {Move.OPEN_UP: 1.6, Move.ACKNOWLEDGE: 1.6, Move.ASK_BACK: 1.2, Move.REFUSE: 0.9},
        "told": {Move.ACKNOWLEDGE: 2, Move.OPEN_UP: 2.2, Move.ASK_BACK: 1.2},
        "question": {Move.ANSWER: 2.4, Move.OPEN_UP: 2},
        "listened": {Move.OPEN_UP: 2.5, Move.ACKNOWLEDGE: 1},
    },
}
_HABIT_WEIGHT = {StanceBand.HARD: 2.6, StanceBand.WARY: 1.5, StanceBand.SOFT: 0.0}


def candidate_moves(scenario: Scenario, moment: Moment, talk: Progress) -> Weights:
    """Moves that fit, with weights; never empty. The line that is said is chosen among all their lines."""
    acts, band = moment.reading.acts, moment.stance.band
    main = acts[0]
    if (ending := _ending(main, scenario, moment, talk)) is not None:
        return ending
    if main is Act.ATTACK:
        return {Move.ON_ATTACK: 3} | _habits(scenario, 1.2, only=(Move.COUNTER_ATTACK, Move.STONEWALL))
    if main in _REACTIONS:
        return dict(_REACTIONS[main])
    if (giving_way := _giving_way(scenario, moment, talk)) is not None:
        return giving_way
    if main is Act.APOLOGY and len(acts) == 1:
        return {Move.ON_APOLOGY: 3}
    kind = _kind(main)
    weights = dict(_BY_BAND[band][kind])
    if band is StanceBand.WARY and talk.turns < OPENS_UP_AFTER:
        weights.pop(Move.OPEN_UP, None)
    if kind == "asked" and scenario.partner.gives is Gives.NOTHING:
        weights[Move.REFUSE] = 2.5
    for act, move in ((Act.OFFER, Move.ON_OFFER), (Act.REINFORCE, Move.ON_REINFORCE)):
        if act in acts:
            weights[move] = 3.2 if main is act else 2.2
    if talk.asks_again:
        weights[Move.ON_REPEAT] = 2.6
    if kind != "question":
        for move, weight in _habits(scenario, _HABIT_WEIGHT[band]).items():
            weights[move] = max(weight, weights.get(move, 0.0))
    return weights


def _ending(main: Act, scenario: Scenario, moment: Moment, talk: Progress) -> Weights | None:
    if talk.attacks_in_a_row >= WALKS_OUT_AFTER and moment.stance.band is StanceBand.HARD:
        return {Move.CLOSE_HURT: 3}
    friendly = (
        Act.THANKS,
        Act.AGREE,
        Act.GOODBYE,
        Act.ACKNOWLEDGE,
        Act.LISTEN,
        Act.REINFORCE,
        Act.SMALL_TALK,
    )
    if talk.agreed and main not in (Act.ATTACK, Act.THREAT):
        if main in friendly or talk.settled:
            return {Move.CLOSE_AGREED: 3}
        return {Move.SETTLE: 3}
    done = main is Act.GOODBYE or talk.turns >= LONGEST_TALK_TURNS
    if talk.half_agreed and (done or main in friendly):
        return None if _can_agree(scenario, moment, talk) and not done else {Move.CLOSE_HALF: 3}
    if done:
        return {Move.CLOSE_REFUSED: 3}
    return None


def _giving_way(scenario: Scenario, moment: Moment, talk: Progress) -> Weights | None:
    if _can_agree(scenario, moment, talk):
        return {Move.AGREE: 3}
    gives = scenario.partner.gives
    if talk.half_agreed and gives is Gives.HALF and not talk.settled:
        return {Move.SETTLE: 3}
    if talk.half_agreed or gives is Gives.NOTHING or not talk.has_asked:
        return None
    if moment.reading.acts[0] is Act.AGREE and talk.bargained:
        return {Move.HALF_AGREE: 3}
    earns_it = Act.OFFER in moment.reading.acts or any(
        moment.reading.ratings.level(skill) is Level.STRONG for skill in (Skill.NEGOTIATE, Skill.REINFORCE)
    )
    near = moment.stance.resistance < HALF_AGREES_BELOW
    if near and (earns_it or gives is Gives.HALF or talk.asks_again):
        return {Move.HALF_AGREE: 3}
    return None


def _can_agree(scenario: Scenario, moment: Moment, talk: Progress) -> bool:
    return scenario.partner.gives is Gives.FULL and talk.has_asked and moment.stance.resistance < AGREES_BELOW


def _kind(main: Act) -> str:
    if main in (Act.REQUEST, Act.REFUSE, Act.OFFER):
        return "asked"
    if main is Act.QUESTION:
        return "question"
    if main in (Act.LISTEN, Act.ACKNOWLEDGE, Act.ANSWER, Act.AGREE):
        return "listened"
    return "told"


def _habits(scenario: Scenario, weight: float, only: tuple[Move, ...] = HABITS) -> Weights:
    """The person's own habits, the favourite first and heaviest."""
    habits = [move for move in scenario.partner.moves if move in only]
    return {move: weight * (1.0 - 0.12 * place) for place, move in enumerate(habits) if weight}
