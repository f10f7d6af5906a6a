"""A check-in over the talk: asked one question at a time, answered in words, by key or by voice."""

from __future__ import annotations

from typing import Protocol

from voice_agent.emotions import CheckIn
from voice_agent.errors import UserError
from voice_agent.events import (
    CheckInAnswerHeard,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    Event,
    TalkState,
)
from voice_agent.rehearsal.check_in import CheckInQuestions
from voice_agent.rehearsal.talk import Talk
from voice_agent.speech.spoken_command import Asked


class Host(Protocol):
    talk: Talk

    def emit(self, event: Event) -> None: ...
    def enter(self, state: TalkState) -> None: ...
    def checked_in(self, when: CheckInTime) -> None: ...


class CheckIns:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._questions: CheckInQuestions | None = None

    @property
    def asked(self) -> Asked:
        """The kind of answer that the question wants."""
        return Asked.FEELINGS if self._questions is not None and self._questions.asks_feelings else Asked.NUMBER

    def ask(self, when: CheckInTime) -> None:
        """Open a check-in; the talk waits."""
        form = self._host.talk.settings.check_in_form
        self._host.emit(CheckInDue(when=when, form=form))
        self._host.enter(TalkState.CHECK_IN)
        self._questions = CheckInQuestions(form)
        self._tell()

    def ask_again(self) -> bool:
        """Repeat the question that stands; False when none does."""
        self._tell()
        return self._questions is not None

    def answer(self, text: str) -> bool:
        """Take an answer to the question that stands; False when none does."""
        if self._questions is None or self._host.talk.due is None:
            return False
        try:
            check_in = self._questions.answer(text)
        except UserError as error:
            self._tell(str(error))
            return True
        if check_in is None:
            self._tell()
        else:
            self.record(check_in)
        return True

    def heard(self, text: str) -> None:
        """An answer that was said; shown before it is taken."""
        self._host.emit(CheckInAnswerHeard(text=text))
        self.answer(text)

    def record(self, check_in: CheckIn | None) -> bool:
        """Answered as a whole, or skipped (None); False when none is due."""
        when = self._host.talk.due
        if when is None:
            return False
        self._questions = None
        self._host.emit(CheckInRecorded(when=when, check_in=check_in))
        self._host.checked_in(when)
        return True

    def _tell(self, slip: str = "") -> None:
        if self._questions is not None:
            asked = self._questions
            self._host.emit(
                CheckInAsked(
                    question=asked.question, slip=slip, highest=asked.highest, asks_feelings=asked.asks_feelings
                )
            )
