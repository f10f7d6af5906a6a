"""The local advisor: rubric, retrieved demonstrations, the learner's words and the scenario's facts; no LLM.

It writes candidates, has the rater's network read each of them, and offers the one that reads best: so what
it suggests is strong by the same rubric that found the turn wanting.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from itertools import islice

import msgspec
import numpy as np
import numpy.typing as npt

from voice_agent.advice import Advice, Example
from voice_agent.annotation import Demonstration
from voice_agent.conversation import Act
from voice_agent.dearman import Level, Skill
from voice_agent.feedback import phrases
from voice_agent.feedback.addressing import request_said
from voice_agent.feedback.bank import Bank
from voice_agent.feedback.choosing import AGREED, TEACHING_ORDER, SoFar, is_heated, skills_to_advise
from voice_agent.feedback.clauses import clauses, sentences
from voice_agent.feedback.encoder import Encoder, shared_encoder
from voice_agent.feedback.fitting import Scene, asks_again, fact_fits, fits, is_new, leans, scene, settles
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.feedback.rater_input import plain
from voice_agent.feedback.reasons import reason
from voice_agent.feedback.user_bank import whole_bank
from voice_agent.feedback.wording import (
    BELITTLES_ONESELF,
    frames,
    joined,
    scenario_lines,
    sentence,
    without_hedges,
)
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario
from voice_agent.worker import Worker

NAME = "local 1"
_SKILLS = tuple(Skill)
_M, _C = _SKILLS.index(Skill.MINDFUL), _SKILLS.index(Skill.CONFIDENT)
_GOOD = 1.5
"""Expected level from which a clause counts as strong."""
_DONE = 1.2
"""Expected level from which a turn before counts as having done it."""
_ALIKE = 0.92
"""Cosine from which two turns say the same."""
_MOST_EARLIER = 6
"""Turns before this one that are looked at for what was told and asked."""
_ACTS = tuple(Act)
_MOST_PARTS = 24
"""Clauses of a turn that are read one by one; more are in no turn under a minute, and 300 would take seconds."""
_ON_REQUEST = 0.3
"""Cosine with the main request from which a sentence that asks asks for it, or for a part of it."""
_NEXT_BEST = 0.1
_NEXT_FACT = 0.25
"""The main facts of a case stand first; what stands last may be the other side's."""
_MOST_LINES = 8
"""Sentences of the scenario that are tried, the nearest ones."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Lines:
    """A scenario's sentences, read once."""

    texts: tuple[str, ...]
    vectors: Floats
    expected: Floats
    """(lines, 7) expected levels."""
    acts: tuple[Act, ...]
    on_request: Floats
    """(lines,) cosine with the scenario's main request."""


_NO_LINES = _Lines((), np.zeros((0, 384), np.float32), np.zeros((0, 7), np.float32), (), np.zeros(0, np.float32))


