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
    AnswerCheckIn,
    Command,
    DropDraft,
    End,
    GiveUp,
    Interrupt,
    LookAhead,
    MakePlan,
    OpenCheckIn,
    Repeat,
    Resume,
    Retake,
    Say,
    SayCandidate,
    SaySuggestion,
    SendDraft,
    SkipCheckIn,
    StopTalking,
)
from voice_agent.errors import UserError
from voice_agent.events import (
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    EndReason,
    Event,
    Fault,
    LevelMeter,
    LookedAhead,
    PartialTranscript,
    SessionEnded,
    StateChanged,
    TalkState,
    TurnWithdrawn,
    Withdrawal,
    to_json,
)
from voice_agent.plain.fitted import fitted
from voice_agent.plain.keyboard import ASKED, command_of, help_lines, plan_note
from voice_agent.plain.lines import LineRenderer
from voice_agent.rehearsal.debrief import debrief
from voice_agent.rehearsal.narration import whereabouts
from voice_agent.rehearsal.planning import plan_hints
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.settings import Arm


class Keyboard:
    """Lines of standard input, read on a thread of its own so that the talk never waits for a key."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.is_person = stream.isatty()
        """Whether somebody types; a pipe's lines are all there at once."""
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._unread: str | None = None
        # A daemon: a blocked read can't be cancelled, and must not hold the program at its end.
        threading.Thread(target=self._read, name="keyboard", daemon=True).start()

    def _read(self) -> None:
        with suppress(RuntimeError, ValueError, OSError):  # loop or stream are closing
            for line in self._stream:
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line.rstrip("\n"))
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    async def line(self) -> str | None:
        """The next line; None at the end of input, however often it is asked for."""
        if self._unread is not None:
            line, self._unread = self._unread, None
            return line
        if (found := await self._lines.get()) is None:
            self._lines.put_nowait(None)
        return found

    def unread(self, line: str) -> None:
        """Give the last line back: it was for whoever reads next."""
        self._unread = line


_LEARNERS_MOVE = (TalkState.LISTENING, TalkState.DRAFT, TalkState.PAUSED)
_PARTNERS_MOVE = (
    Say,
    SayCandidate,
    SaySuggestion,
    LookAhead,
    AnswerCheckIn,
    OpenCheckIn,
    SendDraft,
    DropDraft,
    Retake,
    Resume,
    Repeat,
    SkipCheckIn,
    End,
)
"""Commands after which the program has the next move."""


