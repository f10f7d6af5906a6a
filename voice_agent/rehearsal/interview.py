"""An own situation, told in answers: who, what they did and said, what I want, what I fear, how they answer.

It asks for behaviour, never for character (IMBUE: facts, not traits): an answer that judges is asked about once.
The result is a scenario that both partners can play: what they usually say becomes their lines, and the shared
moves do the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voice_agent.conversation import Move
from voice_agent.errors import UserError
from voice_agent.scenario import Age, Domain, Gives, Sex
from voice_agent.stems import content_stems
from voice_agent.text import clean

HABITS = {
    Move.REFUSE: "they say no at once",
    Move.MINIMISE: "they make little of it",
    Move.DEFLECT: "they change the subject",
    Move.GUILT_TRIP: "they make me feel guilty",
    Move.COUNTER_ATTACK: "they turn it against me",
    Move.STONEWALL: "they go silent",
    Move.BARGAIN: "they offer less",
}
_JUDGES = re.compile(
    r"\b(selfish|lazy|stupid|toxic|crazy|narcissis\w*|idiot\w*|manipulative|mean|rude|arrogant|ignorant|evil|useless|"
    r"irresponsible|inconsiderate|disrespectful|controlling|passive aggressive|jerk|monster|always|never)\b",
    re.IGNORECASE,
)
_SHORT = 80
# First match wins: an attack or a guilt trip may hold a no, and it is then the attack that matters.
_SIGNS = tuple(
    (move, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for move, words in (
        (Move.COUNTER_ATTACK, "you always|you never|what about you|and you|look who"),
        (Move.GUILT_TRIP, "after all i|after everything|i guess i'm|disappointed"),
        (Move.REFUSE, "no|not going to|won't|can't|cannot|never|impossible"),
        (Move.MINIMISE, r"just|only|not a big deal|relax|overreact\w*|calm down|it's nothing"),
        (Move.DEFLECT, "later|not now|another time|by the way|anyway|busy"),
        (Move.HALF_AGREE, "okay|ok|fine|all right|alright|deal|i'll try|maybe|yes|sure"),
    )
)


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked."""

    key: str
    short: str
    """A word or two for a list of the answers."""
    text: str
    default: str | None = None
    """Taken for an empty answer; None: an answer is needed."""
    many: bool = False
    """Several answers, one after another; an empty one ends them."""
    choices: tuple[str, ...] = ()
    """Numbered; the answer is a number or the words."""
    asks_behaviour: bool = False


QUESTIONS = (
    Question("name", "Who", "Who is it? A first name, or what you call them."),
    Question(
        "relationship", "To you", "Who are they to you? For example: my manager for two years.", asks_behaviour=True
    ),
    Question("domain", "Where", "Where does it belong?", "social", choices=tuple(Domain)),
    Question(
        "facts",
        "What happened",
        "What happened? What did they do or say, and when, as a camera would have seen it? One thing at a time.",
        many=True,
        asks_behaviour=True,
    ),
    Question("goal", "You want", "What do you want from this talk? One thing that they could say yes or no to."),
    Question("topic", "About", "What is it about, in a few words? For example: the dishes."),
    Question(
        "request", "They should", "Finish the sentence: I want them to ... For example: wash up the same evening."
    ),
    Question("fear", "You fear", "What do you fear could happen in the talk?", ""),
    Question(
        "habits",
        "When it gets difficult",
        "How do they usually answer when it gets difficult? One or more numbers.",
        "1 2",
        choices=tuple(HABITS.values()),
    ),
    Question("says", "They say", "What do they say then? Their own sentences, one at a time.", many=True, default=""),
    Question("opening", "They begin", "What do they say first when you come to them?", "Hey. What is it?"),
    Question("wants", "They want", "What do they want, seen from their side?", "To be left in peace about this."),
    Question(
        "concern",
        "They fear",
        "What might they be afraid of, or protecting?",
        "That giving way once means giving way always.",
    ),
    Question("gives", "How far they go", "How far could they go at best?", "full", choices=tuple(Gives)),
    Question(
        "difficulty",
        "How hard",
        "How hard should they be, from 1 (willing) to 5 (gives way only to steady skill)?",
        "3",
    ),
    Question("sex", "Voice", "How does their voice sound?", "neutral", choices=tuple(Sex)),
    Question("age", "Age", "How old do they sound?", "adult", choices=tuple(Age)),
)


