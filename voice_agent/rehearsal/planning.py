"""A DEAR MAN plan: notes for what to say, each rated on its own skill."""

from __future__ import annotations

from voice_agent.dearman import Level, Skill
from voice_agent.feedback.protocols import RatedTurn, Rater
from voice_agent.scenario import Scenario


def rated_notes(notes: dict[Skill, str], rater: Rater, scenario: Scenario) -> dict[Skill, Level]:
    """How each note would be rated on its own skill if it were said. Blocking, about 10 ms a note."""
    levels = {}
    for skill, note in notes.items():
        turn = RatedTurn(said=note, partner_line=scenario.opening, earlier=(), scenario=scenario)
        levels[skill] = rater.read(turn).ratings.level(skill)
    return levels


def plan_hints(scenario: Scenario) -> dict[Skill, str]:
    """What belongs into each note, with this situation's own facts and goal."""
    facts = " ".join(scenario.learner.facts)
    return {
        Skill.DESCRIBE: f"What happened, as a camera would have seen it. You know: {facts}",
        Skill.EXPRESS: "How you feel about it, as your own feeling: I feel ...",
        Skill.ASSERT: f"What you ask for, or say no to, clearly. Your goal: {scenario.learner.goal}",
        Skill.REINFORCE: "What is good about it for them, or what you thank them for.",
        Skill.MINDFUL: "What they may do to lead you away, and the sentence you come back to.",
        Skill.CONFIDENT: "How you want to sound, and an apology that you will leave out.",
        Skill.NEGOTIATE: "What you can offer if they say no: a smaller step, a trade.",
    }