class LocalAdvisor:
    """See `Advisor`. About a tenth of a second a turn, on its own thread."""

    name = NAME

    def __init__(self, encoder: Encoder, bank: Bank) -> None:
        self._encoder = encoder
        self._bank = bank
        self._worker = Worker("advisor")
        self._lines: dict[str, _Lines] = {}

    async def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        yield await self._worker.run(self.advice, turn)

    async def close(self) -> None:
        self._worker.close()

    def advice(self, turn: AdvisedTurn) -> Advice:
        """The advice for one turn; blocking."""
        # Little can be said in a talk that nobody told of: what matters most goes before words to say.
        needs_words = turn.scenario is not None or turn.situation is not None
        without_words: Advice | None = None
        so_far = self._so_far(turn)
        for skill in skills_to_advise(turn.reading, turn.declared, turn.said, so_far):
            advice = self._about(turn, skill, so_far)
            if turn.last is not None and (advice.skill, advice.words) == (turn.last.skill, turn.last.words):
                continue
            if advice.words or not needs_words or skill is turn.declared or turn.reading.acts[0] in AGREED:
                return advice
            without_words = without_words or advice
        assert without_words is not None  # of two skills, one differs from the advice before
        return without_words

    def _so_far(self, turn: AdvisedTurn) -> SoFar:
        earlier = [said for said in turn.earlier if said][-_MOST_EARLIER:]
        if not earlier:
            return SoFar(partner_line=turn.partner_line)
        strong = _expected(self._encoder.encode([(said, "") for said in earlier]).levels).max(0) >= _DONE
        done = frozenset(skill for skill in TEACHING_ORDER if strong[_SKILLS.index(skill)])
        return SoFar(done, turn.partner_line)

    def _about(self, turn: AdvisedTurn, skill: Skill, so_far: SoFar) -> Advice:
        parts = _ends(clauses(turn.said))
        read = self._encoder.encode([(part, turn.partner_line) for part in [turn.said, *parts]])
        place = _SKILLS.index(skill)
        weakest = parts[_weakest(read.levels[1:], place, skill)] if parts else turn.said
        demonstration = next(iter(self._bank.nearest(turn.said, turn.partner_line, skill=skill, most=1)), None)
        return Advice(
            skill=skill,
            reason=reason(turn.said, skill, turn.reading.ratings.level(skill), parts, weakest, _act(turn)),
            words=self._words(turn, skill, so_far, read.embedding[0]),
            source=self.name,
            example=_example(demonstration),
        )

    def _words(self, turn: AdvisedTurn, skill: Skill, so_far: SoFar, vector: Floats) -> str:
        """The best candidate's text; empty when none is good enough."""
        place = _SKILLS.index(skill)
        candidates = self._candidates(turn, skill, so_far, vector)
        if not candidates:
            return ""
        texts = list(candidates)
        read = self._encoder.encode([(text, turn.partner_line) for text in texts])
        levels = _expected(read.levels)
        near = read.embedding @ vector
        heard = self._encoder.encode([(said, "") for said in turn.earlier[-3:]]).embedding if turn.earlier else None
        offered = self._encoder.encode([(turn.last.words, turn.partner_line)]).embedding if turn.last else None
        best, best_score = "", 0.0
        for row, text in enumerate(texts):
            if offered is not None and float((offered @ read.embedding[row]).max()) > _ALIKE:
                continue
            score = levels[row, place] + 0.4 * levels[row, _M] + 0.4 * levels[row, _C]
            score += 0.6 * near[row] + 0.5 * candidates[text]
            if heard is not None and float((heard @ read.embedding[row]).max()) > _ALIKE:
                score -= 0.6  # said already
            if levels[row, place] >= _GOOD - 0.35 and levels[row, _M] >= 1.2 and score > best_score:
                best, best_score = text, float(score)
        return best

    def _candidates(self, turn: AdvisedTurn, skill: Skill, so_far: SoFar, vector: Floats) -> dict[str, float]:
        """Text and how true to the talk it is, in [0, 1]."""
        found: dict[str, float] = {}

        def add(true_to: float, *texts: str) -> None:
            text = joined(list(texts))
            if text and plain(text) != plain(turn.said) and not BELITTLES_ONESELF.search(text):
                found.setdefault(text, true_to)

        if skill in (Skill.CONFIDENT, Skill.ASSERT) and self._asks(
            cut := without_hedges(turn.said), turn.partner_line
        ):
            add(1.0, cut)
        if turn.reading.acts[0] in AGREED and skill is not turn.declared:
            for text in self._read_lines(turn.scenario).texts:
                if settles(text):
                    add(1.0, text)
            return found
        now = _scene(turn, skill, so_far)
        # What stands first, the nearest line and the main fact, goes before the others.
        new = [(text, 1 - _NEXT_BEST * i) for i, text in enumerate(self._lines_for(turn, skill, vector, now))]
        new += [
            (words.text, words.true_to - (_NEXT_FACT if skill is Skill.DESCRIBE else _NEXT_BEST) * i)
            for i, words in enumerate(frames(turn.scenario, skill, turn.feelings, turn.situation))
            if is_new(words.text, now)
            and (
                fact_fits(words.text, now) if skill is Skill.DESCRIBE else so_far.asked or not asks_again(words.text)
            )
        ]
        before, after = self._kept(turn, skill, so_far)
        for text, true_to in new:
            add(true_to * 0.9, text)
            if before or after:
                add(true_to, *before[-2:], text, *after[:1])
        return found

    def _kept(self, turn: AdvisedTurn, skill: Skill, so_far: SoFar) -> tuple[list[str], list[str]]:
        """The learner's sentences that are worth saying again, before and after one of the skill.

        Whole sentences only: what is cut out of one seldom stands alone.
        """
        own = [cut for part in _ends(sentences(turn.said)) if (cut := without_hedges(part))]
        if not own or phrases.ORDERS_TO_A_MODEL.search(plain(turn.said)):
            return [], []
        expected = _expected(self._encoder.encode([(part, turn.partner_line) for part in own]).levels)
        place = _SKILLS.index(skill)
        before: list[str] = []
        after: list[str] = []
        for part, row in zip(own, expected, strict=True):
            if skill is Skill.REINFORCE and row[_SKILLS.index(Skill.ASSERT)] < _GOOD:
                continue  # a gain follows a request
            if leans(part) and not (before or after or so_far.told):
                continue
            if _is_worth_keeping(part, row, place) and not turn.doubtful & set(part.lower().split()):
                # The new sentence takes its place in the teaching order; a request comes last anyway.
                (before if _order_of(row) <= _order(skill) else after).append(part)
        return before, after

    def _asks(self, text: str, partner_line: str) -> bool:
        """It asks for something: words cut down to anything less are hardly worth saying again."""
        if not text:
            return False
        expected = _expected(self._encoder.encode([(text, partner_line)]).levels)
        return bool(expected[0, _SKILLS.index(Skill.ASSERT)] >= _GOOD)

    def _lines_for(self, turn: AdvisedTurn, skill: Skill, vector: Floats, now: Scene) -> list[str]:
        """The scenario's sentences that are strong on the skill, nearest to the turn first."""
        lines = self._read_lines(turn.scenario)
        if not lines.texts:
            return []
        place = _SKILLS.index(skill)
        level = lines.expected[:, place]
        if skill.is_state_of_mind:
            # Any even sentence is mindful; what shows it is to come back to the request.
            level = np.minimum(level, lines.expected[:, _SKILLS.index(Skill.ASSERT)])
        asks = skill in (Skill.ASSERT, Skill.MINDFUL, Skill.CONFIDENT)
        if asks:
            level = np.where(lines.on_request >= _ON_REQUEST, level, 0)
        good = (level >= _GOOD) & (lines.expected[:, _M] >= _GOOD) & (lines.expected[:, _C] >= 1.4)
        order = np.argsort(-(lines.vectors @ vector + 0.3 * level + (0.6 * lines.on_request if asks else 0)))
        fitting = (lines.texts[i] for i in order if good[i] and fits(lines.texts[i], lines.acts[i], skill, now))
        return list(islice(fitting, _MOST_LINES))

    def _read_lines(self, scenario: Scenario | None) -> _Lines:
        if scenario is None:
            return _NO_LINES
        if scenario.id not in self._lines:
            texts = [text for text in scenario_lines(scenario) if not phrases.ATTACK.search(plain(text))]
            if not texts:
                return _NO_LINES
            batches = [
                self._encoder.encode([(text, "") for text in texts[i : i + 32]]) for i in range(0, len(texts), 32)
            ]
            vectors = np.vstack([batch.embedding for batch in batches])
            request = self._encoder.encode([(f"Would you {request_said(scenario.slots.request)}?", "")]).embedding[0]
            self._lines[scenario.id] = _Lines(
                tuple(texts),
                vectors,
                np.vstack([_expected(batch.levels) for batch in batches]),
                tuple(_ACTS[i] for batch in batches for i in batch.act.argmax(-1)),
                vectors @ request,
            )
        return self._lines[scenario.id]


