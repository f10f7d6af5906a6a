"""A simulated learner: what it says next, by its skill and by what the partner has just done."""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

from voice_agent.conversation import Move
from voice_agent.dearman import Skill
from voice_agent.feedback.wording import joined
from voice_agent.rehearsal.talk import Talk
from voice_agent.scenario import Gives
from voice_agent.selfplay.material import STRATEGIES, Material, Sayable
from voice_agent.stems import content_stems


class LearnerSkill(StrEnum):
    WEAK = "weak"
    """Blames and attacks, or hedges and gives in; which of the two is drawn for each talk."""
    MIXED = "mixed"
    """Each turn is one or the other."""
    STRONG = "strong"
    """Describes, asks, stays with it, gives to get: in the teaching order, and by what was answered."""


_ACCEPTING = (
    "Thank you.",
    "Thank you, that helps me.",
    "That works for me, thank you.",
    "Okay. Thanks for hearing me out.",
)
"""What is said when the partner has given way."""
_PUSHED = frozenset(
    (Move.COUNTER_ATTACK, Move.GUILT_TRIP, Move.DEFLECT, Move.MINIMISE, Move.STONEWALL, Move.ON_ATTACK)
)
_SHOWN = frozenset((Move.OPEN_UP, Move.ACKNOWLEDGE))
_GAVE_WAY = frozenset((Move.AGREE, Move.SETTLE))
_LISTENS = 0.6
"""Share of opened-up partners that a strong learner answers by listening first."""


class SimulatedLearner:
    """Holds one talk's chance; the same seed and answers give the same turns."""

    def __init__(self, skill: LearnerSkill, material: Material, seed: str) -> None:
        self._skill = skill
        self._material = material
        self._chance = random.Random(seed)
        self._is_heated = self._chance.random() < 0.5
        self._said: set[str] = set()
        self._used: list[Skill] = []

    def next_turn(self, talk: Talk) -> str:
        """Words for the learner's next turn. Never empty."""
        if talk.partner_moves and _has_given_way(talk):
            return self._chance.choice(_ACCEPTING)
        strong = self._skill is LearnerSkill.STRONG or (
            self._skill is LearnerSkill.MIXED and self._chance.random() < 0.5
        )
        return self._strong_turn(talk) if strong else self._weak_turn(talk)

    def _strong_turn(self, talk: Talk) -> str:
        parts = []
        move = talk.partner_moves[-1] if talk.partner_moves else None
        if move in _SHOWN and self._chance.random() < _LISTENS:
            parts.append(self._pick(self._material.listening, talk.partner_line))
        wanted = self._wanted(move)
        for skill in wanted:
            if text := self._pick(self._material.by_skill[skill], talk.partner_line):
                parts.append(text)
                self._used.append(skill)
            if len([part for part in parts if part]) == 2:
                break
        told = [part for part in parts if part]
        return joined(told) or (told[-1] if told else self._anything())

    def _wanted(self, move: Move | None) -> list[Skill]:
        """Strategies to use now, first one first; the ones used least come in where the answer asks for none."""
        least = sorted(STRATEGIES, key=lambda skill: (self._used.count(skill), STRATEGIES.index(skill)))
        if not self._used:
            return [Skill.DESCRIBE, Skill.EXPRESS, *least]
        if Skill.ASSERT not in self._used:
            return [Skill.ASSERT, Skill.EXPRESS, *least]
        if move in (Move.REFUSE, Move.BARGAIN, Move.HALF_AGREE):
            return [*self._shuffled(Skill.NEGOTIATE, Skill.REINFORCE), Skill.ASSERT, *least]
        if move in _PUSHED:
            return [Skill.ASSERT, Skill.REINFORCE, *least]
        if move is Move.ASK_BACK:
            return [Skill.DESCRIBE, Skill.ASSERT, *least]
        return least

    def _shuffled(self, *skills: Skill) -> list[Skill]:
        return self._chance.sample(skills, len(skills))

    def _weak_turn(self, talk: Talk) -> str:
        first, second = self._material.heated, self._material.meek
        if not self._is_heated:
            first, second = second, first
        text = self._pick(first, talk.partner_line)
        return text or self._pick(second, talk.partner_line) or self._anything()

    def _pick(self, lines: Sequence[Sayable], partner_line: str) -> str:
        """A line not yet said that shares words with the partner's, mostly by chance; empty when all are said."""
        heard = content_stems(partner_line)
        best, best_score = "", -1.0
        for line in lines:
            score = self._chance.random() + 0.4 * min(2, len(heard & content_stems(line.text)))
            if line.text not in self._said and score > best_score:
                best, best_score = line.text, score
        self._said.add(best)
        return best

    def _anything(self) -> str:
        """Everything that fits has been said: a person would say it again."""
        lines = [one for lines in self._material.by_skill.values() for one in lines]
        pool = (lines if self._skill is LearnerSkill.STRONG else None) or self._material.heated
        return self._chance.choice(pool).text


def _has_given_way(talk: Talk) -> bool:
    last = talk.partner_moves[-1]
    if last in _GAVE_WAY:
        return True
    return last is Move.HALF_AGREE and talk.scenario.partner.gives is Gives.HALF
