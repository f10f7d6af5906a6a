"""A check-in's questions, and what an answer means, typed (`fear 7`) or said (`about a seven, mostly fear`)."""

from __future__ import annotations

import re

from voice_agent.emotions import CheckIn, CheckInForm, Feeling, TrialItem
from voice_agent.errors import UserError, nearest
from voice_agent.spoken_numbers import with_digits

CONFIDENCE_QUESTION = "How confident are you that you can handle this talk, from 0 (not at all) to 100 (certain)?"
FEELINGS_QUESTION = (
    f"How strong are your feelings now, from 0 to 10? They are: {', '.join(Feeling)}. "
    "Name those that you feel, for example: fear 7, anger 3."
)
TRIAL_QUESTIONS = {
    TrialItem.ANGER: "How angry are you now",
    TrialItem.FEAR: "How afraid are you now",
    TrialItem.SADNESS: "How sad are you now",
    TrialItem.DISGUST: "How disgusted are you now",
    TrialItem.CONFIDENCE: "How confident are you about this talk",
    TrialItem.WORRY: "How worried are you about this talk",
    TrialItem.HOPE: "How hopeful are you about this talk",
    TrialItem.MOTIVATION: "How motivated are you to have this talk",
}
_SCALE = "from 1 (not at all) to 7 (extremely)?"

_WORDS: dict[Feeling, str] = {
    Feeling.ANGER: "anger angry mad furious annoyed annoyance irritated irritation frustrated frustration rage",
    Feeling.FEAR: "fear afraid scared frightened terrified panic panicky dread anxious anxiety nervous nerves",
    Feeling.SADNESS: "sadness sad down low unhappy upset hurt lonely grief depressed disappointed disappointment",
    Feeling.SHAME: "shame ashamed embarrassed embarrassment humiliated",
    Feeling.GUILT: "guilt guilty remorse",
    Feeling.WORRY: "worry worried worries worrying concerned uneasy tense stressed stress overwhelmed",
    Feeling.DISGUST: "disgust disgusted revulsion",
    Feeling.ENVY: "envy envious",
    Feeling.JEALOUSY: "jealousy jealous",
    Feeling.JOY: "joy joyful happy happiness glad cheerful excited",
    Feeling.LOVE: "love loving affection warm warmth",
    Feeling.HOPE: "hope hopeful optimistic",
}
_FEELING_OF = {word: feeling for feeling, words in _WORDS.items() for word in words.split()}
_NOTHING = re.compile(
    r"(?:i (?:feel )?|i'?m )?(?:nothing|none|no feelings?|calm|fine|okay|ok|neutral|skip|pass|not much)"
    r"(?: really| at all)?"
)
_TOKEN = re.compile(r"\d+|[a-z']+|[,;]")
_ABSENT = frozenset(("no", "not", "without"))
_LINKS = frozenset(
    ("and", ",", ";", "also", "plus", "some", "or", "both", "a", "bit", "little", "of", "mostly", "mainly")
)


_SCALE_TOLD = re.compile(r"\b(?:on|in) a scale (?:of|from) \d+ (?:to|-) \d+\b")
_RANGE = re.compile(r"\b(?:between (?:an? )?(\d+) and|(\d+) ?(?:or|to|-)) ?(?:maybe )?(?:an? )?(\d+)\b")
_BELOW_ZERO = re.compile(r"(?:\bminus |(?<!\w)-)\d")


def confidence_of(line: str) -> int | None:
    """0 to 100, or None when skipped. Raises UserError."""
    said = _numbered(line)
    if not said or said in ("skip", "pass"):
        return None
    said = re.sub(r"\b50[ /]50\b", "50", said)
    said = re.sub(r"\b(\d|10) (?:out )?of (?:a )?10\b", lambda match: str(10 * int(match[1])), said)
    numbers = [int(number) for number in re.findall(r"\d+", said)]
    if len(numbers) == 2 and numbers[1] == 100 and re.search(r"(?:of|from|/) ?(?:a )?100", said):
        numbers = numbers[:1]
    if len(numbers) != 1 or numbers[0] > 100 or re.search(r"-|\bminus\b", said):
        raise UserError("that is no number from 0 to 100", cure="type or say a number, or skip it")
    return numbers[0]


