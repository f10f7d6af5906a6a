"""Runs a rehearsal in lines: events are printed, typed lines become commands."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

import msgspec

from voice_agent.commands import (
    Command,
    DropDraft,
    End,
    GiveUp,
    Interrupt,
    RecordCheckIn,
    Repeat,
    Resume,
    Retake,
    Say,
    SendDraft,
    SkipCheckIn,
    StopTalking,
)
from voice_agent.errors import UserError
from voice_agent.events import (
    CheckInDue,
    Event,
    Fault,
    LevelMeter,
    PartialTranscript,
    StateChanged,
    TalkState,
    TurnWithdrawn,
    Withdrawal,
    to_json,
)
from voice_agent.plain.check_in import CheckInQuestions
from voice_agent.plain.keyboard import command_of, help_lines
from voice_agent.plain.lines import LineRenderer
from voice_agent.rehearsal.rehearsal import Rehearsal


class Keyboard:
    """Lines of standard input, read on a thread of its own so that the talk never waits for a key."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_person = stream.isatty()
        """Whether somebody types; a pipe's lines are all there at once."""
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        # A daemon: a blocked read can't be cancelled, and must not hold the program at its end.
        threading.Thread(target=self._read, name="keyboard", daemon=True).start()

    def _read(self) -> None:
        with suppress(RuntimeError, ValueError, OSError):  # loop or stream are closing
            for line in self._stream:
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line.rstrip("\n"))
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    async def line(self) -> str | None:
        """The next line; None at the end of input."""
        return await self._lines.get()


_LEARNERS_MOVE = (TalkState.LISTENING, TalkState.DRAFT, TalkState.PAUSED)
_PARTNERS_MOVE = (Say, SendDraft, DropDraft, Retake, Resume, Repeat, RecordCheckIn, SkipCheckIn, End)
"""Commands after which the program has the next move."""


class PlainFront:
    """Text for a person."""

    def __init__(self, rehearsal: Rehearsal, *, shows_times: bool, ends_with_input: bool) -> None:
        """ends_with_input: the talk is over when standard input is (there is no microphone)."""
        self._rehearsal = rehearsal
        self._renderer = LineRenderer(shows_times=shows_times, partner=rehearsal.talk.scenario.partner.name)
        self._ends_with_input = ends_with_input
        self._questions: CheckInQuestions | None = None
        self._state = TalkState.CHECK_IN
        self._input_ended = False
        self._waits_for_learner = asyncio.Event()

    async def show(self) -> None:
        """Print events until the session ends."""
        async for stamped in self._rehearsal.events():
            event = stamped.event
            if isinstance(event, StateChanged):
                self._state = event.state
                if event.state in _LEARNERS_MOVE:
                    self._waits_for_learner.set()
                elif event.state is not TalkState.CHECK_IN:
                    self._waits_for_learner.clear()
            if _gives_the_move_back(event):
                self._waits_for_learner.set()
            for line in self._renderer.lines(event):
                _print(line)
            if isinstance(event, CheckInDue):
                self._questions = CheckInQuestions()
                _print(self._questions.question)
                self._waits_for_learner.set()
                if self._input_ended:
                    self._rehearsal.send(SkipCheckIn())

    async def obey(self, keyboard: Keyboard) -> None:
        """Turn typed lines into commands for ever. Lines from a pipe are taken when the talk waits for one."""
        while (line := await keyboard.line()) is not None:
            if not keyboard.is_person:
                await self._waits_for_learner.wait()
            try:
                self._typed(line)
            except UserError as error:
                _print(f"{error}.")
                if self._questions is not None:
                    _print(self._questions.question)
        self._input_ended = True
        if self._questions is not None:
            self._rehearsal.send(SkipCheckIn())
        if self._ends_with_input:
            await self._waits_for_learner.wait()
            self._rehearsal.send(End())

    def _typed(self, line: str) -> None:
        if line.strip().lower() in ("/help", "help", "?"):
            for one in help_lines():
                _print(one)
        elif self._questions is not None and not line.startswith("/"):
            check_in = self._questions.answer(line)
            if check_in is None:
                _print(self._questions.question)
            else:
                self._questions = None
                self._send(RecordCheckIn(check_in=check_in))
        else:
            command = command_of(line)
            if command is None:
                command = self._enter_key()
            if command is not None:
                self._send(command)

    def _send(self, command: Command) -> None:
        if isinstance(command, _PARTNERS_MOVE):
            self._waits_for_learner.clear()
        self._rehearsal.send(command)

    def _enter_key(self) -> Command | None:
        """What Enter alone means now."""
        meanings: dict[TalkState, Command] = {
            TalkState.SPEAKING: Interrupt(),
            TalkState.HEARING: StopTalking(),
            TalkState.DRAFT: SendDraft(),
        }
        return meanings.get(self._state)


def _gives_the_move_back(event: Event) -> bool:
    """Whether a command has been carried out, or refused, without a change of state."""
    if isinstance(event, TurnWithdrawn):
        return event.why is Withdrawal.RETAKE
    return isinstance(event, Fault) and event.category == "not_possible"


class JsonFront:
    """JSON Lines for programs: events on standard output, commands on standard input."""

    def __init__(self, rehearsal: Rehearsal, *, meters: bool, ends_with_input: bool) -> None:
        self._rehearsal = rehearsal
        self._meters = meters
        self._ends_with_input = ends_with_input
        self._input_ended = False
        self._waits_for: Callable[[], Command] | None = None

    async def show(self) -> None:
        async for stamped in self._rehearsal.events():
            event = stamped.event
            if isinstance(event, LevelMeter | PartialTranscript) and not self._meters:
                continue
            sys.stdout.buffer.write(to_json(stamped) + b"\n")
            sys.stdout.buffer.flush()
            if isinstance(event, CheckInDue):
                self._ask(SkipCheckIn)
            elif isinstance(event, StateChanged):
                if event.state is TalkState.DRAFT:
                    self._ask(SendDraft)
                elif event.state is not TalkState.CHECK_IN:
                    self._waits_for = None

    async def obey(self, keyboard: Keyboard) -> None:
        while (line := await keyboard.line()) is not None:
            if not line.strip():
                continue
            try:
                self._rehearsal.send(msgspec.json.decode(line, type=Command))
            except (msgspec.DecodeError, msgspec.ValidationError) as error:
                print(f"standard input: {error}; see docs/events.md for the commands", file=sys.stderr)  # noqa: T201
        self._input_ended = True
        if self._waits_for is not None:
            self._rehearsal.send(self._waits_for())
        if self._ends_with_input:
            self._rehearsal.send(GiveUp())

    def _ask(self, default: Callable[[], Command]) -> None:
        """Somebody must answer; when nobody is there any more, the talk goes on by itself."""
        self._waits_for = default
        if self._input_ended:
            self._rehearsal.send(default())


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is the front's own room
