"""What advice by an LLM has to keep besides its schema: quote, praise nothing, invent nothing, say nothing twice,
leave alone what the rating beside it calls strong."""

from __future__ import annotations

import re

from voice_agent.dearman import Level
from voice_agent.feedback.llm_answers import AnswerError, LlmAdvice
from voice_agent.feedback.llm_prompts import situation_of
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.feedback.rater_input import plain
from voice_agent.untold import untold_facts

_QUOTED = re.compile(r"[\"\u201c\u2018]([^\"\u201d\u2019]+)[\"\u201d\u2019]|(?<!\w)'([^']+)'(?!\w)")
_PRAISE = re.compile(
    r"^\W*(?:(?:that was |this is |you did |what )?(?:an? )?(?:really |very )?(?:great|good|nice|excellent|amazing|wonderful|fantastic|perfect|strong)"
    r" (?:job|work|start|effort|turn|point|try|attempt)|well done|bravo|keep it up|you(?:'|\u2019)re doing (?:great|well))\b",
    re.IGNORECASE,
)


def check_advice(advice: LlmAdvice, turn: AdvisedTurn) -> None:
    """Raises AnswerError, in words that the model can act on."""
    said = plain(turn.said)
    quotes = [plain(one or other) for one, other in _QUOTED.findall(advice.reason)]
    if re.search(r"\w", said) and not any(quote and quote in said for quote in quotes):
        raise AnswerError("reason must quote the learner's own words in quotation marks, exactly as they were said")
    if _PRAISE.search(advice.reason):
        raise AnswerError("reason must say what to change, without praise")
    if not advice.skill.is_state_of_mind and turn.reading.ratings.level(advice.skill) is Level.STRONG:
        raise AnswerError(
            f"{advice.skill.value} is strong in this turn: choose a skill that fell short or is missing"
        )
    if turn.last is not None and plain(advice.words) == plain(turn.last.words):
        raise AnswerError("words were suggested before: say something else")
    if plain(advice.words) == said:
        raise AnswerError("words must differ from what the learner said")
    if invented := invented_facts(advice.words, turn):
        raise AnswerError(f"words hold what nobody has told: {', '.join(invented)}")


def invented_facts(words: str, turn: AdvisedTurn) -> list[str]:
    """Figures, days, months and names in the words that stand neither in the situation nor in the talk."""
    situation = situation_of(turn.scenario) if turn.scenario else turn.situation
    told = [turn.said, turn.partner_line, *turn.earlier]
    if situation is not None:
        told += [situation.partner, situation.context, situation.goal]
    if turn.scenario is not None:
        told += [*turn.scenario.practice, turn.scenario.opening]
    return untold_facts(words, told)
