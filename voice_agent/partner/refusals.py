"""Sentences of a model that no person of a scenario would say, and why."""

from __future__ import annotations

import re

_OUT_OF_ROLE = re.compile(
    r"\b(?:as an? (?:ai|language model|(?:virtual )?assistant|chat ?bot)|language model|virtual assistant|"
    r"i(?:'?m|\u2019m| am) (?:just |only )?an? (?:ai|assistant|program|(?:fictional )?character)|"
    r"i(?:'?m|\u2019m| am) not (?:actually )?(?:a )?(?:real(?! estate\b)|human)(?: (?:person|human|being))?(?=[,.!?\u2026]|$)|openai|"
    r"system prompt|my (?:instructions|prompt)|stage direction|resistance (?:is )?(?:\d|high|low)|role-?play|in this (?:scenario|simulation)|"
    r"stay(?:ing)? in character|break(?:ing)? character|dear man|dbt|the (?:learner|user)|"
    r"i(?:(?:'|\u2019)m| am) (?:un)?able to (?:assist|comply)|"
    r"i (?:can(?:'|\u2019)?t|cannot|won(?:'|\u2019)t) (?:continue|help|assist|comply) with (?:this|that|your) ?(?:request|conversation|topic)?(?=[,.!?\u2026]|$))",
    re.IGNORECASE,
)
_COACHING = re.compile(
    r"\b(?:you (?:could|might|should) (?:try|consider) (?:saying|using|to (?:say|express|describe))|try (?:saying|using|to say|to use) (?:an? )?[\"'\u201ci]|"
    r"good (?:use of|job)|(?<!as )well (?:said|put)|nice (?:use of|\"?i\"? statement)|\"?i\"?[- ]statements?|your (?:communication|tone (?:was|is) (?:clear|calm|respectful))|"
    r"assertive(?:ly|ness)?|here(?:'|\u2019)?s (?:a|some) (?:tip|feedback)|you (?:expressed|communicated|phrased) (?:that|this|it|your\w*) (?:\w+ )?(?:well|clearly|calmly|effectively))\b",
    re.IGNORECASE,
)
_ABUSE = re.compile(
    r"\b(?:kill yourself|i(?:(?:'|\u2019)?ll| will|(?:'|\u2019)?m going to| am going to) (?:kill|hit|hurt|beat|slap|punch|strangle) you|hope you (?:die|choke|rot)|"
    r"bitch|cunt|whore|slut|faggot|nigger|retard(?:ed)?|motherfucker|asshole|dickhead|scumbag|fuck(?:ing)? (?:you|off)|"
    r"you(?:(?:'|\u2019)?re| are)(?: \w+){0,4} (?:idiot|moron|loser|imbecile|piece of (?:shit|trash|garbage)|waste of (?:space|air|life))|"
    r"you(?:(?:'|\u2019)?re| are) (?:\w+ )?(?:worthless|pathetic|disgusting)|you (?:\w+ )?(?:idiot|moron|loser)|everyone hates you|nobody (?:loves|could love|would love) you)\b",
    re.IGNORECASE,
)
_PROMISES = r"(?:wash|clean|do|fix|pay|call|start|stop|change|send|give|bring|talk|come|be|take|move|put|handle|get)"
_SOON = r"(?:tonight|today|tomorrow|right (?:away|now)|from now on|immediately|this (?:week|evening|afternoon))"
_GIVES_WAY = re.compile(
    r"\b(?:you(?:'|\u2019)?re (?:absolutely |completely |totally |so |quite )?right(?! (?:here|now|there))(?=[,.!\u2026]| (?:and|about)|$)|"
    r"you(?:'|\u2019)?ve (?:convinced|persuaded) me|you win|i (?:was|am|(?:'|\u2019)m) (?:so )?wrong\b|i owe you an apology|i (?:totally |completely )?agree\b|"
    r"(?:you (?:have|make|(?:'|\u2019)ve got)|that(?:'|\u2019)?s) a (?:very |really )?(?:good|fair|valid) point|"
    r"(?:it(?:'|\u2019)?s|that(?:'|\u2019)?s) a deal|consider it done|i promise(?: you)?(?: i(?:'|\u2019)?ll| to|[,.!]|$)|"
    r"(?:okay|ok|all right|alright|sure|fine|yes|yeah|deal|of course|absolutely|fair enough)[,.!]* (?:then )?(?:i(?:'|\u2019)?ll|i will|i can|let(?:'|\u2019)?s|"
    r"we(?:'|\u2019)?ll|we can) (?!think|see|wait|bite|admit|tell|believe|just|never|not|say|hear|go\b)\w+|"
    r"i(?:(?:'|\u2019)?ll| will) (?:do (?:better|it|that|them)|take care of (?:it|that)|make sure|try (?:harder|to do better)|work on (?:it|that))|"
    rf"i(?:(?:'|\u2019)?ll| will) {_PROMISES}\b[^,.!?\u2026]* {_SOON}|i(?:(?:'|\u2019)?d| would) be (?:happy|glad) to|happy to help)\b|"
    r"^(?:(?:deal|agreed|yes,? i will|of course|absolutely|certainly|sure(?:,? no problem| thing)|no problem)[.!]*|(?:absolutely|certainly|yes|sure),? that(?:'|\u2019)?s fair\b.*)$",
    re.IGNORECASE,
)
"""Giving way altogether; half a step is left to the stage direction."""
_PARTS = r"(?:eyes|head|arms?|shoulders?|hands?|voice|jaw|brow|lips?|gaze|breath)"
_BODY = rf"(?:his|her|their|the) {_PARTS}"
_GESTURE = (
    r"(?:\w+ly )?(?:(?:sighs|shrugs|frowns|nods|scoffs|smirks|pauses|hesitates|mutters)(?=[,.\u2026]| and\b|$)|"
    rf"looks (?:away|down|up|at you)|turns (?:away|back)|leans (?:back|forward|in)|(?:rolls|crosses|folds|shakes|raises|lowers|throws up|rubs|clenches|narrows|softens) {_BODY})\b"
)
_NARRATION = re.compile(
    rf"^(?:he|she|they) {_GESTURE}|^i (?:sigh|shrug|frown|nod|scoff|roll my eyes|cross my arms|look away)\b(?=[,.]|$)|"
    r"[,.!?\u2026][\"\u201d] (?:i|he|she|they|\w+) (?:\w+ly )?(?:says?|said|repl(?:y|ies|ied)|mutters?|muttered|snaps?|snapped|sighs?|sighed)\b|"
    r"^you (?:repl(?:y|ied)|respond|nod|shrug)\b|^you (?:say|said|answer)\s*:",
    re.IGNORECASE,
)


def out_of_role(sentence: str) -> str | None:
    """Why no person of a scenario would say it; None when one could."""
    if _OUT_OF_ROLE.search(sentence):
        return "out of role"
    if _COACHING.search(sentence):
        return "coaching"
    return "abuse" if _ABUSE.search(sentence) else None


def gives_way(sentence: str) -> bool:
    """Whether it gives in altogether."""
    return _GIVES_WAY.search(sentence) is not None


def narrates(sentence: str, name: str) -> bool:
    """Whether it tells what the person with this name, or the other one, does or says, as a story would."""
    own = rf"{re.escape(name)}(?:(?:'|\u2019)s {_PARTS}\b| (?:\w+ly )?[a-z]+s\b)"
    return re.match(own, sentence) is not None or _NARRATION.search(sentence) is not None