@dataclass(slots=True)
class Interview:
    """Asks one question after another; nothing is lost by going back."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    place: int = 0
    known: dict[str, list[str]] = field(default_factory=dict)
    """Answers that were given elsewhere, by the question's key: not asked again."""
    _asked_again: set[str] = field(default_factory=set)
    _before: dict[str, str] = field(default_factory=dict)
    """Answers that are asked for anew: an empty answer takes them."""
    _is_change: bool = False
    """One answer is changed, and nothing is asked after it."""

    def __post_init__(self) -> None:
        self.answers |= self.known
        self._skip_known(1)

    @property
    def question(self) -> Question | None:
        """The question that stands; None when all are answered."""
        return QUESTIONS[self.place] if self.place < len(QUESTIONS) else None

    @property
    def text(self) -> str:
        """The question in words, with its numbered choices and what an empty answer means."""
        asked = self.question
        if asked is None:
            return ""
        numbered = "; ".join(f"{number} {words}" for number, words in enumerate(asked.choices, start=1))
        parts = [asked.text, f"{numbered}." if numbered else ""]
        if asked.many and self.answers.get(asked.key):
            parts.append("Anything else? An empty answer goes on.")
        elif asked.key in self._before:
            parts.append(f"(Empty: {self._before[asked.key]})")
        elif asked.default is not None and asked.default:
            parts.append(f"(Empty: {self._shown_default(asked)})")
        elif asked.default is not None:
            parts.append("(May be left empty.)")
        return " ".join(part for part in parts if part)

    def told(self, asked: Question) -> str:
        """What was answered, in words."""
        given = self.answers.get(asked.key, [])
        if asked.key == "habits":
            given = [asked.choices[int(number) - 1] for one in given for number in one.split()]
        return "; ".join(one.rstrip(".") for one in given)

    def answer(self, words: str) -> None:
        """Take an answer. Raises UserError: the question stands, and the sentence says what to do."""
        asked = self.question
        if asked is None:
            return
        words = clean(words)
        given = self.answers.get(asked.key, [])
        if not words and asked.many and given:
            self._go_on()
            return
        words = words or self._before.get(asked.key, "")
        if not words:
            if asked.default is None:
                raise UserError("an answer is needed here", cure="a few words are enough")
            self.answers[asked.key] = [asked.default] if asked.default else []
            self._go_on()
            return
        if asked.asks_behaviour and asked.key not in self._asked_again and (judges := _JUDGES.search(words)):
            self._asked_again.add(asked.key)
            raise UserError(
                f'"{judges[0]}" says what they are like',
                cure="say what they did or said, and when; or give the same answer again to keep it",
            )
        value = _CHECKS[asked.key](words) if asked.key in _CHECKS else words
        if asked.choices and asked.key != "habits":
            value = _chosen(words, asked.choices)
        if asked.many:
            self.answers[asked.key] = [*given, value]
        else:
            self.answers[asked.key] = [value]
            self._go_on()

    def back(self) -> str:
        """Undo the last answer: of several to the question that stands, else the question before it.

        What was undone. An empty answer gives it again.
        """
        asked = self.question
        if asked is not None and asked.many and (given := self.answers.get(asked.key)):
            self.answers[asked.key] = given[:-1]
            return given[-1]
        self._is_change = False
        self.place = max(0, self.place - 1)
        self._skip_known(-1)
        return self._asked_anew()

    def change(self, number: int) -> None:
        """Ask one question again, numbered from 1, and nothing after it. Raises UserError."""
        if not 1 <= number <= len(QUESTIONS) or QUESTIONS[number - 1].key in self.known:
            raise UserError(f"there is no question {number} to answer", cure=f"choose 1 to {len(QUESTIONS)}")
        self.place, self._is_change = number - 1, True
        asked = QUESTIONS[number - 1]
        if asked.many:
            self.answers[asked.key] = []
        else:
            self._asked_anew()

    def _asked_anew(self) -> str:
        asked = self.question
        if asked is None or asked.many or asked.key in self.known:
            return ""
        values = self.answers.pop(asked.key, [])
        if values:
            self._before[asked.key] = values[0]
        return values[0] if values else ""

    def _go_on(self) -> None:
        if self._is_change:
            self.place, self._is_change = len(QUESTIONS), False
            return
        self.place += 1
        self._skip_known(1)

    def _skip_known(self, step: int) -> None:
        """Past questions whose answers are known; back to the first that is not when there is none before."""
        while self.question is not None and self.question.key in self.known:
            if self.place + step < 0:
                step = 1
            self.place += step

    def _shown_default(self, asked: Question) -> str:
        if asked.key == "habits":
            return "1 and 2"
        return str(asked.default)

    def scenario(self, scenario_id: str) -> dict[str, Any]:
        """The scenario as plain data, in the order of the file format. Raises KeyError before the end."""
        one = {key: (values[0] if values else "") for key, values in self.answers.items()}
        facts = [_sentence(_to_learner(fact)) for fact in self.answers["facts"]]
        goal = _sentence(_to_learner(one["goal"]))
        habits = [list(HABITS)[int(number) - 1] for number in re.findall(r"[1-7]", one["habits"])]
        moves = [move for move in habits if move is not Move.REFUSE] or [Move.MINIMISE]
        if len(moves) < 2:
            moves.append(Move.DEFLECT if Move.DEFLECT not in moves else Move.MINIMISE)
        says = self.answers.get("says", [])
        lines = [
            {"say": _sentence(line), "move": (likely_move(line) or habits[place % len(habits)]).value}
            for place, line in enumerate(says)
            if line
        ]
        lines.append({"say": "No. That does not work for me.", "move": "refuse"})
        practice = [words for text in (*self.answers["facts"], one["goal"]) if (words := spoken(text))]
        return {
            "schema": 1,
            "id": scenario_id,
            "title": one["topic"][:_SHORT].capitalize(),
            "domain": one["domain"],
            "difficulty": int(one["difficulty"]),
            "summary": f"You want to talk with {one['name']} about {one['topic']}. {' '.join(facts)}",
            "partner": {
                "name": one["name"],
                "relationship": _to_learner(one["relationship"]),
                "persona": f"Somebody the learner knows well. {' '.join(facts)}",
                "wants": _sentence(one["wants"]),
                "hidden_concern": _sentence(one["concern"]),
                "bottom_line": "Gives way when it is clear, fair and said calmly.",
                "gives": one["gives"],
                "moves": [move.value for move in dict.fromkeys(moves)],
                "voice": {"sex": one["sex"], "age": one["age"]},
            },
            "learner": {"facts": facts, "goal": goal, "fear": _to_learner(one["fear"])},
            "opening": one["opening"],
            "slots": {"topic": _inside(one["topic"]), "request": _inside(one["request"])},
            "topics": {"matter": sorted(_words(f"{one['topic']} {one['request']}")) or [one["topic"]]},
            "lines": lines,
            "practice": practice,
        }


