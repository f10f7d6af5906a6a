"""A realism card: what self-play found out about a situation, and what of it is a fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

import msgspec

from voice_agent.conversation import Act, Move
from voice_agent.dearman import Level, Skill
from voice_agent.partner.stance import LISTENING
from voice_agent.scenario import Gives, Scenario
from voice_agent.selfplay.flags import Flag, drift, stereotype_flags
from voice_agent.selfplay.learner import LearnerSkill
from voice_agent.selfplay.played import GIVES_WAY, Pair, PlayedTalk

FELL_WITHOUT_REASON = 1.5
"""Points of resistance that a talk may lose over turns in which nothing was strong and nobody listened."""
LEAST_APART = 2.0
"""Points between the mean end of weak and of strong learners' talks, where both are told apart."""
MOST_SHARED = 0.5
"""Share of a weak learner's lines that a strong one of the same seed may hear too."""
_EARNS = (*LISTENING, Act.APOLOGY)
_SHOWN = 5
"""Examples that a card keeps of each kind."""
NO_OUTCOME = "none"


class LearnerResult(msgspec.Struct, frozen=True, kw_only=True):
    """All talks of one skill: means over them."""

    talks: int
    turns: float
    start: float
    end: float
    """Resistance, 0 to 10."""
    outcomes: dict[str, int]
    """How the talks came out: the closing move or the furthest the partner came, `none`."""
    agreed: int
    """Talks in which the partner agreed to all or a part."""
    turns_to_agreement: float | None
    repeats: int
    distinct: float
    """Different lines among all that were said, in [0, 1]."""
    drifts: int
    failed: int


class RealismCard(msgspec.Struct, frozen=True, kw_only=True):
    """Of one situation with one partner engine. Examples are cut to a few."""

    schema: Literal[1] = 1
    scenario: str
    seal: str
    """Of the situation and of what every partner falls back on: another text, another seal."""
    program: str
    """Of the partner's rules and the rater."""
    partner: str
    seeds: int
    turns: int
    """The most that a talk could have."""
    learners: dict[LearnerSkill, LearnerResult]
    soft_talks: int
    """Weak learners' talks in which the partner went soft without reason."""
    soft: tuple[str, ...]
    repeats: tuple[Pair, ...]
    drifts: tuple[Flag, ...]
    stereotypes: tuple[Flag, ...]
    shared_lines: float
    """Of what a weak learner hears, the share that a strong one of the same seed hears too."""

    @property
    def apart(self) -> float | None:
        """How much softer strong learners' talks end than weak ones'."""
        weak, strong = self.learners.get(LearnerSkill.WEAK), self.learners.get(LearnerSkill.STRONG)
        return weak.end - strong.end if weak and strong else None


def card_of(scenario: Scenario, talks: Sequence[PlayedTalk], *, turns: int, seal: str, program: str) -> RealismCard:
    """talks: of this scenario, at least one; turns: the most that each could have."""
    by_skill = {skill: [talk for talk in talks if talk.learner is skill] for skill in LearnerSkill}
    weak = by_skill[LearnerSkill.WEAK]
    soft = [why for talk in weak if (why := went_soft(talk, scenario))]
    repeats = [pair for talk in talks for pair in talk.repeats]
    drifts = [flag for talk in talks for flag in drifts_in(talk)]
    return RealismCard(
        scenario=scenario.id,
        seal=seal,
        program=program,
        partner=talks[0].partner,
        seeds=len({talk.seed for talk in talks}),
        turns=turns,
        learners={skill: result_of(played) for skill, played in by_skill.items() if played},
        soft_talks=len(soft),
        soft=tuple(soft[:_SHOWN]),
        repeats=tuple(dict.fromkeys(repeats))[:_SHOWN],
        drifts=tuple(dict.fromkeys(drifts))[:_SHOWN],
        stereotypes=tuple(stereotype_flags(scenario, (line for talk in talks for line in talk.lines))),
        shared_lines=_shared(weak, by_skill[LearnerSkill.STRONG]),
    )


