"""Half an hour before the real talk: five minutes of breathing, the opening line, two hard answers, and a cue card.

Offline, by keys or by voice. Saying it once and being rated once, not more: a talk that is near needs steadiness, not
another exam. The card holds the learner's words and nothing that they did not choose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from voice_agent.care import CARE_MESSAGE, CrisisKind
from voice_agent.clock import Clock
from voice_agent.conversation import Reading
from voice_agent.feedback.care_words import crisis_in
from voice_agent.rehearsal.brief_feedback import BriefFeedback, brief
from voice_agent.rehearsal.dialog import Dialog
from voice_agent.rehearsal.own_words import OwnWords
from voice_agent.sessions.real_talk import CueCard, HardAnswer, Preparation
from voice_agent.worker import in_thread

BUDGET_S = 300
"""Five minutes; shown, never enforced."""
HelpFor = Callable[[CrisisKind], Sequence[str]]
"""Help lines of the learner's region."""


class CareNeededError(Exception):
    """What was told is no matter for practice; help has been named."""


class Preparing:
    """The path. `run` ends with the finished preparation."""

    def __init__(
        self,
        dialog: Dialog,
        words: OwnWords,
        feedback: BriefFeedback,
        clock: Clock,
        keep: Callable[[Preparation], None],
        *,
        help_lines: HelpFor,
        breath_s: int,
    ) -> None:
        """keep: stores the preparation as it is after each step. Blocking."""
        self._dialog = dialog
        self._words = words
        self._feedback = feedback
        self._clock = clock
        self._keep = keep
        self._help_lines = help_lines
        self._breath_s = breath_s
        self._began_s = clock.now_s()

    async def run(self, preparation: Preparation) -> Preparation:
        """Raises CareNeededError after help was named; EngineError when the microphone is lost."""
        scenario = self._words.scenario
        goal = scenario.learner.goal
        await self._dialog.tell(
            f"Before the talk with {scenario.partner.name}: {scenario.title}. About five minutes.",
            f"You want: {goal}",
        )
        if self._breath_s:
            await self._step(1, "breathing", "Sit as you will sit there. Breathe in for four, out for six.")
            await self._dialog.breathe(self._breath_s)
        preparation = await self._opening(preparation)
        preparation = await self._hard_answers(preparation)
        preparation = await self._rest_of_the_card(preparation)
        return await self._kept(preparation, is_done=True)

    async def _opening(self, preparation: Preparation) -> Preparation:
        await self._step(2, "your opening line", "")
        choices = await in_thread(self._words.openings, self._read)
        opening = await self._asked("How will you begin?", choices)
        preparation = await self._kept(preparation, card=CueCard(opening=opening))
        if not opening:
            return preparation
        said = await self._asked(f"Say it aloud, once, as you will say it there: {opening}")
        if not said:
            return preparation
        partner_line = self._words.scenario.opening
        reading = await self._feedback.read(said, partner_line, self._words.scenario)
        preparation = await self._kept(preparation, said=said, reading=reading)
        advice = await self._feedback.advise(said, partner_line, self._words.scenario, reading)
        await self._dialog.tell(*brief(reading, advice))
        if advice is not None and advice.words:
            opening = await self._asked("Which words go on your card?", [opening, advice.words]) or opening
        return await self._kept(preparation, card=msgspec.structs.replace(preparation.card, opening=opening))

    async def _hard_answers(self, preparation: Preparation) -> Preparation:
        scenario = self._words.scenario
        await self._step(3, "two hard answers", "Answer as you would there.")
        for _, line in self._words.hard_lines():
            answer = await self._asked(f"{scenario.partner.name}: {line}")
            if not answer:
                continue
            reading = await self._feedback.read(answer, line, scenario)
            advice = await self._feedback.advise(answer, line, scenario, reading)
            await self._dialog.tell(*brief(reading, advice))
            if advice is not None and advice.words:
                answer = await self._asked("Which words go on your card?", [answer, advice.words]) or answer
            card = preparation.card
            answers = (*card.answers, HardAnswer(theirs=line, yours=answer))
            preparation = await self._kept(preparation, card=msgspec.structs.replace(card, answers=answers))
        return preparation

    async def _rest_of_the_card(self, preparation: Preparation) -> Preparation:
        await self._step(4, "your card", "")
        asks = await in_thread(self._words.asks, self._read)
        ask = await self._asked("What will you ask for, in one sentence?", asks)
        offers = await in_thread(self._words.offers, self._read)
        offer = await self._asked("What can you offer, or what is good about it for them?", offers)
        anchor = await self._asked("Which one sentence will you come back to?", self._words.anchors(ask))
        card = msgspec.structs.replace(preparation.card, ask=ask, offer=offer, anchor=anchor)
        preparation = await self._kept(preparation, card=card)
        lines = card_lines(card)
        await self._dialog.tell("Your card:" if lines else "Your card is empty.", *lines)
        await self._dialog.tell(f"Time: {self._time()}. Being steady is the success, whatever they answer.")
        return preparation

    async def _step(self, number: int, name: str, what: str) -> None:
        await self._dialog.tell(f"Step {number} of 4, {name}. {self._time()}. {what}".strip())

    def _time(self) -> str:
        passed_s = int(self._clock.now_s() - self._began_s)
        return f"{passed_s // 60}:{passed_s % 60:02} of {BUDGET_S // 60}:00 minutes"

    async def _asked(self, question: str, choices: Sequence[str] = ()) -> str:
        answer = await self._dialog.ask(question, choices)
        await with_care(answer, self._dialog, self._help_lines)
        return answer

    def _read(self, words: str) -> Reading:
        return self._feedback.rate(words, self._words.scenario.opening, self._words.scenario)

    async def _kept(self, preparation: Preparation, **changes: object) -> Preparation:
        preparation = msgspec.structs.replace(preparation, **changes)
        await in_thread(self._keep, preparation)
        return preparation


async def with_care(answer: str, dialog: Dialog, help_lines: HelpFor) -> None:
    """Raises CareNeededError, and names help before, when the answer tells of a crisis."""
    if (kind := crisis_in(answer)) is not None:
        await dialog.tell(CARE_MESSAGE, *help_lines(kind))
        raise CareNeededError


def card_lines(card: CueCard) -> list[str]:
    """The card as sentences; what was left out is not there."""
    lines = [f"Begin: {card.opening}"] if card.opening else []
    lines += [f"Ask: {card.ask}"] if card.ask else []
    lines += [f"Offer: {card.offer}"] if card.offer else []
    lines += [f'When you hear "{one.theirs}": {one.yours}' for one in card.answers]
    lines += [f"Come back to: {card.anchor}"] if card.anchor else []
    return lines
