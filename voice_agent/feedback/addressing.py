"""Turns a scenario's words round, so that the learner can say them: `you` becomes `I`, the partner's name `you`."""

from __future__ import annotations

import re

_TO_FIRST = {
    "you": "I",
    "your": "my",
    "yours": "mine",
    "yourself": "myself",
    "you're": "I'm",
    "you've": "I've",
    "you'd": "I'd",
    "you'll": "I'll",
}
_TO_SECOND = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "am": "are",
    "your": "my",
    "yours": "mine",
}
"""For the partner's own words (`you want me to {request}`): there `you` is the learner."""
_AFTER_YOU = {"are": "am", "were": "was", "weren't": "wasn't"}
TITLES = r"(?:Mr|Mrs|Ms|Miss|Dr|Professor|Officer|Pastor|Uncle|Aunt)\b\.?"
"""Before a name, as a pattern."""
_PARTNER = "\ufffc"
_VERBS = {
    "has": "have",
    "is": "are",
    "was": "were",
    "does": "do",
    "says": "say",
    "goes": "go",
    "hasn't": "haven't",
    "doesn't": "don't",
    "isn't": "aren't",
    "wasn't": "weren't",
}
_BEFORE_OBJECT = frozenset(
    [
        "to",
        "for",
        "with",
        "from",
        "at",
        "by",
        "on",
        "of",
        "about",
        "told",
        "asked",
        "gave",
        "give",
        "gives",
        "sent",
        "send",
        "sends",
        "let",
        "lets",
        "helped",
        "help",
        "helps",
        "lent",
        "lend",
        "lends",
        "owe",
        "owes",
        "like",
        "than",
        "called",
        "call",
        "calls",
        "met",
        "meet",
        "meets",
        "pay",
        "pays",
        "paid",
        "take",
        "takes",
        "took",
        "tell",
        "tells",
        "get",
        "gets",
        "got",
        "get",
        "put",
        "drove",
        "drives",
        "invited",
        "invites",
        "thanked",
        "promised",
        "promises",
        "left",
        "leaves",
        "ask",
        "asks",
    ]
)
_BEFORE_SUBJECT = frozenset(
    [
        "and",
        "but",
        "when",
        "that",
        "because",
        "since",
        "before",
        "after",
        "until",
        "if",
        "whether",
        "so",
        "while",
        "where",
        "what",
        "which",
        "as",
        "once",
        "then",
        "though",
        "ago",
        "today",
        "yesterday",
        "tonight",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "week",
        "month",
        "year",
        "night",
        "evening",
        "morning",
        "spring",
        "summer",
        "autumn",
        "winter",
        "fall",
        "weekend",
        "now",
    ]
)
_AFTER_A_VERB = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "our",
        "me",
        "us",
        "it",
        "them",
        "this",
        "that",
        "no",
        "not",
        "none",
        "nothing",
        "back",
        "off",
    ]
)
"""What stands between a verb and the rest, seldom between a noun and the rest."""
_TWO_AT_ONCE = re.compile(
    r"\b(?:(?:two|both|neither|either|all) of you|you both|you and|and you|together|each other)\b", re.IGNORECASE
)
_THIRD_PERSON = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)


def fact_said(fact: str, partner: str) -> str | None:
    """A fact about `you` (the learner) and the partner, as the learner says it to them; None where that can't be told.

    partner: the name, with a title if there is one; may be empty.

    >>> fact_said("You washed Sam's pans.", "Sam")
    "I washed your pans."
    """
    if _TWO_AT_ONCE.search(fact) or '"' in fact:
        return None
    text = re.sub(rf"\b(?:{_called(partner)})(?!\w)", _PARTNER, fact) if partner else fact
    if _THIRD_PERSON.search(text):
        return None  # `her` may be the partner or somebody else
    words: list[str] = []
    for word in text.split():
        turned = _first_person(word, words)
        if turned is None:
            return None
        words.append(turned)
    for place, word in enumerate(words):
        if _PARTNER in word and _is_part_of_a_longer_name(words, place):
            return None
        is_subject = place == 0 or _bare(words[place - 1]) not in _BEFORE_OBJECT
        if word == _PARTNER and place + 1 < len(words) and is_subject:
            verb = _plural(words[place + 1])
            if verb != words[place + 1] and not _turn_second_verbs(words, place + 2):
                return None
            words[place + 1] = verb
        words[place] = re.sub(rf"{_PARTNER}['\u2019]s", "your", words[place]).replace(_PARTNER, "you")
    said = " ".join(words)
    return re.sub(r"(?:^|(?<=\w\w[.!?] ))[a-z]", lambda match: match[0].upper(), said)


