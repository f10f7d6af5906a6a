"""Words that a learner could say: from the scenario, from the learner's own turn, never from thin air."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice_agent.advice import LONGEST_WORDS
from voice_agent.annotation import Situation
from voice_agent.dearman import Skill
from voice_agent.emotions import Feeling
from voice_agent.feedback.addressing import TITLES, fact_said, request_said
from voice_agent.scenario import Scenario

_QUESTION = re.compile(
    r"^(?:hey \w+ |okay |and |so )?(?:(?:would|could|can|will|do|does|did|is|are|have|has) (?!be\b)|what about|how about|what if|why|"
    r"(?:what|how|when|where|who|which)(?: \w+)? (?:would|could|can|will|do|does|did|is|are|was|has|have)\b)",
    re.IGNORECASE,
)
_ASKED_LATE = re.compile(r"\b(?:how about|what about|what if)\b", re.IGNORECASE)
_HEDGES = re.compile(
    r"\b(?:(?:i'?m |i am )?(?:so |really |very )*sorry(?: (?:to bother you|but|for asking|about this|to ask))*|i guess|kind of|kinda|sort of|"
    r"maybe|perhaps|just|or something|or whatever|if (?:that'?s|it'?s) (?:ok|okay|alright|all right|fine)(?: with you)?|if you don'?t mind|"
    r"i was wondering if|no pressure|it'?s probably (?:silly|stupid|nothing) but|um+|uh+|erm?|you know|i mean|basically|honestly)\b[, ]*",
    re.IGNORECASE,
)
_TWICE = re.compile(r"\b(?!(?:had|that)\b)(\w+)(?: \1\b)+", re.IGNORECASE)
BELITTLES_ONESELF = re.compile(
    r"\bi(?:'|\u2019)?m (?:such an? |just an? |so (?:awkward|stupid|dumb|needy|useless|bad)|being (?:silly|stupid|difficult))|\ba burden\b|\bi shouldn(?:'|\u2019)?t (?:even )?(?:ask|complain)",
    re.IGNORECASE,
)
"""Never offered as words to say."""
_FEELING_WORDS = {
    Feeling.ANGER: "angry",
    Feeling.FEAR: "afraid of how this goes",
    Feeling.SADNESS: "sad",
    Feeling.SHAME: "ashamed",
    Feeling.GUILT: "guilty",
    Feeling.WORRY: "worried",
    Feeling.DISGUST: "put off",
    Feeling.ENVY: "envious",
    Feeling.JEALOUSY: "jealous",
    Feeling.HOPE: "hopeful that we can settle this",
    Feeling.LOVE: "close to you, and I want that to stay",
}
"""How a feeling of the check-in is said. Joy is left out: it seldom is what a hard talk is about."""


@dataclass(frozen=True, slots=True)
class Words:
    """A candidate."""

    text: str
    true_to: float
    """How sure its facts are: 1 the learner's own or the scenario's, less for frames that fit any talk."""


_DATES = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|april|june|july|august|september|"
    r"october|november|december|christmas|easter)s?\b"
)


def sentence(words: str) -> str:
    """Recognizer-like words as a sentence: capitals, `I`, full stop or question mark."""
    words = _DATES.sub(lambda match: match[0].capitalize(), words)
    text = re.sub(r"\bi\b(?=$|[ '’.,;:!?])", "I", " ".join(words.split()))
    text = text[:1].upper() + text[1:]
    if text and text[-1] not in ".!?":
        text += "?" if _QUESTION.match(text) or _ASKED_LATE.search(text) else "."
    return text


def without_hedges(said: str) -> str:
    """The learner's own words without apologies, hedges, fillers and words said twice."""
    return _TWICE.sub(r"\1", " ".join(_HEDGES.sub(" ", said).split())).strip(" ,;")


def scenario_lines(scenario: Scenario) -> list[str]:
    """The sentences that the scenario's author thinks a learner may say."""
    return [sentence(line) for line in scenario.practice]


