"""What is measured of a method's ratings: kappa and the paper's own metrics."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from voice_agent.annotation import AnnotatedTurn
from voice_agent.dearman import Level, Skill
from voice_agent.evaluation.methods import Told
from voice_agent.feedback.agreement import accuracy, confusion, entropy_bits, macro_f1, weighted_kappa

SKILLS = tuple(Skill)


class SkillMeasures(msgspec.Struct, frozen=True, kw_only=True):
    kappa: float
    """Quadratic-weighted."""
    accuracy: float
    macro_f1: float
    binary_macro_f1: float
    """Of strong against not strong: IMBUE's measure."""
    confusion: list[list[int]]
    """Rows: annotated none, weak, strong; columns: told."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one set of turns."""

    method: str
    turns: int
    unanswered: int
    """Turns that the method said nothing usable about; they count as level none everywhere."""
    skills: dict[Skill, SkillMeasures]
    kappa: float
    """Mean over the skills."""
    least_kappa: float
    binary_macro_f1: float
    declared_binary_macro_f1: float | None
    """The same where a strategy counts only if it was declared (mindful and confident always): as in IMBUE."""
    next_skill_macro_f1: float
    same_advice: float
    """Share of turns for which the next skill is the annotator's."""
    next_skill_entropy: float
    """Bits; log2(7) = 2.81 when all are told alike often, 0 when it is always the same."""


def measured(method: str, test: Sequence[AnnotatedTurn], told: Sequence[Told | None]) -> Measures:
    """Raises ValueError when the lengths differ."""
    levels = {skill: [int(one.levels[skill]) if one else 0 for one in told] for skill in SKILLS}
    truth = {skill: [int(turn.labels[skill]) for turn in test] for skill in SKILLS}
    skills = {skill: _skill(truth[skill], levels[skill]) for skill in SKILLS}
    asked = [(turn.next_skill, one.next_skill if one else None) for turn, one in zip(test, told, strict=True)]
    annotated = [(SKILLS.index(a), SKILLS.index(b) if b else -1) for a, b in asked if a is not None]
    kappas = [one.kappa for one in skills.values()]
    return Measures(
        method=method,
        turns=len(test),
        unanswered=sum(one is None for one in told),
        skills=skills,
        kappa=sum(kappas) / len(kappas),
        least_kappa=min(kappas),
        binary_macro_f1=sum(one.binary_macro_f1 for one in skills.values()) / len(SKILLS),
        declared_binary_macro_f1=_declared(test, levels),
        next_skill_macro_f1=macro_f1([a for a, _ in annotated], [b for _, b in annotated]),
        same_advice=accuracy([a for a, _ in annotated], [b for _, b in annotated]),
        next_skill_entropy=entropy_bits([b for _, b in annotated]),
    )


def _skill(truth: list[int], told: list[int]) -> SkillMeasures:
    return SkillMeasures(
        kappa=weighted_kappa(truth, told),
        accuracy=accuracy(truth, told),
        macro_f1=macro_f1(truth, told),
        binary_macro_f1=macro_f1([level == 2 for level in truth], [level == 2 for level in told]),
        confusion=confusion(truth, told).tolist(),
    )


def _declared(test: Sequence[AnnotatedTurn], levels: dict[Skill, list[int]]) -> float | None:
    if not any(turn.declared for turn in test):
        return None
    scores = []
    for skill in SKILLS:
        rows = [i for i, turn in enumerate(test) if skill.is_state_of_mind or turn.declared is skill]
        if rows:
            truth = [test[i].labels[skill] is Level.STRONG for i in rows]
            scores.append(macro_f1(truth, [levels[skill][i] == 2 for i in rows]))
    return sum(scores) / len(scores)


def table(found: Sequence[Measures]) -> list[str]:
    """A Markdown table of kappas, and the paper's metrics."""
    lines = [
        "| method | mean kappa | "
        + " | ".join(skill.value for skill in SKILLS)
        + " | strong F1 | declared F1 | next F1 | same advice | next bits |",
        "|" + " --- |" * (len(SKILLS) + 7),
    ]
    for one in found:
        each = " | ".join(f"{one.skills[skill].kappa:.2f}" for skill in SKILLS)
        declared = one.declared_binary_macro_f1
        lines.append(
            f"| {one.method} | {one.kappa:.3f} | {each} | {one.binary_macro_f1:.3f} | "
            f"{'none declared' if declared is None else f'{declared:.3f}'} | {one.next_skill_macro_f1:.3f} | "
            f"{one.same_advice:.2f} | {one.next_skill_entropy:.2f} |"
        )
    return lines


def confusions(one: Measures) -> list[str]:
    """A method's confusion tables, accuracy and macro-F1, a skill a line."""
    return [
        f"{skill.value}: none {m.confusion[0]}, weak {m.confusion[1]}, strong {m.confusion[2]} "
        f"(told none, weak, strong); accuracy {m.accuracy:.2f}, macro-F1 {m.macro_f1:.2f}, "
        f"strong F1 {m.binary_macro_f1:.2f}"
        for skill, m in one.skills.items()
    ]
