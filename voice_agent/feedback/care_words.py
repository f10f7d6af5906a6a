"""Notices crisis words and signs of distress in what a learner said. Rules by wording, tested on false alarms.

A crisis phrase speaks of oneself (or of a threat to one's body) and in earnest: idioms ("this traffic is killing
me"), other people's stories and denials are left alone. What stays doubtful counts as distress, which only offers.
"""

from __future__ import annotations

import re

from voice_agent.care import CrisisKind


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b")


_CRISES: dict[CrisisKind, re.Pattern[str]] = {
    CrisisKind.SELF_HARM: _any(
        r"(?:kill|hurt|harm|cut|hang|shoot|drown|poison|unalive) myself(?! (?:shaving|while|on the|cooking|at the gym|laughing|lifting|carrying|moving|trying to (?:lift|carry|move)))",
        r"(?:killing|hurting|harming|cutting|hanging) myself(?! (?:laughing|with work|over))|(?:been|started) cutting again",
        r"(?:end|take|ending|taking) my (?:own )?life",
        r"end it all|(?:commit|attempt)(?:ting)? suicide|(?:i'?m|i am|i feel|feeling|been) suicidal",
        r"(?:don'?t|do not|didn'?t|no longer) want to (?:live|be alive|wake up|exist)(?: any ?more| at all)?"
        r"(?= ?$| (?:and|but|because|since|if|i|it'?s|some|sometimes)\b)",
        r"(?:i|i'?d|i would) (?:want|wanna|rather|just want|really want) (?:to )?(?:die|be dead)(?! (?:than\b|of (?:shame|embarrassment|laughter|laughing)|laughing|when|every time))",
        r"better off (?:without me|if i (?:was|were) (?:dead|gone))|better off dead",
        r"(?:thinking|thought|think) (?:about|of) (?:suicide|killing myself|ending (?:it|my life)|dying)",
        r"(?:overdose|od) on (?:my )?(?:pills|meds|medication|tablets)|i(?:'ve| have)? (?:just )?(?:took|taken|swallowed) (?:all|too many) (?:of )?(?:my|the|those) (?:\w+ )?(?:pills|meds|medication|tablets)|(?:to|gonna|wanna|i'?ll) kms",
        r"(?:i'?ll|i will|i want to|i wanna|i'?m going to|i'?m gonna|i could(?: just)?|i might|feel like|(?:thinking|thought) (?:about|of)) jump(?:ing)? (?:off (?:a|the|my)|in front of (?:a|the)) (?:bridge|roof|building|balcony|train|bus|car|truck)",
        r"no (?:reason|point) (?:left )?(?:to live|for me to live|in (?:living|being alive))|can'?t go on living|"
        r"(?:don'?t|can'?t) see (?:a|any|the) (?:reason|point) (?:to|in) (?:keep |go on |going on )?(?:live|living|be alive|being alive)",
        r"wish i (?:was|were) (?:dead|never born)|wish i (?:was|were)(?:n'?t| not) (?:alive|born)|rather be dead than (?:live|go on)",
    ),
    CrisisKind.VIOLENCE: _any(
        r"(?:i'?m going to|i am going to|i'?m gonna|i'?ll|i will|i want to|i'?ve decided to|i have a plan to) (?:\w+ ){0,2}?"
        r"(?:stab|shoot|strangle|murder|poison|beat up|beat the (?:hell|crap|shit) out of|hurt) (?:you|him|her|them|my \w+)(?! (?:feelings|chances|career|back|an? \w+))",
        r"(?:i'?m going to|i'?m gonna|i'?ll|i will) beat (?:you|him|her|them) up(?! (?:the|that|this))",
        r"(?:i might|i could|i'?m going to|i'?m afraid i'?(?:ll| will| might)) (?:really )?hurt (?:someone|somebody)(?! (?:feelings|'s))",
        r"(?:i'?m going to|i'?m gonna|i'?ve decided to|i have a plan to|i'?m planning to) kill (?:you|him|her|them|my \w+)"
        r"(?! (?:with|if (?:you|he|she|they) (?:ask|call|say|send|eat|leave|forget|cancel|sing|do)))",
        r"(?:got|bought|have|getting) a (?:gun|knife) (?:and|for|to use)",
    ),
    CrisisKind.ABUSE: _any(
        r"(?:he|she|you|they|my \w+|dad|mom|mum) (?:has |have |had |always |just |keeps? |kept |used to )?(?:hits?|hitting|beats?|beating|slaps?|slapped|slapping|punch(?:es|ed|ing)?|"
        r"chok(?:es|ed|ing)|strangl(?:es|ed|ing)|kick(?:s|ed|ing)) (?:me|us|my (?:son|daughter|kids?|child|children|baby|little \w+))"
        r"(?! (?:up|at|to it|by (?:a|ten|five|two|one)|in (?:chess|tennis|the game|cards|points)|with (?!(?:\w+ ){0,2}(?:belt|stick|fists?|bottle|shoe|hands?|bat|cord|cable|hammer|knife|pan|broom)\b)|off|out of|under))",
        r"(?:i'?m|i am|i'?m so) (?:afraid|scared|terrified) (?:of what |that )?(?:he|she|you)(?:'ll| will| might| would|'s going to| is going to)? (?:do to|hurt|hit|kill|harm|beat|touch) (?:me|us|(?:the|my) (?:kids?|child|children|baby|son|daughter|mother|mom|mum|sister|brother|dog|cat))",
        r"(?:he|she|you|they|my \w+) (?:(?:gets?|got|is|was|turns?|becomes?|became) (?:\w+ )?violent (?:with|to|towards?) (?:me|us)|"
        r"put (?:his|her|their|your) hands (?:around|on|round) my (?:throat|neck)|"
        r"(?:pushe[sd]|threw|throws|shove[sd]|slammed) me (?:down the stairs|(?:against|into) (?:the|a) (?:wall|door)|(?:to|on) the (?:floor|ground)))",
        r"(?:i'?m|i am|i was|i'?ve been) (?:being |getting )?(?:(?:physically|sexually) abused|abused (?:at home|by (?:him|her|them|my \w+)))|(?:i'?m|i am) not safe at home",
        r"(?:he|she|you|they) (?:threatened|threatens|is threatening|keeps threatening) to (?:kill|hurt|beat|harm|hit) (?:me|us|the kids|the children|my \w+|himself|herself)",
        r"(?:he|she|they|my \w+) (?:(?:raped|molested|sexually \w+) me|touch(?:es|ed) me (?:at night|down there|there|inappropriately|where|in a (?:bad|wrong|sexual)))|i(?:'ve| have)? (?:was|been|got|am being|'m being) (?:raped|molested|sexually abused)",
        r"(?:he|she|they|you) (?:won'?t|will not|doesn'?t|don'?t|never) (?:let|lets) me leave the (?:house|flat|apartment)(?! (?:an?|in|like|dirty|messy|untidy))",
        r"(?:forced|forces|forcing|made) me to have sex|locks? me in(?!to| to| with)",
    ),
}
_NOT_IN_EARNEST = _any(
    r"(?:not|never|isn'?t|wasn'?t|aren'?t|didn'?t|don'?t|wouldn'?t|won'?t) (?:going to |gonna |want to |wanting to |trying to |ever |even |actually |here to )*"
    r"(?:kill|hurt|harm|stab|shoot|hit|beat|end|cut)\w*",
    r"(?:in the|on the|at the|this|that|a) (?:movie|film|show|game|book|series|song|dream|play)",
    r"(?:used to|years ago|when i was (?:little|a kid|young|small|ten|twelve)) (?:\w+ ){0,3}?(?:joke|pretend)",
    r"(?:when|every time) we (?:play|race|run|bowl|bet)|just kidding|only joking|figure of speech|so to speak",
)
_THIRD_PERSON_STORY = re.compile(
    r"\b(?:he|she|they|my \w+|his \w+|her \w+) (?:had )?(?:killed|hanged|hung|shot) (?:himself|herself|themselves)\b"
)