def result_of(talks: Sequence[PlayedTalk]) -> LearnerResult:
    """Means over talks of one scenario and skill; not empty."""
    agreed = [talk.turns_to_agreement for talk in talks if talk.turns_to_agreement is not None]
    lines = [line for talk in talks for line in talk.lines]
    outcomes = Counter(talk.outcome.value if talk.outcome else NO_OUTCOME for talk in talks)
    return LearnerResult(
        talks=len(talks),
        turns=round(fmean(len(talk.turns) for talk in talks), 1),
        start=round(fmean(talk.start for talk in talks), 2),
        end=round(fmean(talk.end for talk in talks), 2),
        outcomes=dict(sorted(outcomes.items())),
        agreed=len(agreed),
        turns_to_agreement=round(fmean(agreed), 1) if agreed else None,
        repeats=sum(len(talk.repeats) for talk in talks),
        distinct=round(len(set(lines)) / len(lines), 2) if lines else 0.0,
        drifts=sum(len(drifts_in(talk)) for talk in talks),
        failed=sum(bool(talk.error) for talk in talks),
    )


def went_soft(talk: PlayedTalk, scenario: Scenario) -> str:
    """Where a partner gave way to turns that gave it no reason to; empty when it did not."""
    touching = [trigger.what for trigger in scenario.partner.softened_by]
    before, fell = talk.start, 0.0
    has_reason = False
    for place, turn in enumerate(talk.turns, start=1):
        earned = any(turn.levels[skill] is Level.STRONG for skill in Skill if not skill.is_state_of_mind) or any(
            act in _EARNS for act in turn.acts
        )
        earned = earned or any(why.startswith(what) for why in turn.why for what in touching)
        has_reason = has_reason or earned
        if not earned:
            fell = max(0.0, fell + before - turn.resistance)
        before = turn.resistance
        if turn.move in GIVES_WAY and has_reason:
            return ""  # what is softer from here on has been earned
        if turn.move is Move.AGREE and not has_reason:
            return f'turn {place}: agreed to "{turn.said}"'
        if fell >= FELL_WITHOUT_REASON:
            return f'turn {place}: {fell:.1f} points softer with no reason, after "{turn.said}"'
    return ""


def drifts_in(talk: PlayedTalk) -> list[Flag]:
    """Lines out of role; that it is a program is said only when it was asked in earnest."""
    said = (turn.answer for turn in talk.turns if turn.move is not Move.ON_REAL)
    return [Flag(line, why) for line in said if (why := drift(line)) is not None]


def faults(card: RealismCard, scenario: Scenario) -> list[str]:
    """What is wrong, a sentence each; stereotype words are a question to the author and no fault."""
    weak, strong = card.learners.get(LearnerSkill.WEAK), card.learners.get(LearnerSkill.STRONG)
    found = []
    if card.soft_talks:
        found.append(f"goes soft without reason in {card.soft_talks} weak talks ({card.soft[0]})")
    if card.repeats:
        first = card.repeats[0]
        found.append(f'repeats itself ("{first.earlier}" ... "{first.later}")')
    if card.drifts:
        found.append(f'leaves its role, {card.drifts[0].why} ("{card.drifts[0].line}")')
    if weak and strong and (apart := card.apart) is not None:
        if apart < LEAST_APART:
            found.append(
                f"ends {apart:.1f} points apart for weak and strong learners, at least {LEAST_APART} are wanted"
            )
        if card.shared_lines > MOST_SHARED:
            found.append(f"says {card.shared_lines:.0%} of a weak learner's lines to a strong one too")
        if weak.outcomes == strong.outcomes:
            found.append(f"comes out the same for weak and strong learners ({', '.join(weak.outcomes)})")
        if scenario.partner.gives is not Gives.NOTHING and strong.agreed <= weak.agreed:
            found.append(f"gives way to {strong.agreed} strong and {weak.agreed} weak learners")
    failed = sum(result.failed for result in card.learners.values())
    return [*found, *([f"{failed} talks broke off"] if failed else [])]


def _shared(weak: Sequence[PlayedTalk], strong: Sequence[PlayedTalk]) -> float:
    """Mean over seeds; 0 where one of the two is missing."""
    by_seed = {talk.seed: set(talk.lines) for talk in strong}
    shares = [
        len(by_seed[talk.seed].intersection(talk.lines)) / len(talk.lines)
        for talk in weak
        if talk.seed in by_seed and talk.lines
    ]
    return round(fmean(shares), 2) if shares else 0.0