def frames(
    scenario: Scenario | None, skill: Skill, feelings: dict[Feeling, int], situation: Situation | None = None
) -> list[Words]:
    """Sentences for a skill that any scenario can fill; few where only a situation, or nothing, is known."""
    if scenario is None:
        if situation is None:
            return _free_frames(skill)
        if skill is Skill.DESCRIBE:
            return [Words(fact, 1.0) for fact in _told_facts(situation)]
        return [*_goal_frames(skill, situation), *_free_frames(skill)]
    request = request_said(scenario.slots.request)
    asked = f"Would you {request}?"
    match skill:
        case Skill.DESCRIBE:
            return [Words(fact, 1.0) for fact in facts_said(scenario)]
        case Skill.EXPRESS:
            strongest = sorted(feelings, key=lambda feeling: -feelings[feeling])
            told = [_FEELING_WORDS[f] for f in strongest if f in _FEELING_WORDS and feelings[f] >= 3]
            return [Words(f"I feel {word}.", 1.0) for word in told[:2]] + [
                Words("This matters to me, and I feel tense bringing it up.", 0.5)
            ]
        case Skill.ASSERT:
            return [Words(asked, 0.9), Words(f"I'm asking you to {request}.", 0.85)]
        case Skill.REINFORCE:
            return []  # what they gain is known to the scenario alone
        case Skill.NEGOTIATE:
            return [
                Words("If that doesn't work for you, what would make it possible?", 0.8),
                Words(f"What would you need from me so that you could {request}?", 0.8),
                Words("Could we try it for two weeks and then look at it again?", 0.7),
            ]
        case Skill.MINDFUL:
            return [
                Words(f"I hear you. I'd like to stay with this one thing: {asked[0].lower()}{asked[1:]}", 0.9),
                Words(f"I hear you. What I came to ask is this: {asked[0].lower()}{asked[1:]}", 0.88),
                Words(f"I understand. And I'm still asking you to {request}.", 0.85),
            ]
        case Skill.CONFIDENT:
            return [Words(f"I'd like you to {request}.", 0.8), Words(asked, 0.8)]


def _free_frames(skill: Skill) -> list[Words]:
    match skill:
        case Skill.NEGOTIATE:
            return [Words("If that doesn't work for you, what would make it possible?", 0.7)]
        case Skill.MINDFUL:
            return [Words("I hear you. I'd like to come back to what I asked for.", 0.6)]
        case _:
            return []


def _goal_frames(skill: Skill, situation: Situation) -> list[Words]:
    """The goal as a request; whether it is told as a thing wanted or as a sentence, it can stand after a colon."""
    goal = _told(situation.goal, situation)
    if goal is None or _ABOUT_SOMEBODY.match(goal):
        return []
    goal = re.sub(_OPENS_A_GOAL, lambda match: match[0].lower(), goal)
    opening = "This is how I'd like it" if goal.startswith("I ") else "This is what I'm asking for"
    match skill:
        case Skill.ASSERT | Skill.CONFIDENT:
            return [Words(f"{opening}: {goal}", 0.8)]
        case Skill.MINDFUL:
            return [Words(f"I hear you. {opening}: {goal}", 0.8)]
        case _:
            return []


_OPENS_A_GOAL = (
    r"^(?:An?|The|No|Nobody|My|Our|We|You|On|In|At|From|After|Before|Next|Two|Three|Half|More|Less|Only)\b"
)
_ABOUT_SOMEBODY = re.compile(r"(?!(?:The|No|My|Our)\b)[A-Z]\w+ [a-z]+[^s\W]s\b|They\b|He\b|She\b")
"""`Mum stops asking`: it may be the partner by another name."""


def _told_facts(situation: Situation) -> list[str]:
    """What the learner tells of the talk, as said to the partner; those sentences that can be turned round."""
    partner = _name(situation)
    if partner is None:
        return []
    facts = re.split(r"(?<=[.!?])\s+", situation.context)
    told = (_told(fact, situation) for fact in facts if partner.split()[-1] in fact)
    return [fact for fact in told if fact is not None]


def _told(text: str, situation: Situation) -> str | None:
    said = fact_said(text, _name(situation) or "")
    return said if said is not None and len(said.split()) <= LONGEST_WORDS else None


def _name(situation: Situation) -> str | None:
    """The partner's name, with a title or relation before it: `Craig`, `Ms. Leclerc`, `Uncle Gary`."""
    named = re.search(rf"(?:(?i:{TITLES}) )?[A-Z]\w+(?: [A-Z]\w+)*", situation.partner)
    return named[0] if named else None


def facts_said(scenario: Scenario) -> list[str]:
    """The scenario's facts as the learner tells them, those that fit a turn."""
    told = (fact_said(fact, scenario.partner.name) for fact in scenario.learner.facts)
    return [fact for fact in told if fact is not None and len(fact.split()) <= LONGEST_WORDS]


def joined(parts: list[str]) -> str | None:
    """The parts as one turn, None when it is longer than can be kept in mind."""
    text = " ".join(sentence(part) for part in parts if part)
    return text if len(text.split()) <= LONGEST_WORDS else None
