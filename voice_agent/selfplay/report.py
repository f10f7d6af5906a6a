"""Results of self-play in words: a table over scenarios and skills, and a realism card."""

from __future__ import annotations

from collections.abc import Mapping

from voice_agent.scenario import Scenario
from voice_agent.selfplay.card import NO_OUTCOME, LearnerResult, RealismCard, faults
from voice_agent.selfplay.learner import LearnerSkill

HEADINGS = ("situation", "learner", "talks", "stance", "came out as", "agreed after", "repeats", "distinct", "drift")


def row(scenario: str, skill: LearnerSkill, result: LearnerResult) -> tuple[str, ...]:
    """One row of the table, as text."""
    after = f"{result.turns_to_agreement:.1f} turns" if result.turns_to_agreement is not None else "-"
    return (
        scenario,
        skill.value,
        str(result.talks),
        f"{result.start:.1f} to {result.end:.1f}",
        outcomes(result.outcomes),
        after,
        str(result.repeats),
        f"{result.distinct:.0%}",
        str(result.drifts),
    )


def lines_of(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows under their headings, in columns as wide as they need."""
    table = [HEADINGS, *rows]
    widths = [max(len(one[place]) for one in table) for place in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip() for one in table]


def outcomes(counted: Mapping[str, int]) -> str:
    """`close agreed 3, none 1`, the most frequent first."""
    order = sorted(counted, key=lambda name: (-counted[name], name))
    names = {NO_OUTCOME: "left open"}
    return ", ".join(f"{names.get(name, name.replace('_', ' '))} {counted[name]}" for name in order)


def card_lines(card: RealismCard, scenario: Scenario, *, out_of_date: str, whole: bool = True) -> list[str]:
    """The card for people. out_of_date: why it is; empty when it is not.

    whole: with the texts to look at, some of which the learner is not to know before the talk.
    """
    told = [
        f"Realism, by {card.seeds} talks of each simulated learner with the {card.partner} partner, "
        f"at most {card.turns} turns:"
    ]
    if out_of_date:
        told.append(f"  OUT OF DATE: {out_of_date}; voice-agent simulate --cards --scenario {card.scenario}")
    for skill, result in card.learners.items():
        after = f", agreed after {result.turns_to_agreement:.1f} turns" if result.turns_to_agreement else ""
        told.append(
            f"  {skill.value:<7}stance {result.start:.1f} to {result.end:.1f}; {outcomes(result.outcomes)}{after}; "
            f"{result.distinct:.0%} of the lines differ"
        )
    found = faults(card, scenario)
    told += [f"  Fault: {fault}." for fault in found]
    if whole:
        told += [f'  To look at, {flag.why}: "{flag.line}"' for flag in card.stereotypes]
    elif card.stereotypes:
        told.append(f"  {len(card.stereotypes)} texts to look at; --partner shows them.")
    if not found:
        told.append("  No fault found: it does not go soft without reason, repeat itself, or leave its role.")
    return told