def _turn_second_verbs(words: list[str], start: int) -> bool:
    """`and pays the ticket` -> `and pay the ticket`, in place; False where it may be a verb or a noun."""
    for place in range(start, len(words)):
        since = [_bare(word) for word in words[max(start, place - 3) : place]]
        if not {"and", "or"} & set(since) or _plural(words[place]) == words[place]:
            continue
        if {_bare(word) for word in words[place + 1 : place + 2]} & _AFTER_A_VERB:
            words[place] = _plural(words[place])
        elif since[-1] in ("and", "or"):
            return False
    return True


def _is_part_of_a_longer_name(words: list[str], place: int) -> bool:
    """`my friend Dana`, `Denise Marchetti`."""
    before, after = words[max(0, place - 2) : place], words[place + 1 : place + 2]
    return before[:1] in (["my"], ["My"]) or any(re.match(r"[A-Z][a-z]", word) for word in after)


def _called(partner: str) -> str:
    """How somebody is called, as a pattern: by the whole name, or by the one that is not a title."""
    words = partner.split()
    if re.fullmatch(TITLES, words[0], re.IGNORECASE):
        return f"(?i:{re.escape(words[0])}) {re.escape(' '.join(words[1:]))}|{re.escape(words[-1])}"
    return f"{re.escape(partner)}|{re.escape(words[0])}"


def request_said(request: str) -> str:
    """`wash up before I go to bed`, the partner's own words for it, as asked of them."""
    return " ".join(_second(word) for word in request.split())


def _second(word: str) -> str:
    bare = word.strip(".,;!?")
    if bare.lower() in ("you", "yourself"):
        return word.replace(bare, "me" if bare.lower() == "you" else "myself")
    return word.replace(bare, _TO_SECOND.get(bare.lower(), bare))


def _first_person(word: str, before: list[str]) -> str | None:
    """The word as the learner says it; None where `you` may be subject or object."""
    bare = word.strip(".,;:!?()")
    key = bare.lower().replace("\u2019", "'")
    if key in _AFTER_YOU and before:
        is_second = before[-1] in ("and", "but") and any(re.match(r"I\b", word) for word in before)
        if before[-1] == "I" or is_second:  # I waited, and was told
            return word.replace(bare, _AFTER_YOU[key])
    new = _TO_FIRST.get(key)
    if new is None:
        return word
    if key == "you" and before and before[-1][-1] not in ",;.:":
        last = _bare(before[-1])
        if last in _BEFORE_OBJECT:
            new = "me"
        elif last not in _BEFORE_SUBJECT and not last.isdigit():
            return None
    return word.replace(bare, new)


def _bare(word: str) -> str:
    return word.strip(".,;:!?()").lower()


def _plural(verb: str) -> str:
    """The verb after `you`: comes -> come. Past tense and the rest stay."""
    bare = verb.strip(".,;!?")
    if bare in _VERBS:
        return verb.replace(bare, _VERBS[bare])
    if re.fullmatch(r"[a-z]+(?:ss|sh|ch|x|o)es", bare):
        return verb.replace(bare, bare[:-2])
    if re.fullmatch(r"[a-z]{2,}ies", bare):
        return verb.replace(bare, bare[:-3] + "y")
    if re.fullmatch(r"[a-z]{2,}[^s]s", bare):
        return verb.replace(bare, bare[:-1])
    return verb