_DISTRESS = _any(
    r"i can'?t (?:do this|take (?:this|it)|breathe|cope|stop crying|go on|handle this)(?: any ?more| right now)?",
    r"i'?m (?!not\b)(?:\w+ )?(?:shaking|crying|panicking|falling apart|breaking down|having a panic attack|going to (?:cry|be sick|throw up))",
    r"(?:this|it|that)(?: i|')?s (?:too much|all too much|making me (?:cry|sick|panic|shake))(?! (?:work|money|noise|food|sugar|salt|time|to (?:pay|eat|read|ask)))",
    r"my (?:heart is (?:racing|pounding)|hands are shaking|chest (?:hurts|is tight))|panic attack",
    r"i (?:feel|am|'m) (?:so |completely |totally )?(?:hopeless|worthless|broken|numb|trapped)|i hate myself|i'?m so stupid|what'?s wrong with me",
    r"i need (?:to stop|a break|to get out of here)|(?:please )?(?:can we|let'?s|i want to|i have to) stop(?: this| here| now| please)?$",
    r"(?:don'?t|do not) want to be here any ?more|want to disappear|wish i could disappear|nothing matters any ?more|no point (?:any ?more|in anything)",
)


def _plain(said: str) -> str:
    """Lower case, straight apostrophes, no punctuation: typed and recognised words look alike."""
    lower = said.lower().replace("\u2019", "'")
    return " ".join(re.sub(r"[^\w' ]+", " ", lower).split())


def crisis_in(said: str) -> CrisisKind | None:
    """The kind of crisis that was spoken of, the gravest first; None when there is none."""
    text = _plain(said)
    for kind, pattern in _CRISES.items():
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 24) : match.end() + 24]
            if not _NOT_IN_EARNEST.search(around) and not _THIRD_PERSON_STORY.search(around):
                return kind
    return None


def distress_in(said: str) -> str | None:
    """The words that show distress, as the learner said them; None when there are none."""
    text = _plain(said)
    for pattern in (*_CRISES.values(), _DISTRESS):
        if (match := pattern.search(text)) is not None:
            return match.group()
    return None
