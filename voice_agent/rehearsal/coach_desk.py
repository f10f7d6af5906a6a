"""A coach at the table: hints that only the panel shows, marks, corrected ratings, the partner's next move."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from voice_agent.annotation import AnnotatedTurn, Situation
from voice_agent.commands import ChooseNextMove, CorrectRating, MarkMoment, Whisper
from voice_agent.conversation import Reading
from voice_agent.dearman import Skill
from voice_agent.errors import UserError
from voice_agent.events import CoachWhispered, Event, Fault, MomentMarked, NextMoveChosen, RatingCorrected
from voice_agent.feedback.user_bank import read_bank, write_bank
from voice_agent.rehearsal.journal import Journal
from voice_agent.rehearsal.talk import Talk
from voice_agent.text import clean
from voice_agent.worker import Worker

DeskCommand = Whisper | MarkMoment | CorrectRating | ChooseNextMove
ANNOTATOR = "coach"


class Host(Protocol):
    talk: Talk
    journal: Journal

    def emit(self, event: Event) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...


class CoachDesk:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, worker: Worker) -> None:
        """worker: where the bank's file is written."""
        self._host = host
        self._worker = worker

    def obey(self, command: DeskCommand) -> str:
        """Do it; why not, where it can't be done."""
        talk = self._host.talk
        match command:
            case Whisper():
                self._host.emit(CoachWhispered(text=clean(command.text)))
            case MarkMoment():
                self._host.emit(MomentMarked(turn=talk.turn, note=clean(command.note)))
            case ChooseNextMove():
                self._host.emit(NextMoveChosen(move=command.move))
            case CorrectRating():
                return self._correct(command)
        return ""

    def _correct(self, command: CorrectRating) -> str:
        rated = _last_rated(self._host.talk)
        if rated is None:
            return "there is no rated turn yet"
        turn = rated[0]
        self._host.emit(RatingCorrected(turn=turn, skill=command.skill, level=command.level))
        if (kept := self._annotated(turn)) is not None:
            self._host.spawn(self._keep(kept))
        return ""

    def _annotated(self, turn: int) -> AnnotatedTurn | None:
        """The corrected turn as the bank keeps it."""
        talk = self._host.talk
        rated = _last_rated(talk)
        if rated is None or rated[0] != turn:
            return None
        _, said, reading, partner_line = rated
        scenario = talk.scenario
        return AnnotatedTurn(
            id=f"{self._host.journal.session}:{turn}",
            situation=Situation(
                partner=scenario.partner.relationship,
                context=" ".join(scenario.learner.facts),
                goal=scenario.learner.goal,
            ),
            partner_line=partner_line,
            utterance=said,
            labels={skill: reading.ratings.level(skill) for skill in Skill},
            next_skill=reading.next_skill,
            annotator=ANNOTATOR,
        )

    async def _keep(self, turn: AnnotatedTurn) -> None:
        try:
            await self._worker.run(_replace_in_bank, turn)
        except (UserError, OSError) as error:
            self._host.emit(
                Fault(
                    component="bank",
                    category="cannot_save",
                    happened=f"the corrected rating is not in the bank: {error}",
                    done="The session keeps it.",
                )
            )


def _last_rated(talk: Talk) -> tuple[int, str, Reading, str] | None:
    """Turn, words, reading and the partner's line before, of the last turn that has a rating."""
    if talk.pending is not None and talk.reading is not None:
        return talk.pending.turn, talk.pending.text, talk.reading, talk.partner_line
    for place in range(len(talk.exchanges) - 1, -1, -1):
        one = talk.exchanges[place]
        if one.reading is not None and one.said:
            return one.turn, one.said, one.reading, talk.exchanges[place - 1].answer if place else ""
    return None


def _replace_in_bank(turn: AnnotatedTurn) -> None:
    others = [one for one in read_bank() if (one.id, one.annotator) != (turn.id, turn.annotator)]
    write_bank([*others, turn])
