"""Why a change would help, in one or two sentences that quote the learner's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice_agent.conversation import Act
from voice_agent.dearman import Level, Skill
from voice_agent.feedback import phrases
from voice_agent.feedback.choosing import AGREED
from voice_agent.feedback.clauses import LONGEST_QUOTE_WORDS, around, quote, whole

_DISGUISED = re.compile(r"\bi feel (?:like|that|as if|as though)\b")
_YOU_MAKE_ME = re.compile(r"\byou(?:'?re| are)? (?:make|making|made|drive|driving|drove) me\b")
_SELF_INTEREST = re.compile(r"\b(?:help me|for me|means? a lot|make me|makes my|mean so much)\b")

_WEAK: dict[Skill, tuple[tuple[re.Pattern[str], str], ...]] = {
    Skill.DESCRIBE: (
        (phrases.DESCRIBE_BLAME, "{quote} judges, so it can be argued with. What happened, when and how often can't."),
        (re.compile(r""), "{quote} leaves open what happened. Say what was seen or said, and when."),
    ),
    Skill.EXPRESS: (
        (_DISGUISED, "{quote} tells what the other person does. A feeling of your own is harder to argue with."),
        (_YOU_MAKE_ME, "{quote} hands your feeling to the other person. Say it as your own."),
        (phrases.EXPRESS_WEAK, "{quote} plays the feeling down. Name it plainly."),
        (re.compile(r""), "{quote} only hints at how you feel. Name the feeling or the need."),
    ),
    Skill.ASSERT: (
        (re.compile(r"\b(?:(?<!you )(?<!i )just (?:be|clean|do|fix|get|give|leave|listen|pay|put|say|stop|tell|turn|wash)|"
                    r"(?<!you )stop|you (?:should|have to|need to|must|better))\b"),
         "{quote} comes as an order. A clear request says the same and can be granted."),
        (phrases.HEDGE, "{quote} hedges the request until it can be missed. Ask for one thing that can be done."),
        (phrases.ASSERT_STRONG, "{quote} can be missed as a request. Ask for one thing, so clear that it can be answered yes or no."),
        (re.compile(r""), "{quote} hints at what you want. Ask for one thing, so clear that it can be answered yes or no."),
    ),
    Skill.REINFORCE: (
        (phrases.THREAT, "{quote} is a threat, and that makes giving way a defeat. Say what they gain."),
        (_SELF_INTEREST, "{quote} says what you gain. Say what they gain, or both of you."),
        (re.compile(r""), "{quote} could be about anything. Name one thing that gets better for them."),
    ),
    Skill.NEGOTIATE: (
        (phrases.NEGOTIATE_WEAK, "{quote} gives the goal away or leaves all to them. Offer one thing you can live with."),
        (re.compile(r""), "{quote} shows good will, but no offer. Name one, or ask what would work for them."),
    ),
    Skill.MINDFUL: (
        (phrases.ATTACK, "{quote} attacks, so the answer will be about that. Go back to what you want."),
        (phrases.THREAT, "{quote} threatens, so the answer will be about that. Go back to what you want."),
        (phrases.CONCEDE, "{quote} gives up what you came for. You can stay with it, and stay calm."),
        (phrases.SIDETRACK, "{quote} leads away from what you came for. Let it go by and come back to it."),
        (re.compile(r""), "{quote} doesn't ask for what you came for. Let the rest go by and come back to it."),
    ),
    Skill.CONFIDENT: (
        (phrases.BEGGING, "{quote} asks for permission to ask. You may ask for this."),
        (phrases.APOLOGY, "{quote} apologises where there is nothing to be sorry for. Leave it out."),
        (phrases.HEDGE, "{quote} softens what you want. Leave it out, and the request stands."),
        (phrases.SHOUT, "{quote} is heat. Said evenly, it has more weight."),
        (re.compile(r""), "{quote} could stand more firmly. Say it evenly, without a sorry or a maybe."),
    ),
}  # fmt: skip
_NEXT = {
    Skill.DESCRIBE: ("You said {quote}. What happened isn't told yet.", "Say it as a camera would see it."),
    Skill.EXPRESS: ("You said {quote}. What it is like for you isn't told yet.",
                    "Name one feeling or need of your own."),
    Skill.ASSERT: ("You said {quote}. That asks for nothing yet.",
                   "Say what you want, so clear that it can be answered yes or no."),
    Skill.REINFORCE: ("You said {quote}. Why it is worth it for the other person isn't told yet.",
                      "Name one thing that they gain."),
    Skill.NEGOTIATE: ("You said {quote}. Nothing meets them half-way yet.",
                      "Name something you can live with, or ask what would work for them."),
    Skill.MINDFUL: ("You said {quote}.", "Whatever comes back, come back to what you want, as calmly."),
    Skill.CONFIDENT: ("{quote} can stand as it is.", "Say the next thing as evenly, without a sorry or a maybe."),
}  # fmt: skip
"""What is missing after a turn, and what to do."""
_MAY_BE_THERE = {
    Skill.DESCRIBE: phrases.DESCRIBE_WHEN,
    Skill.EXPRESS: phrases.EXPRESS_STRONG,
    Skill.ASSERT: phrases.ASSERT_STRONG,
    Skill.REINFORCE: phrases.REINFORCE_STRONG,
    Skill.NEGOTIATE: phrases.NEGOTIATE_STRONG,
}
"""Words of a skill: where they stand, a turn that is rated none is not told that there is nothing."""
_FAINT = {
    Skill.DESCRIBE: "What happened can be told more plainly.",
    Skill.EXPRESS: "What it is like for you can be told more plainly.",
    Skill.ASSERT: "As a request that can be missed.",
    Skill.REINFORCE: "What they gain can be missed.",
    Skill.NEGOTIATE: "As an offer that can be missed.",
}
_HEATED = {
    Act.ATTACK: "{quote} attacks, so the answer will be about that. Go back to what you want.",
    Act.THREAT: "{quote} threatens, so the answer will be about that. Go back to what you want.",
}
"""For heat that no phrase gives away."""
_SETTLED = "You said {quote}. Say once more what is agreed: who does what, and when."
_ASKED = re.compile(r"\b(?:would|could|can|will) you\b|\bi(?:'?d| would) like\b|\bplease\b")


def reason(
    said: str, skill: Skill, level: Level, clauses: Sequence[str], weakest: str, act: Act = Act.UNCLEAR
) -> str:
    """One or two sentences. level: the turn's; a strategy that is strong wants no reason (`skills_to_advise`).

    weakest: the clause that reads worst on the skill, for when no phrase gives it away. act: what the turn does first.
    """
    plain = said.lower().replace("\u2019", "'")
    if skill.is_state_of_mind and act in AGREED:
        return _SETTLED.format(quote=quote(_telling(said, clauses) or said))
    if level is Level.STRONG or (level is Level.NONE and not skill.is_state_of_mind):
        missing, change = _NEXT[skill]
        cue = _MAY_BE_THERE.get(skill)
        if cue is not None and (found := cue.search(plain)):
            place = around(said, *found.span())
            if skill is not Skill.DESCRIBE or _tells(place):
                return f"You said {quote(whole(said, place))}. {_FAINT[skill]} {change}"
        follows_request = skill not in (Skill.DESCRIBE, Skill.EXPRESS, Skill.ASSERT)
        asking = [clause for clause in clauses if follows_request and _ASKED.search(clause.lower())]
        return f"{missing.format(quote=quote(_telling(said, asking or clauses) or said))} {change}"
    for pattern, sentence in _WEAK[skill]:
        if not pattern.pattern:
            fitting = _HEATED.get(act, sentence) if skill is Skill.MINDFUL else sentence
            return fitting.format(quote=quote(whole(said, weakest or said)))
        if found := pattern.search(plain):
            return sentence.format(quote=quote(whole(said, around(said, *found.span()))))
    raise AssertionError("the last pattern always fits")


def _tells(place: str) -> bool:
    """It tells what happened, and asks for nothing."""
    return bool(phrases.DESCRIBE_WHAT.search(place.lower())) and not _ASKED.search(place.lower())


def _telling(said: str, clauses: Sequence[str]) -> str:
    """The longest sentence or clause of those that can be quoted whole: it is the one that says most."""
    clauses = [whole(said, clause) for clause in clauses]
    short = [clause for clause in clauses if len(clause.split()) <= LONGEST_QUOTE_WORDS]
    return max(short or list(clauses), key=lambda clause: len(clause.split()), default="")
