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
}
_AFTER_YOU = {"are": "am", "were": "was"}
_PARTNER = "\ufffc"
_VERBS = {"has": "have", "is": "are", "was": "were", "does": "do", "says": "say", "goes": "go", "hasn't": "haven't"}
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
_TWO_AT_ONCE = re.compile(
    r"\b(?:(?:two|both|neither|either|all) of you|you both|you and|and you|together|each other)\b", re.IGNORECASE
)
_THIRD_PERSON = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)


def fact_said(fact: str, partner: str) -> str | None:
    """A fact about `you` (the learner) and the partner, as the learner says it to them; None where that can't be told.

    >>> fact_said("You washed Sam's pans.", "Sam")
    "I washed your pans."
    """
    if _TWO_AT_ONCE.search(fact) or '"' in fact:
        return None
    name = re.escape(partner)
    first = re.escape(partner.split(maxsplit=1)[0])
    text = re.sub(rf"\b(?:{name}|{first})\b", _PARTNER, fact)
    if _THIRD_PERSON.search(text):
        return None  # `her` may be the partner or somebody else
    words: list[str] = []
    for word in text.split():
        turned = _first_person(word, words)
        if turned is None:
            return None
        words.append(turned)
    for place, word in enumerate(words):
        if word == _PARTNER and place + 1 < len(words) and _bare(words[place - 1]) not in _BEFORE_OBJECT:
            verb = _plural(words[place + 1])
            if verb != words[place + 1] and "and" in words[place:]:
                return None  # a second verb would have to change too
            words[place + 1] = verb
        words[place] = re.sub(rf"{_PARTNER}['\u2019]s", "your", words[place]).replace(_PARTNER, "you")
    said = " ".join(words)
    return re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda match: match[0].upper(), said)


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
    if before and before[-1] == "I" and key in _AFTER_YOU:
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
