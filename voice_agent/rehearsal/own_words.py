"""What a learner has ready for a real talk: their plan, their best turns, the coach's words, the situation's own.

Nothing is made up: every sentence was said, written or authored before, and tells where it comes from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.conversation import Act, Move, Reading, StanceBand
from voice_agent.dearman import Level, Skill
from voice_agent.partner.moves import HABITS
from voice_agent.partner.repertory import filled
from voice_agent.scenario import Scenario
from voice_agent.sessions.real_talk import Preparation
from voice_agent.sessions.story import Story, Take
from voice_agent.text import sentence

MOST = 4
"""Choices to one question: more can't be kept in mind when they are read aloud."""
HARD_LINES = 2
_PARTS = re.compile(r"(?<=[.!?])\s+|,\s+")
_ASKS = re.compile(
    r"(?:so |then |and )?(?:would|could|can|will|do|are|is|how|what|when|which|why|may) ", re.IGNORECASE
)
_ACTS = {Skill.DESCRIBE: Act.DESCRIBE, Skill.ASSERT: Act.REQUEST, Skill.NEGOTIATE: Act.OFFER}
"""What a sentence must do as well, so that it stands by itself on a card."""
_LONE_I = re.compile(r"\bi\b(?!\.)")
ReadWords = Callable[[str], Reading]
"""Rates words as if they were said to the situation's opening line. Blocking."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Made from the situation, earlier sessions in it (newest first), and the last preparation for it."""

    scenario: Scenario
    stories: Sequence[Story] = ()
    last: Preparation | None = None
    _plan: dict[Skill, str] = field(init=False)

    def __post_init__(self) -> None:
        plan = next((story.plan for story in self.stories if story.plan), {})
        object.__setattr__(self, "_plan", {skill: words for skill, words in plan.items() if words.strip()})

    def openings(self, read: ReadWords) -> list[str]:
        """The first sentences: what happened and what is asked for. Blocking, about a second at most."""
        found = [self.last.card.opening if self.last is not None else ""]
        planned = [self._plan.get(skill, "") for skill in (Skill.DESCRIBE, Skill.EXPRESS, Skill.ASSERT)]
        found.append(" ".join(sentence(words) for words in planned if words))
        found += self._best(Skill.DESCRIBE, Skill.ASSERT)
        found += self._coach(Skill.DESCRIBE, Skill.ASSERT)
        return _first(found) or self._situation(read, Skill.DESCRIBE)

    def asks(self, read: ReadWords) -> list[str]:
        found = [self.last.card.ask if self.last is not None else "", sentence(self._plan.get(Skill.ASSERT, ""))]
        found += [
            _piece(words, Skill.ASSERT, read) for words in (*self._best(Skill.ASSERT), *self._coach(Skill.ASSERT))
        ]
        return _first(found) or self._situation(read, Skill.ASSERT)

    def offers(self, read: ReadWords) -> list[str]:
        """What the learner gives: a trade, or what is good about it for the other."""
        found = [self.last.card.offer if self.last is not None else ""]
        found += [sentence(self._plan.get(skill, "")) for skill in (Skill.NEGOTIATE, Skill.REINFORCE)]
        found += [*self._best(Skill.NEGOTIATE), *self._best(Skill.REINFORCE)]
        found += self._coach(Skill.NEGOTIATE, Skill.REINFORCE)
        return _first(found) or self._situation(read, Skill.NEGOTIATE)

    def anchors(self, ask: str) -> list[str]:
        """The sentence to come back to (DBT's broken record): the plan's, the last card's, or the ask itself."""
        planned = sentence(self._plan.get(Skill.MINDFUL, ""))
        return _first([self.last.card.anchor if self.last is not None else "", planned, ask])

    def hard_lines(self) -> list[tuple[Move, str]]:
        """The partner's two hardest typical moves, each in a line of theirs.

        Hardest first: what the learner lost their footing after in earlier sessions (the next turn was not steady),
        then the order of the partner's habits. A no always counts among them.
        """
        slips = self._slips()
        habits = [move for move in self.scenario.partner.moves if move in HABITS]
        moves = sorted(dict.fromkeys([*habits, Move.REFUSE]), key=lambda move: -slips[move])
        found = [(move, line) for move in moves if (line := self._line(move))]
        return found[:HARD_LINES]

    def _slips(self) -> Counter[Move]:
        slips: Counter[Move] = Counter()
        for story in self.stories:
            for before, after in zip(story.counted, story.counted[1:], strict=False):
                if before.move is not None and after.level(Skill.MINDFUL) is not Level.STRONG:
                    slips[before.move] += 1
        return slips

    def _line(self, move: Move) -> str:
        """Of this person's own lines the hardest that makes sense at any time; else a shared one."""
        own = [line for line in self.scenario.lines if line.move is move and not line.needs]
        own.sort(key=lambda line: StanceBand.HARD not in line.stance)
        if own:
            return filled(own[0].say, self.scenario)
        manner = self.scenario.partner.manner
        shared = [line for line in shared_lines() if line.move is move and (not line.manner or manner in line.manner)]
        return filled(shared[0].say, self.scenario) if shared else ""

    def _takes(self) -> Iterator[Take]:
        for story in self.stories:
            yield from story.counted

    def _best(self, *skills: Skill) -> list[str]:
        """Own turns in which one of the skills was strong and nothing was lost, the strongest first."""
        fitting = [
            take
            for take in self._takes()
            if not take.suggested
            and any(take.level(skill) is Level.STRONG for skill in skills)
            and take.level(Skill.MINDFUL) is not Level.NONE
        ]
        fitting.sort(key=lambda take: -take.strength)
        return [take.said for take in fitting[:2]]

    def _coach(self, *skills: Skill) -> list[str]:
        """The coach's words for these skills, newest session first."""
        return [
            take.advice.words for take in self._takes() if take.advice and take.advice.skill in skills
        ][:1]  # fmt: skip

    def _situation(self, read: ReadWords, skill: Skill) -> list[str]:
        """Sentences that the situation's author wrote for learners, the strong ones; for a first time."""
        rated = [(words, read(words)) for words in self.scenario.practice]
        strong = [
            (words, reading.ratings)
            for words, reading in rated
            if reading.ratings.level(skill) is Level.STRONG
            and _ACTS[skill] in reading.acts
            and all(reading.ratings.level(state) is Level.STRONG for state in (Skill.MINDFUL, Skill.CONFIDENT))
        ]
        strong.sort(key=lambda one: (-one[1].strength, -(one[1].of(skill).confidence or 0)))
        return _first([words for words, _ in strong])[:2]


def _piece(words: str, skill: Skill, read: ReadWords) -> str:
    """The shortest part of what was said in which the skill is strong; all of it where there is none."""
    strong = [part for part in _PARTS.split(words) if read(part).ratings.level(skill) is Level.STRONG]
    return min(strong, key=len, default=words)


def _tidy(words: str) -> str:
    """As one writes it: a recognizer gives no capitals, and neither full stop nor question mark."""
    words = _LONE_I.sub("I", words.strip())
    last = _PARTS.split(words)[-1]
    return sentence(words + "?" if _ASKS.match(last) and words[-1:].isalpha() else words)


def _first(words: Sequence[str]) -> list[str]:
    """Tidy, without empty ones and repetitions, at most `MOST`."""
    found: dict[str, str] = {}
    for one in words:
        if one.strip():
            found.setdefault(" ".join(one.lower().split()).rstrip(".!?"), _tidy(one))
    return list(found.values())[:MOST]