def likert_of(line: str) -> int | None:
    """1 to 7, or None when skipped. Raises UserError."""
    said = _numbered(line)
    if not said or said in ("skip", "pass"):
        return None
    numbers = re.findall(r"\d+", re.sub(r"\b(\d+) (?:out )?of 7\b", r"\1", said))
    if len(numbers) != 1 or not 1 <= int(numbers[0]) <= 7:
        raise UserError("that is no number from 1 to 7", cure="type or say a number, or skip it")
    return int(numbers[0])


def _numbered(line: str) -> str:
    """Lower case with numbers in digits; a range (`seven or eight`) is its middle, a fraction is left out."""
    said = _SCALE_TOLD.sub("", with_digits(" ".join(line.split())))
    said = re.sub(r"\b(\d+)\.\d+", r"\1", said)
    return _RANGE.sub(lambda match: str((int(match[1] or match[2]) + int(match[3])) // 2), said).strip()


def feelings_of(line: str) -> dict[Feeling, int]:
    """Feelings and how strong; empty when skipped. Raises UserError.

    A number belongs to the feelings just before it (`fear and worry seven`), or to the first one after it when
    none is before (`about a seven, mostly fear`).
    """
    said = re.sub(r"\b(\d+) (?:out )?of 10\b", r"\1", _numbered(line))
    if not said or _NOTHING.fullmatch(said.rstrip(".!")):
        return {}
    found: dict[Feeling, int] = {}
    named: list[Feeling] = []
    early: int | None = None
    before = ""
    for token in _TOKEN.findall(said):
        if token.isdigit():
            number = _intensity(int(token), named)
            if named:
                found |= dict.fromkeys(named, number)
                named = []
            elif early is not None:
                raise UserError(f"{early} has no feeling", cure="say it like this: fear seven, anger three")
            else:
                early = number
        elif (feeling := _FEELING_OF.get(token.removesuffix("'s"))) is not None and before not in _ABSENT:
            if early is not None:
                found[feeling], early = early, None
            else:
                named.append(feeling)
        before = token
    if named:
        raise UserError(f"{named[0].value} has no number", cure="say it like this: fear seven, anger three")
    if found and early is not None:
        raise UserError(f"{early} has no feeling of the list", cure="say it like this: fear seven, anger three")
    if found and _BELOW_ZERO.search(said):
        raise UserError("that is below 0", cure="choose 0 to 10")
    if not found:
        raise UserError(*_not_understood(said))
    return found


def _intensity(number: int, named: list[Feeling]) -> int:
    if number > 10:
        raise UserError(f"{named[0].value if named else 'that'} is {number}", cure="choose 0 to 10")
    return number


def _not_understood(said: str) -> tuple[str]:
    words = [word for word in _TOKEN.findall(said) if word.isalpha() and word not in _LINKS]
    close = nearest(words[0], list(Feeling)) if len(words) == 1 else "say it like this: fear seven, anger three"
    return (f'"{said[:60]}" names no feeling of the list; {close}',)


class CheckInQuestions:
    """Asks one question after another; `answer` returns the check-in when all are answered."""

    def __init__(self, form: CheckInForm = CheckInForm.EVERYDAY) -> None:
        self._form = form
        self._confidence: int | None = None
        self._asks_feelings = False
        self._trial: dict[TrialItem, int] = {}
        self._items = list(TrialItem)

    @property
    def asks_feelings(self) -> bool:
        """Whether the question that stands is about feelings, else about a number."""
        return self._asks_feelings

    @property
    def highest(self) -> int:
        """The greatest number that answers the question."""
        return 7 if self._form is CheckInForm.TRIAL else 10 if self._asks_feelings else 100

    @property
    def question(self) -> str:
        if self._form is CheckInForm.TRIAL:
            return f"{TRIAL_QUESTIONS[self._items[0]]}, {_SCALE}"
        return FEELINGS_QUESTION if self._asks_feelings else CONFIDENCE_QUESTION

    def answer(self, line: str) -> CheckIn | None:
        """None while there is another question. Raises UserError: the same question stands."""
        if self._form is CheckInForm.TRIAL:
            if (value := likert_of(line)) is not None:
                self._trial[self._items[0]] = value
            del self._items[0]
            return None if self._items else CheckIn(trial=self._trial)
        if not self._asks_feelings:
            self._confidence = confidence_of(line)
            self._asks_feelings = True
            return None
        return CheckIn(feelings=feelings_of(line), self_efficacy=self._confidence)