class PlainFront:
    """Text for a person."""

    def __init__(self, rehearsal: Rehearsal, *, shows_times: bool, ends_with_input: bool) -> None:
        """ends_with_input: the talk is over when standard input is (there is no microphone)."""
        self._rehearsal = rehearsal
        talk = rehearsal.talk
        self._renderer = LineRenderer(
            shows_times=shows_times, partner=talk.scenario.partner.name, arm=talk.settings.arm
        )
        self._ends_with_input = ends_with_input
        self._hands_free = rehearsal.talk.settings.hands_free
        """All is answered by voice: the end of the typed input means nothing."""
        self._is_asked = False
        """A check-in's question stands."""
        self._state = TalkState.CHECK_IN
        self._input_ended = False
        self._waits_for_learner = asyncio.Event()

    async def show(self) -> None:
        """Print events until the session ends."""
        async for stamped in self._rehearsal.events():
            event = stamped.event
            if isinstance(event, StateChanged):
                self._state = event.state
                if event.state in _LEARNERS_MOVE and not self._rehearsal.takes_no_more_turns:
                    self._waits_for_learner.set()
                elif event.state is not TalkState.CHECK_IN:
                    self._waits_for_learner.clear()
            if _gives_the_move_back(event):
                self._waits_for_learner.set()
            for line in self._renderer.lines(event):
                _print(line)
            if isinstance(event, SessionEnded) and event.reason is not EndReason.CARE:
                self._debrief()
            if isinstance(event, CheckInAsked):
                self._is_asked = True
                self._waits_for_learner.set()
            if isinstance(event, CheckInDue) and self._input_ended and not self._hands_free:
                self._rehearsal.send(SkipCheckIn())
            if isinstance(event, CheckInRecorded):
                self._is_asked = False

    def _debrief(self) -> None:
        talk = self._rehearsal.talk
        if talk.settings.arm is Arm.FEEDBACK:
            for line in debrief(talk):
                _print(line)
            if not talk.settings.mode_is_fixed:
                # A trial has a store of its own.
                _print("More: voice-agent sessions debrief")

    async def obey(self, keyboard: Keyboard) -> None:
        """Turn typed lines into commands for ever. Lines from a pipe are taken when the talk waits for one, and the
        coach has told what it has to say about the turn before."""
        while (line := await keyboard.line()) is not None:
            if not keyboard.is_person:
                try:
                    await self._until_asked()
                except asyncio.CancelledError:
                    keyboard.unread(line)
                    raise
            self._answer(line)
            if not keyboard.is_person:
                await self._rehearsal.taken_up()  # else a refusal of this line would let the line after the next in
        self._input_ended = True
        if self._is_asked and not self._hands_free:
            self._rehearsal.send(SkipCheckIn())
        # What was sent before the input ended is carried out first.
        await self._until_asked()
        if self._ends_with_input:
            self._rehearsal.send(End())

    async def _until_asked(self) -> None:
        await self._waits_for_learner.wait()
        await self._rehearsal.coach_is_done()
        await self._waits_for_learner.wait()

    def _answer(self, line: str) -> None:
        """Take a line; a slip is told."""
        try:
            self._typed(line)
        except UserError as error:
            _print(f"{error}.")
            self._waits_for_learner.set()

    def _typed(self, line: str) -> None:
        if line.strip().lower() in ("/help", "help", "?"):
            for one in help_lines():
                _print(one)
        elif line.strip().partition(" ")[0].lower() == "/plan":
            self._plan(line.strip())
        elif line.strip().lower() in {f"/{name}" for name in ASKED}:
            self._told(line.strip().lower())
        elif self._is_asked and not line.startswith("/"):
            self._send(AnswerCheckIn(text=line))
        else:
            command = command_of(line)
            if command is None:
                command = self._enter_key()
            if isinstance(command, LookAhead):
                _print("Trying a few wordings on your partner.")
            if command is not None:
                self._send(command)

    def _told(self, wanted: str) -> None:
        """What stands on the screen of the app, told when it is asked for."""
        talk = self._rehearsal.talk
        if wanted != "/where" and talk.settings.arm is Arm.SIMULATION_ONLY:
            _print("This practice is without feedback.")
        elif wanted == "/mood":
            stance = talk.stance
            words = ", ".join(dict.fromkeys((stance.band.value, stance.emotion.value)))
            _print(f"{talk.scenario.partner.name}: {words}. Resistance {stance.resistance:.0f} of 10.")
        elif wanted == "/words":
            self._renderer.shows_words = not self._renderer.shows_words
            _print("Suggestions are told." if self._renderer.shows_words else "Suggestions are kept back.")
        else:
            _print(whereabouts(talk))
        self._waits_for_learner.set()

    def _plan(self, line: str) -> None:
        """Note one letter of the plan, or show what belongs into it."""
        talk = self._rehearsal.talk
        noted = plan_note(line)
        if noted is None:
            for skill, hint in plan_hints(talk.scenario).items():
                _print(f"{skill.letter}, {skill.full_name}: {talk.plan.get(skill) or hint}")
        else:
            self._send(MakePlan(notes=talk.plan | {noted[0]: noted[1]}))

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
    return isinstance(event, LookedAhead) or (isinstance(event, Fault) and event.category == "not_possible")


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
        if self._rehearsal.talk.settings.hands_free:
            return
        self._waits_for = default
        if self._input_ended:
            self._rehearsal.send(default())


def _print(line: str) -> None:
    print(fitted(line), flush=True)  # noqa: T201 - this is the front's own room