def likely_move(line: str) -> Move | None:
    """What a partner's line does, guessed from plain signs; None where it shows none."""
    if line.rstrip().endswith("?"):
        return Move.ASK_BACK
    return next((move for move, sign in _SIGNS if sign.search(line)), None)


def slug_of(interview: Interview) -> str:
    """An id for the file: `sam-the-dishes`."""
    words = f"{interview.answers['name'][0]} {interview.answers['topic'][0]}"
    plain = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return plain[:50].strip("-") or "my-situation"


def _chosen(words: str, choices: tuple[str, ...]) -> str:
    if words.isdigit() and 1 <= int(words) <= len(choices):
        return choices[int(words) - 1]
    found = [one for one in choices if one.lower() == words.lower().strip(" .")]
    if not found:
        raise UserError(f'"{words}" is none of the choices', cure=f"choose 1 to {len(choices)}")
    return found[0]


def _habits(words: str) -> str:
    numbers = re.findall(r"\d+", words)
    if not numbers or any(not 1 <= int(number) <= len(HABITS) for number in numbers):
        raise UserError("those are no numbers of the list", cure=f"choose numbers from 1 to {len(HABITS)}")
    return " ".join(numbers)


def _difficulty(words: str) -> str:
    if words not in ("1", "2", "3", "4", "5"):
        raise UserError(f'"{words}" is no difficulty', cure="choose 1 to 5")
    return words


def _request(words: str) -> str:
    return re.sub(r"^(?:i want (?:them|him|her) to|to)\s+", "", words, flags=re.IGNORECASE)


_CHECKS: dict[str, Callable[[str], str]] = {"habits": _habits, "difficulty": _difficulty, "request": _request}


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _inside(text: str) -> str:
    """As it stands in the middle of a sentence; a name keeps its capital."""
    text = text.strip().rstrip(".")
    first = text.split()[0] if text else ""
    keeps = first.isupper() or "'" in first or "’" in first
    return text if keeps else text[:1].lower() + text[1:]


def _words(text: str) -> list[str]:
    wanted = content_stems(text)
    return [word for word in dict.fromkeys(re.findall(r"[a-z']{3,}", text.lower())) if content_stems(word) & wanted]


_SECOND_PERSON = {
    "i'm": "you're", "i've": "you've", "i'd": "you'd", "i'll": "you'll", "i am": "you are", "i was": "you were",
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself",
}  # fmt: skip
_FIRST = re.compile(rf"\b(?:{'|'.join(sorted(_SECOND_PERSON, key=len, reverse=True))})\b", re.IGNORECASE)


def _to_learner(text: str) -> str:
    """Told to the learner, as scenario files are: `I washed my plate` becomes `you washed your plate`."""
    return _FIRST.sub(lambda found: _SECOND_PERSON[found[0].lower()], text)


def spoken(text: str) -> str:
    """As the recognizer would print it; empty where digits would have to be read."""
    words = re.findall(r"[a-z']+", text.lower())
    return "" if re.search(r"\d", text) or len(words) < 3 else " ".join(words)
