"""Plays one talk: the rehearsal's own rater, stance rule, moment and partner, without sound, clock or store."""

from __future__ import annotations

from contextlib import aclosing

from voice_agent.conversation import Move, Stance
from voice_agent.dearman import Skill
from voice_agent.errors import EngineError
from voice_agent.events import PartnerSpoke, StanceChanged, TurnHeard, TurnRated
from voice_agent.feedback.protocols import RatedTurn, Rater
from voice_agent.partner.protocols import Partner
from voice_agent.partner.stance import first_stance
from voice_agent.rehearsal.moment import next_moment
from voice_agent.rehearsal.talk import Talk
from voice_agent.scenario import Scenario
from voice_agent.selfplay.learner import LearnerSkill, SimulatedLearner
from voice_agent.selfplay.material import Material
from voice_agent.selfplay.played import Pair, PlayedTalk, PlayedTurn
from voice_agent.selfplay.repeats import near_same
from voice_agent.settings import Settings


async def play(
    scenario: Scenario,
    skill: LearnerSkill,
    material: Material,
    partner: Partner,
    rater: Rater,
    *,
    seed: int,
    turns: int,
    difficulty: int | None = None,
) -> PlayedTalk:
    """A whole talk, until the partner closes it or `turns` are over. Blocks the loop while it reads: for batch work.

    A partner that fails ends the talk; why stands in `error`.
    """
    difficulty = difficulty or scenario.difficulty
    stance = first_stance(scenario, difficulty)
    talk = Talk(scenario, Settings(difficulty=difficulty), seed, stance)
    talk.apply(_spoke(0, scenario.opening, Move.OPENING))
    learner = SimulatedLearner(skill, material, f"{seed}:{scenario.id}:{skill.value}")
    played: list[PlayedTurn] = []
    error = ""
    for turn in range(1, turns + 1):
        try:
            played.append(await _play_turn(talk, turn, learner.next_turn(talk), partner, rater))
        except EngineError as failed:
            error = str(failed)
            break
        if (move := played[-1].move) is not None and move.closes:
            break
    return PlayedTalk(
        scenario=scenario.id,
        learner=skill,
        seed=seed,
        partner=partner.name,
        difficulty=difficulty,
        start=stance.resistance,
        turns=tuple(played),
        repeats=tuple(Pair(*pair) for pair in near_same([turn.answer for turn in played])),
        error=error,
    )


async def _play_turn(talk: Talk, turn: int, said: str, partner: Partner, rater: Rater) -> PlayedTurn:
    reading = rater.read(
        RatedTurn(said=said, partner_line=talk.partner_line, earlier=talk.said_before, scenario=talk.scenario)
    )
    talk.apply(TurnHeard(turn=turn, text=said))
    talk.apply(TurnRated(turn=turn, reading=reading))
    before: Stance = talk.stance
    moment, why = next_moment(talk, turn, said, reading)
    talk.apply(StanceChanged(turn=turn, before=before, after=moment.stance, why=why))
    answer, move = "", None
    async with aclosing(partner.reply(moment)) as parts:
        async for part in parts:
            answer += part.text
            move = part.move or move
    answer = " ".join(answer.split())
    talk.apply(_spoke(turn, answer, move))
    return PlayedTurn(
        said=said,
        levels={one: reading.ratings.level(one) for one in Skill},
        acts=reading.acts,
        resistance=moment.stance.resistance,
        why=why,
        answer=answer,
        move=move,
    )


def _spoke(turn: int, line: str, move: Move | None) -> PartnerSpoke:
    return PartnerSpoke(turn=turn, text=line, intended=line, move=move, complete=True)
