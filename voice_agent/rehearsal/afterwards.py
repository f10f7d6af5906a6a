"""The day after a real talk: how it feels now, what was really said, what worked. Each step can be left out.

What the learner really said is rated like a turn, and told apart from rehearsals everywhere: nobody can be rated
fairly from memory, so it is there to look back on, not to be measured by.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.errors import UserError
from voice_agent.rehearsal.brief_feedback import BriefFeedback
from voice_agent.rehearsal.check_in import CONFIDENCE_QUESTION, FEELINGS_QUESTION, confidence_of, feelings_of
from voice_agent.rehearsal.dialog import Dialog
from voice_agent.rehearsal.preparing import HelpFor, with_care
from voice_agent.scenario import Scenario
from voice_agent.sessions.real_talk import RealLine, RealTalk
from voice_agent.speech.spoken_command import Asked
from voice_agent.worker import in_thread

T = TypeVar("T")
MOST_LINES = 60
ASKED_AGAIN = 3
_MINE = re.compile(r"^(?:me|i|i said|myself)\s*[:,]\s*", re.IGNORECASE)
_THEIRS = re.compile(r"^(?:them|they|they said|he|she|he said|she said)\s*[:,]\s*", re.IGNORECASE)
_DONE = frozenset(("done", "that's it", "that is it", "that was it", "that's all", "that is all"))
CONFIDENCE_AFTER = CONFIDENCE_QUESTION.replace("this talk", "another talk like this")


class Afterwards:
    """The steps. `run` ends with the finished entry."""

    def __init__(
        self,
        dialog: Dialog,
        scenario: Scenario | None,
        feedback: BriefFeedback,
        keep: Callable[[RealTalk], None],
        *,
        help_lines: HelpFor,
    ) -> None:
        """scenario: the situation that was practised for it, if any.

        keep: stores the entry as it is after each step. Blocking.
        """
        self._dialog = dialog
        self._scenario = scenario
        self._feedback = feedback
        self._keep = keep
        self._help_lines = help_lines

    async def run(self, talk: RealTalk) -> RealTalk:
        """Raises CareNeededError after help was named; EngineError when the microphone is lost."""
        await self._dialog.tell(f"After the talk with {talk.partner}: {talk.title}. Leave out what you like.")
        if talk.check_in is None:
            talk = await self._kept(talk, check_in=await self._check_in())
        if not talk.lines:
            talk = await self._lines(talk)
        talk = await self._rated(talk)
        if not talk.worked:
            talk = await self._kept(talk, worked=await self._asked("What worked?"))
        if not talk.otherwise:
            talk = await self._kept(talk, otherwise=await self._asked("What would you do otherwise?"))
        return await self._kept(talk, is_done=True)

    async def _check_in(self) -> CheckIn | None:
        confidence = await self._understood(CONFIDENCE_AFTER, confidence_of, Asked.NUMBER)
        feelings = await self._understood(FEELINGS_QUESTION, feelings_of, Asked.FEELINGS)
        if confidence is None and not feelings:
            return None
        return CheckIn(self_efficacy=confidence, feelings=feelings or {})

    async def _understood(self, question: str, meaning: Callable[[str], T], kind: Asked) -> T | None:
        for _ in range(ASKED_AGAIN):
            answer = await self._dialog.ask(question, kind=kind)
            try:
                return meaning(answer)
            except UserError as error:
                await self._dialog.tell(f"{error}.")
        return None

    async def _lines(self, talk: RealTalk) -> RealTalk:
        await self._dialog.tell(
            "What was really said, one line at a time, as you remember it. It takes turns, you first; begin a line "
            'with "me:" or "them:" where it does not. An empty line, or "done", ends it.'
        )
        is_mine = True
        while len(talk.lines) < MOST_LINES:
            answer = await self._asked("You said:" if is_mine else f"{talk.partner} said:")
            if not answer or answer.lower().strip(" .!") in _DONE:
                break
            by_me, text = attributed(answer, is_mine, talk.partner)
            if text:
                talk = await self._kept(talk, lines=(*talk.lines, RealLine(is_learners=by_me, text=text)))
                is_mine = not by_me
        return talk

    async def _rated(self, talk: RealTalk) -> RealTalk:
        """Rate what the learner really said, after what the other said before it."""
        lines: list[RealLine] = []
        earlier: list[str] = []
        partner_line = ""
        for line in talk.lines:
            if not line.is_learners:
                partner_line = line.text
                lines.append(line)
                continue
            reading = line.reading
            if reading is None:
                reading = await self._feedback.read(line.text, partner_line, self._scenario, earlier)
            earlier.append(line.text)
            lines.append(msgspec.structs.replace(line, reading=reading))
        if not lines:
            return talk
        talk = await self._kept(talk, lines=tuple(lines))
        await self._dialog.tell(*told(talk))
        return talk

    async def _asked(self, question: str) -> str:
        answer = await self._dialog.ask(question)
        await with_care(answer, self._dialog, self._help_lines)
        return answer

    async def _kept(self, talk: RealTalk, **changes: object) -> RealTalk:
        talk = msgspec.structs.replace(talk, **changes)
        await in_thread(self._keep, talk)
        return talk


def attributed(line: str, is_mine: bool, partner: str) -> tuple[bool, str]:
    """Whose line it is, and the line without the word that says so."""
    named = re.compile(rf"^{re.escape(partner)}(?: said)?\s*[:,]\s*", re.IGNORECASE)
    for pattern, by_me in ((_MINE, True), (_THEIRS, False), (named, False)):
        if (found := pattern.match(line)) is not None:
            return by_me, line[found.end() :].strip()
    return is_mine, line.strip()


def told(talk: RealTalk) -> list[str]:
    """What the ratings say, in sentences."""
    rated = talk.rated
    if not rated:
        return []
    count = "1 turn" if len(rated) == 1 else f"{len(rated)} turns"
    used = [skill.full_name for skill, strong in zip(Skill, talk.strong, strict=True) if strong]
    best_text, best = max(rated, key=lambda one: one[1].ratings.strength)
    lines = [f"You told {count} of yours. Strong at least once: {', '.join(used) if used else 'nothing yet'}."]
    if best.ratings.strength > 0:
        lines.append(f'Your strongest: "{best_text}"')
    steady = sum(reading.ratings.level(Skill.MINDFUL) is Level.STRONG for _, reading in rated)
    lines.append(f"You stayed with what you came for in {steady} of {len(rated)}.")
    return lines