def _act(turn: AdvisedTurn) -> Act:
    """What the turn does first; heat only where it is sure."""
    act = turn.reading.acts[0]
    return act if act in AGREED or is_heated(turn.reading, turn.said) else Act.UNCLEAR


def _scene(turn: AdvisedTurn, skill: Skill, so_far: SoFar) -> Scene:
    """A fact told just now is known from now on, and a gain can follow the request of the same turn."""
    level = turn.reading.ratings.level
    if level(Skill.DESCRIBE) is Level.STRONG:
        so_far = replace(so_far, done=so_far.done | {Skill.DESCRIBE})
    if skill in (Skill.REINFORCE, Skill.NEGOTIATE) and level(Skill.ASSERT) is not Level.NONE:
        so_far = replace(so_far, done=so_far.done | {Skill.ASSERT})
    known: list[str] = []
    if (told := turn.scenario) is not None:
        known = [told.summary, told.learner.goal, *told.learner.facts, told.slots.request, told.slots.topic]
    elif turn.situation is not None:
        known = [turn.situation.context, turn.situation.goal, turn.situation.partner]
    return scene(so_far, known, (*turn.heard, turn.partner_line), (*turn.earlier, turn.said))


def _expected(levels: Floats) -> Floats:
    return np.asarray(levels[..., 1] + 2 * levels[..., 2], dtype=np.float32)


def _ends(parts: list[str]) -> list[str]:
    """What is looked at of a turn: of a very long one the beginning and the end, as the rater does."""
    half = _MOST_PARTS // 2
    return parts if len(parts) <= _MOST_PARTS else [*parts[:half], *parts[-half:]]


def _weakest(levels: Floats, place: int, skill: Skill) -> int:
    """The clause to point at: least mindful or confident, or most surely a weak try at the skill."""
    if skill.is_state_of_mind:
        return int(np.argmin(_expected(levels)[:, place]))
    return int(np.argmax(levels[:, place, Level.WEAK]))


def _is_worth_keeping(part: str, expected: Floats, place: int) -> bool:
    """A clause that is strong on some other strategy and attacks nobody."""
    strategies = [_SKILLS.index(skill) for skill in TEACHING_ORDER if _SKILLS.index(skill) != place]
    return (
        len(part.split()) >= 3
        and expected[_M] >= _GOOD
        and expected[place] < _GOOD
        and float(expected[strategies].max()) >= _GOOD
    )


def _order(skill: Skill) -> int:
    return TEACHING_ORDER.index(skill) if skill in TEACHING_ORDER else len(TEACHING_ORDER)


def _order_of(expected: Floats) -> int:
    levels = [expected[_SKILLS.index(skill)] for skill in TEACHING_ORDER]
    return int(np.argmax(levels))


def _example(pair: Demonstration | None) -> Example | None:
    if pair is None:
        return None
    return Example(id=pair.id, weaker=sentence(pair.weaker), stronger=sentence(pair.stronger), why=pair.why)


class LocalAdvisorOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    embeddings: str = ""
    """Model of sentence-transformers that finds examples, by name or folder (extra `embeddings`); empty: the rater's
    own network."""


def _open(options: LocalAdvisorOptions) -> LocalAdvisor:
    return LocalAdvisor(shared_encoder(), whole_bank(options.embeddings))


SPEC = EngineSpec(options=LocalAdvisorOptions, open=_open)
