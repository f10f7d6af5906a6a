"""The rubric in the words that prompts use. Its whole text with all finer cases is in docs/rubric.md."""

from __future__ import annotations

from voice_agent.dearman import Skill

LEVELS = (
    "2 strong: the skill is used and used well. 1 weak: it is tried, but an expert would ask to improve it. "
    "0 none: it is not used, or (mindful, confident) the state of mind is absent."
)

RUBRIC: dict[Skill, str] = {
    Skill.DESCRIBE: (
        "the facts the learner reacts to. 2: specific, observable facts (what, when, how often, who said what) without "
        "judgement or motive. 1: facts mixed with judgement, exaggeration (always, never), mind-reading or blame, or too "
        "vague to place. 0: no account of what happened."
    ),
    Skill.EXPRESS: (
        "the learner's own feeling or need. 2: names an own emotion, need or concern plainly. 1: implied, minimised or "
        "disguised (I feel like you don't care; you make me so mad). 0: none is voiced; politeness is none."
    ),
    Skill.ASSERT: (
        "asking for what is wanted, or saying no. 2: a clear request or refusal, specific enough to act on. 1: a hint, "
        "hedged until it can be missed, a mere order or demand, or too general to act on. 0: nothing asked or refused; "
        "a question for information is none."
    ),
    Skill.REINFORCE: (
        "why it is worth it for the other. 2: a concrete good outcome for them or for both, or sincere specific "
        "appreciation. 1: generic, only in the learner's interest, or a threat as leverage. 0: none; a bare thanks is none."
    ),
    Skill.NEGOTIATE: (
        "willing to give to get. 2: a specific alternative, trade, smaller step or compromise, or asks for their solution "
        "while keeping the goal. 1: vague willingness, or gives the goal away. 0: none."
    ),
    Skill.MINDFUL: (
        "keeps to the goal. 2: stays on it, ignores bait or returns after a clause. 1: partly pulled away, an old "
        "complaint, arguing who is right. 0: attacks, insults, threatens, mocks, changes the subject or gives up."
    ),
    Skill.CONFIDENT: (
        "appears effective in words. 2: direct and even, no needless apology; warm and polite counts. 1: some hedging or one "
        "needless apology. 0: apologises for asking, belittles oneself, retreats, begs, or shouts. Fillers never lower it."
    ),
}

FINER_CASES = (
    "Rate what was said, not what was meant. Recognised speech has no punctuation; fillers and slips lower nothing. "
    "Sarcasm is strong on nothing and mindful at most 1. Threats: assert 1, reinforce 1, mindful 0. Full surrender: "
    "negotiate 1, mindful 0. Listening or small talk: 0 on the five strategies, mindful and confident 2."
)

NEXT_SKILL = (
    "next_skill: the one skill that would help most in the learner's next turn. Describe before express, express before "
    "assert, assert before reinforce; negotiate once the other has refused or countered; mindful when the other attacked "
    "or changed the subject; confident when the last turn apologised or hedged."
)

SUGGESTION = (
    "reason: one or two sentences that quote the learner's own words and say what to change. words: what the learner could "
    "say aloud instead, at most 40 words, in the learner's register, with no fact that the situation does not give. No praise."
)
