"""The one rule by which a learner's turn moves the partner.

Every skill at a level pulls resistance down or pushes it up by the points below; triggers of the scenario add
theirs; pull counts less and push counts more as difficulty rises; one turn moves at most `LARGEST_STEP`.
So clear, mindful, reinforcing turns soften and attacks harden, at every difficulty, and no single turn wins.
Keeping calm alone gives nobody a reason to give way: a state of mind softens beside a strong strategy, or where
the learner listens.
The points are ours; that describing, reinforcing and staying mindful move people and that blame and threats
do not is DBT's teaching (Linehan, *DBT Skills Training Manual*, 2nd ed., interpersonal effectiveness).
"""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.conversation import Act, PartnerEmotion, Reading, Stance
from voice_agent.dearman import Level, Skill
from voice_agent.scenario import Manner, Scenario, Trigger
from voice_agent.speech.protocols import Delivery
from voice_agent.stems import holds, stems

LARGEST_STEP = 2.5
TRIGGER_POINTS = 1.0
TRIGGER_AGAIN = 0.25
"""Share of its points that a trigger keeps once it has worked: praise wears off."""

# (points for strong, weak, none): negative softens, positive hardens.
POINTS: dict[Skill, tuple[float, float, float]] = {
    Skill.DESCRIBE: (-0.4, +0.4, 0.0),  # weak: blame, "always", mind-reading
    Skill.EXPRESS: (-0.5, -0.05, 0.0),
    Skill.ASSERT: (-0.5, 0.0, 0.0),
    Skill.REINFORCE: (-0.9, -0.1, 0.0),
    Skill.NEGOTIATE: (-0.8, -0.2, 0.0),
    Skill.MINDFUL: (-0.3, +0.4, +1.4),  # none: attack, insult, or the goal given up
    Skill.CONFIDENT: (-0.2, 0.0, 0.0),  # being meek hurts the learner, it does not harden the partner
}
ACT_POINTS = {Act.ATTACK: +0.6, Act.THREAT: +0.8, Act.LISTEN: -0.3, Act.ACKNOWLEDGE: -0.4, Act.APOLOGY: -0.1}

LISTENING = (Act.LISTEN, Act.ACKNOWLEDGE, Act.QUESTION, Act.ANSWER, Act.THANKS)
"""Acts that turn to the partner: with them, calm is heard."""


def first_stance(scenario: Scenario, difficulty: int) -> Stance:
    """4.9 at difficulty 1 to 8.5 at difficulty 5."""
    return Stance(round(4.0 + 0.9 * difficulty, 2), scenario.partner.starts)


def moved(
    stance: Stance,
    reading: Reading,
    said: str,
    *,
    scenario: Scenario,
    difficulty: int,
    earlier: Sequence[str] = (),
) -> tuple[Stance, tuple[str, ...]]:
    """The stance after a turn, and what moved it, largest first, in words.

    said: the turn's words; earlier: the learner's earlier turns, in which a trigger may already have worked.
    """
    if reading.acts[0] in (Act.SILENCE, Act.UNCLEAR, Act.ASKS_IF_REAL):
        return stance, ()
    gives_reason = any(act in LISTENING for act in reading.acts) or any(
        reading.ratings.level(skill) is Level.STRONG for skill in POINTS if not skill.is_state_of_mind
    )
    causes: list[tuple[float, str]] = []
    for skill, points in POINTS.items():
        level = reading.ratings.level(skill)
        if skill is Skill.MINDFUL and level is Level.NONE and Act.CONCEDE in reading.acts:
            continue  # giving in drops the goal, but it is no blow to the partner
        if skill.is_state_of_mind and level is Level.STRONG and not gives_reason:
            continue
        causes.append((points[Level.STRONG - level], f"{skill.value} {level.word}"))
    causes += [(points, act.value) for act, points in ACT_POINTS.items() if act in reading.acts]
    causes += _triggers(scenario.partner.softened_by, -TRIGGER_POINTS, said, earlier)
    causes += _triggers(scenario.partner.hardened_by, +TRIGGER_POINTS, said, earlier)
    softening, hardening = 1.3 - 0.15 * difficulty, 0.7 + 0.15 * difficulty
    scaled = [(points * (softening if points < 0 else hardening), why) for points, why in causes if points]
    step = max(-LARGEST_STEP, min(LARGEST_STEP, sum(points for points, _ in scaled)))
    resistance = round(max(0.0, min(10.0, stance.resistance + step)), 2)
    scaled.sort(key=lambda cause: (-abs(cause[0]), cause[1]))
    after = Stance(resistance, _emotion(stance, resistance, step, reading, scenario.partner.manner))
    return after, tuple(f"{why} {points:+.1f}" for points, why in scaled)


def _triggers(
    triggers: Sequence[Trigger], points: float, said: str, earlier: Sequence[str]
) -> list[tuple[float, str]]:
    said_stems = stems(said)
    earlier_stems = [stems(turn) for turn in earlier]
    found = []
    for trigger in triggers:
        cues = [stems(cue) for cue in trigger.cues]
        if any(holds(said_stems, cue) for cue in cues):
            worked_before = any(holds(turn, cue) for turn in earlier_stems for cue in cues)
            found.append((points * (TRIGGER_AGAIN if worked_before else 1.0), trigger.what))
    return found


def _emotion(before: Stance, resistance: float, step: float, reading: Reading, manner: Manner) -> PartnerEmotion:
    if Act.ATTACK in reading.acts or Act.THREAT in reading.acts:
        gentle = manner in (Manner.RESERVED, Manner.PLEASING, Manner.EVASIVE)
        return PartnerEmotion.HURT if gentle else PartnerEmotion.ANGRY
    if step >= 0.5:
        return PartnerEmotion.IRRITATED
    if resistance < 2.5:
        return PartnerEmotion.WARM
    if step <= -0.8:
        return PartnerEmotion.RELIEVED if resistance < 4.5 else PartnerEmotion.WARY
    if before.emotion in (PartnerEmotion.ANGRY, PartnerEmotion.IRRITATED) and step < 0:
        return PartnerEmotion.WARY
    return before.emotion


_MANNERS: dict[PartnerEmotion, tuple[float, float, float]] = {
    # rate, pitch, volume: anger is fast, high and loud, sadness slow, low and soft
    # (Scherer 2003, Vocal communication of emotion, table 3); small steps, so that words stay clear.
    PartnerEmotion.CALM: (1.0, 1.0, 1.0),
    PartnerEmotion.WARY: (0.98, 0.98, 0.95),
    PartnerEmotion.IRRITATED: (1.06, 1.03, 1.1),
    PartnerEmotion.ANGRY: (1.12, 1.08, 1.2),
    PartnerEmotion.HURT: (0.9, 0.95, 0.85),
    PartnerEmotion.RELIEVED: (0.97, 1.0, 0.95),
    PartnerEmotion.WARM: (0.96, 1.03, 0.95),
}


def delivery_of(stance: Stance, scenario: Scenario) -> Delivery:
    """How the partner sounds in this mood, on top of the scenario's own voice wish."""
    rate, pitch, volume = _MANNERS[stance.emotion]
    wish = scenario.partner.voice
    return Delivery(rate=rate * wish.rate, pitch=pitch * wish.pitch, volume=volume)
