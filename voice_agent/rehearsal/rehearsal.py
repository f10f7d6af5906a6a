"""One rehearsal: the only object a front talks to. Commands go in, events come out.

A single task handles commands and signals one after another and never waits. Stopping goes in order:
microphone, engines, speaker, store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.clock import Clock
from voice_agent.commands import (
    ChooseMicrophone,
    ChooseSpeaker,
    Command,
    DeclareSkill,
    DropDraft,
    End,
    GiveUp,
    Interrupt,
    Pause,
    RecordCheckIn,
    Repeat,
    Resume,
    Retake,
    Say,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    SkipCheckIn,
    StartTalking,
    StopTalking,
)
from voice_agent.conversation import Move, Stance
from voice_agent.emotions import CheckIn
from voice_agent.errors import EngineError, UserError
from voice_agent.events import (
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    EndReason,
    Event,
    Fault,
    LevelMeter,
    PartialTranscript,
    SessionEnded,
    SettingsChanged,
    SkillDeclared,
    Stamped,
    StanceChanged,
    StateChanged,
    TalkState,
    VoiceCommandHeard,
)
from voice_agent.pipeline.listener import Attention, Listener
from voice_agent.pipeline.signals import (
    BargedIn,
    BlocksDropped,
    LevelRead,
    MicrophoneEnded,
    MicrophoneLost,
    MicrophoneNoticed,
    RecognizerFailed,
    ReplyFailed,
    ReplySpoken,
    SentenceSounded,
    Signal,
    SpeechBegan,
    SpeechDismissed,
    TurnOver,
    TurnPaused,
    VoiceLost,
    WordsSoFar,
)
from voice_agent.pipeline.stages import Engines
from voice_agent.pipeline.talker import Talker
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.devices import Devices
from voice_agent.rehearsal.journal import Journal
from voice_agent.rehearsal.spoken_commands import command_for
from voice_agent.rehearsal.talk import Talk
from voice_agent.rehearsal.turn_taking import Cut, TurnRead, TurnTaking
from voice_agent.settings import Duplex, Patience
from voice_agent.speech.spoken_command import OPENING_WORD, SpokenCommand

_Message = Command | Signal | TurnRead

_HOLDS_RECORDING = frozenset(
    {TalkState.CHECK_IN, TalkState.THINKING, TalkState.DRAFT, TalkState.SPEAKING, TalkState.PAUSED}
)
"""A recording in the microphone's place waits in these, as a polite person would."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A turn that may be a spoken command."""

    voiced_s: float
    heard: asyncio.Future[SpokenCommand | None]


class Rehearsal:
    """Made with everything it needs; `run` it once."""

    def __init__(
        self,
        *,
        talk: Talk,
        opening_events: list[Event],
        engines: Engines,
        microphone: Microphone | None,
        speaker: Speaker | None,
        journal: Journal,
        clock: Clock,
        devices: Devices,
    ) -> None:
        """opening_events: SessionStarted or SessionResumed. microphone: None when turns are only typed.

        speaker: already open; None when replies are only shown.
        """
        self.talk = talk
        self.journal = journal
        self._opening_events = opening_events
        self._engines = engines
        self._microphone = microphone
        self._speaker = speaker
        self._clock = clock
        self._devices = devices
        self._inbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._listener = self._new_listener()
        self._talker = Talker(
            synthesizer=engines.synthesizer,
            speaker=speaker,
            worker=engines.synthesizer_worker,
            clock=clock,
            post=self._inbox.put_nowait,
        )
        self._turns = TurnTaking(self, engines, self._talker, clock)
        self._listening: asyncio.Task[None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._state_since_s = clock.now_s()
        self._was_nudged = False
        self._last_was_typed = microphone is None
        self._microphone_ended = False
        self._ending: tuple[EndReason, Move | None] | None = None
        self._candidate: _Candidate | None = None

    # What a front uses.

    def send(self, command: Command) -> None:
        """Ask for something; answered by events. From the event loop's thread."""
        self._inbox.put_nowait(command)

    def events(self) -> AsyncGenerator[Stamped, None]:
        """All events from now on; call before `run`."""
        return self.journal.events()

    async def run(self) -> None:
        """From the first check-in to the end. Cancelling leaves a session that can be resumed."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self.spawn(self.journal.run())
                self.spawn(self.journal.retry())
                self.spawn(self._watch())
                self._start_listening()
                self._start()
                while self.talk.ended is None:
                    self._handle(await self._inbox.get())
                await self.journal.flush()
                for task in self._tasks:
                    task.cancel()
        finally:
            await self._close()

    async def _close(self) -> None:
        if self._speaker is not None:
            self._speaker.clear()
            await self._speaker.close()
        await self._engines.close()
        await self.journal.close()

    # What turn-taking uses.

    def emit(self, event: Event) -> None:
        self.talk.apply(event)
        self.journal.emit(event)

    def enter(self, state: TalkState) -> None:
        """Be in this state: told when it is new, and the microphone is judged accordingly."""
        if self.talk.ended is not None:
            return
        if state is TalkState.LISTENING and self._microphone_ended:
            self._finish(EndReason.MICROPHONE_ENDED)
            return
        before = self.talk.state
        if state is not before:
            self._state_since_s = self._clock.now_s()
            self.emit(StateChanged(state=state, turn=self.talk.turn))
        self._attend(state, before)
        if self._microphone is not None and state is not TalkState.HEARING:
            self._microphone.hold(held=state in _HOLDS_RECORDING)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._group is not None
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def post(self, signal: TurnRead) -> None:
        self._inbox.put_nowait(signal)

    def partner_closed(self, move: Move) -> None:
        self._finish(EndReason.PARTNER, move)

    def since_start(self, clock_s: float) -> float:
        return self.journal.since_start(clock_s)

    # Beginning and ending.

    def _start(self) -> None:
        for event in self._opening_events:
            self.emit(event)
        for fault in self._engines.faults:
            self.emit(
                Fault(
                    component=fault.stage,
                    category="fallback",
                    happened=fault.happened,
                    done=fault.done,
                    cure=fault.cure,
                )
            )
        talk = self.talk
        if talk.due is CheckInTime.END:
            self._finish(EndReason.LEARNER)
        elif talk.exchanges or talk.pending:
            self._go_on_after_resuming()
        elif talk.settings.check_ins and CheckInTime.START not in talk.check_ins:
            self.emit(CheckInDue(when=CheckInTime.START))
            self._announce(TalkState.CHECK_IN)
        else:
            self._turns.open_talk()

    def _go_on_after_resuming(self) -> None:
        if self.talk.draft is not None:
            self._announce(TalkState.DRAFT)
            return
        # A turn that was never answered is answered now; else the partner's last line is heard again.
        self._turns.put_aside()
        self._announce(TalkState.LISTENING)
        if not self._turns.take_up():
            self._turns.repeat()

    def _announce(self, state: TalkState) -> None:
        """Tell a state even when it is the one the talk was left in."""
        self.emit(StateChanged(state=state, turn=self.talk.turn))
        self._attend(state, TalkState.PAUSED)

    def _finish(self, reason: EndReason, outcome: Move | None = None) -> None:
        """End the talk, by way of the closing check-in when one is wanted."""
        if self._ending is not None:
            return
        self._ending = (reason, outcome)
        self._turns.finish_cut()
        self._turns.drop_work()
        if self.talk.settings.check_ins and CheckInTime.END not in self.talk.check_ins:
            self._microphone_ended = False
            self.enter(TalkState.CHECK_IN)
            self.emit(CheckInDue(when=CheckInTime.END))
        else:
            self._end()

    def _end(self) -> None:
        reason, outcome = self._ending or (EndReason.GAVE_UP, None)
        self.enter(TalkState.ENDED)
        self.emit(SessionEnded(reason=reason, outcome=outcome))

    # One message after another.

    def _handle(self, message: _Message) -> None:
        match message:
            case LevelRead():
                self.emit(LevelMeter(rms_dbfs=message.rms_dbfs, peak_dbfs=message.peak_dbfs))
            case WordsSoFar():
                if self.talk.state is TalkState.HEARING:
                    self.emit(PartialTranscript(turn=self.talk.turn + 1, text=message.text))
            case SpeechBegan():
                self._speech_began()
            case SpeechDismissed():
                if self.talk.state is TalkState.HEARING:
                    self._turns.dismissed()
            case TurnPaused():
                self._listen_for_command(message)
            case BargedIn():
                self._turns.stop_reply(self._turns.hold_cut)
                self.enter(TalkState.HEARING)
            case TurnOver():
                self._turn_over(message)
            case TurnRead():
                self._turns.read(message)
            case SentenceSounded():
                self._turns.sounded(message)
            case ReplySpoken():
                self._turns.spoken(message)
            case ReplyFailed():
                self._turns.failed(message)
            case VoiceLost():
                self._voice_lost(message)
            case MicrophoneNoticed():
                self._fault("microphone", message.category, message.sentence, cure=message.cure)
            case MicrophoneEnded():
                self._ended_microphone()
            case MicrophoneLost():
                self._lost_microphone(message.error)
            case RecognizerFailed():
                self._recognizer_failed(message.error)
            case BlocksDropped():
                self._fault("recognizer", "too_slow", f"{message.blocks} blocks of sound were skipped")
            case _:
                self._obey(message)

    def _speech_began(self) -> None:
        if self.talk.state is TalkState.THINKING:
            self._turns.went_on()
        elif self.talk.state in (TalkState.LISTENING, TalkState.DRAFT):
            self.enter(TalkState.HEARING)

    def _turn_over(self, over: TurnOver) -> None:
        if self.talk.state not in (TalkState.HEARING, TalkState.LISTENING, TalkState.DRAFT):
            return
        candidate, self._candidate = self._candidate, None
        words = over.transcript.text.split()
        # Two ears must agree, the grammar and dictation: a turn taken for a command is worse than the reverse.
        may_be = len(words) <= limits.COMMAND_WORDS and words[:1] == [OPENING_WORD]
        if candidate is not None and may_be and candidate.voiced_s == over.voiced_s:
            self.spawn(self._obey_or_hear(over, candidate.heard))
        else:
            self._heard_turn(over)

    def _listen_for_command(self, paused: TurnPaused) -> None:
        """A short turn may be a spoken command: begun while its end is still provisional, it costs no time."""
        ear, self._candidate = self._engines.commands, None
        if ear is None or paused.voiced_s > limits.COMMAND_VOICED_S:
            return
        heard = asyncio.ensure_future(self._engines.commands_worker.run(ear.understand, paused.samples))
        # A turn that went on never asks for it.
        heard.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._candidate = _Candidate(paused.voiced_s, heard)

    async def _obey_or_hear(self, over: TurnOver, heard: asyncio.Future[SpokenCommand | None]) -> None:
        spoken: SpokenCommand | None = None
        with suppress(Exception):  # a broken command lane must not lose the turn
            spoken = await heard
        command = command_for(spoken, self.talk) if spoken is not None else None
        if self.talk.state not in (TalkState.HEARING, TalkState.LISTENING, TalkState.DRAFT):
            return
        if command is None or spoken is None:
            self._heard_turn(over)
            return
        self.emit(VoiceCommandHeard(command=spoken.value))
        self.enter(TalkState.DRAFT if self.talk.draft is not None else TalkState.LISTENING)
        self._obey(command)

    def _heard_turn(self, over: TurnOver) -> None:
        self._last_was_typed, self._was_nudged = False, False
        self._turns.heard(over)

    # Commands.

    def _obey(self, command: Command) -> None:
        if self._ending is not None and not isinstance(command, RecordCheckIn | SkipCheckIn | GiveUp):
            self._refuse("the talk is over")
            return
        match command:
            case Say():
                self._say(command.text)
            case StartTalking():
                if self.talk.state is TalkState.SPEAKING:
                    self._turns.stop_reply(self._turns.hold_cut)
                    self.enter(TalkState.LISTENING)
                self._listener.key_down()
            case StopTalking():
                self._listener.commit()
            case SendDraft():
                if not self._turns.send_draft():
                    self._refuse("there is no draft to send")
            case DropDraft():
                if not self._turns.drop_draft():
                    self._refuse("there is no draft to drop")
            case Retake():
                self._retake()
            case Pause():
                self._pause()
            case Resume():
                self._resume()
            case Interrupt():
                if not self._turns.stop_reply():
                    self._refuse("the partner is not speaking")
            case Repeat():
                if not self._turns.repeat():
                    self._refuse("there is nothing to repeat yet")
            case DeclareSkill():
                self.emit(SkillDeclared(turn=self.talk.turn + 1, skill=command.skill))
            case SetMode() | SetPatience() | SetDifficulty():
                self._set(command)
            case RecordCheckIn():
                self._check_in(command.check_in)
            case SkipCheckIn():
                self._check_in(None)
            case ChooseMicrophone():
                self._choose_microphone(command.device)
            case ChooseSpeaker():
                self.spawn(self._choose_speaker(command.device))
            case GiveUp():
                self._ending = self._ending or (EndReason.GAVE_UP, None)
                self._turns.finish_cut()
                self._turns.drop_work()
                self._end()
            case End():
                if not self._turns.stop_reply(self._end_after_cut):
                    self._finish(EndReason.LEARNER)

    def _end_after_cut(self, cut: Cut) -> None:
        if not cut.spoken.complete:
            self._turns.hold_cut(cut)
        self._finish(EndReason.LEARNER)

    def _say(self, text: str) -> None:
        if not text.strip():
            return
        if self.talk.state in (TalkState.CHECK_IN, TalkState.ENDED):
            self._refuse("answer or skip the check-in first")
            return
        self._last_was_typed = True
        self._was_nudged = False

        def after_cut(cut: Cut) -> None:
            if not cut.spoken.complete:
                self._turns.hold_cut(cut)
            if self._ending is None:
                self._turns.typed(text)

        if not self._turns.stop_reply(after_cut):
            if self.talk.state is TalkState.THINKING:
                self._turns.went_on()
            self._turns.typed(text)

    def _retake(self) -> None:
        def after_cut(cut: Cut) -> None:
            if not cut.spoken.complete:
                self._turns.hold_cut(cut)
            self._retake_now()

        if not self._turns.stop_reply(after_cut):
            self._retake_now()

    def _retake_now(self) -> None:
        if not self._turns.retake():
            self._refuse("there is no turn to take back yet")
            self.enter(TalkState.LISTENING)

    def _pause(self) -> None:
        if self.talk.state in (TalkState.PAUSED, TalkState.CHECK_IN):
            self._refuse("the talk is paused already")
            return
        if not self._turns.stop_reply(self._turns.hold_cut):
            self._turns.put_aside()
        self.enter(TalkState.PAUSED)

    def _resume(self) -> None:
        if self.talk.state is not TalkState.PAUSED:
            self._refuse("the talk is not paused")
            return
        self.enter(TalkState.DRAFT if self.talk.draft is not None else TalkState.LISTENING)
        self._turns.take_up()

    def _set(self, command: SetMode | SetPatience | SetDifficulty) -> None:
        replace = msgspec.structs.replace
        before = self.talk.settings
        match command:
            case SetMode():
                after = replace(before, mode=command.mode)
            case SetPatience():
                after = replace(before, patience=command.patience)
                self._listener.set_patience(command.patience)
            case SetDifficulty():
                after = replace(before, difficulty=command.difficulty)
        self.emit(SettingsChanged(settings=after))
        if harder := after.difficulty - before.difficulty:
            # The same distance as between two difficulties at the start of a talk.
            stance = self.talk.stance
            moved = Stance(max(0.0, min(10.0, round(stance.resistance + 0.9 * harder, 2))), stance.emotion)
            self.emit(StanceChanged(turn=self.talk.turn, before=stance, after=moved, why=("difficulty",)))

    def _check_in(self, check_in: CheckIn | None) -> None:
        when = self.talk.due
        if when is None:
            self._refuse("no check-in is due")
            return
        self.emit(CheckInRecorded(when=when, check_in=check_in))
        if when is CheckInTime.END:
            self._end()
        else:
            self._turns.open_talk()

    # Microphone, speaker, faults.

    def _new_listener(self) -> Listener:
        engines = self._engines
        return Listener(
            activity=engines.activity,
            recognizer=engines.recognizer,
            worker=engines.recognizer_worker,
            clock=self._clock,
            patience=self.talk.settings.patience,
            post=self._inbox.put_nowait,
        )

    def _start_listening(self) -> None:
        if self._microphone is not None:
            self._microphone_ended = False
            self._listening = self.spawn(self._listener.run(self._microphone))

    def _attend(self, state: TalkState, before: TalkState) -> None:
        full = self.talk.settings.duplex is Duplex.FULL
        echo = not full and before is TalkState.SPEAKING and self._speaker is not None
        match state:
            case TalkState.LISTENING | TalkState.DRAFT | TalkState.HEARING | TalkState.THINKING:
                self._listener.attend(Attention.TURN, echo=echo)
            case TalkState.SPEAKING if full:
                self._listener.attend(Attention.INTERRUPTION)
            case _:
                self._listener.attend(Attention.NOTHING)

    def _choose_microphone(self, device: str) -> None:
        try:
            microphone = self._devices.microphone(device)
        except (UserError, EngineError) as error:
            self._fault("microphone", "not_opened", str(error))
            return
        if self._listening is not None:
            self._listening.cancel()
        self._microphone = microphone
        self._listener = self._new_listener()
        self._start_listening()
        self._attend(self.talk.state, TalkState.PAUSED)

    async def _choose_speaker(self, device: str) -> None:
        try:
            speaker = self._devices.speaker(device)
            await speaker.open()
        except (UserError, EngineError) as error:
            self._fault("speaker", "not_opened", str(error))
            return
        old, self._speaker, self._talker.speaker = self._speaker, speaker, speaker
        if old is not None:
            with suppress(EngineError):
                await old.close()

    def _ended_microphone(self) -> None:
        self._microphone_ended = True
        if self.talk.state is TalkState.LISTENING:
            self._finish(EndReason.MICROPHONE_ENDED)

    def _lost_microphone(self, error: EngineError) -> None:
        self._fault(
            "microphone", "lost", error.cause, done="The talk is paused; typing still works.", cure=error.cure
        )
        self._microphone = None
        if self.talk.state not in (TalkState.CHECK_IN, TalkState.PAUSED):
            self._pause()

    def _voice_lost(self, lost: VoiceLost) -> None:
        error = lost.error
        cause = error.cause if isinstance(error, EngineError) else str(error)
        cure = error.cure if isinstance(error, EngineError) else ""
        self._fault(lost.component, "lost", cause, done="The partner goes on as text.", cure=cure)
        if lost.component == "speaker" and self._speaker is not None:
            self.spawn(self._drop_speaker(self._speaker))
            self._speaker = None

    async def _drop_speaker(self, speaker: Speaker) -> None:
        with suppress(EngineError):
            await speaker.close()

    def _recognizer_failed(self, error: Exception) -> None:
        self._fault(
            "recognizer",
            "failed",
            f"the turn was not recognised: {error}",
            done="The talk goes on listening.",
            cure="say it again, or type it",
        )
        self._turns.dismissed()

    def store_failed(self) -> None:
        """The journal can't store: stop until the user has made room."""
        if self.talk.state not in (TalkState.CHECK_IN, TalkState.PAUSED, TalkState.ENDED):
            self.send(Pause())

    def _refuse(self, why: str) -> None:
        self._fault("rehearsal", "not_possible", why)

    def _fault(self, component: str, category: str, happened: str, *, done: str = "", cure: str = "") -> None:
        self.emit(Fault(component=component, category=category, happened=happened, done=done, cure=cure))

    # The watchdog.

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(limits.WATCH_EVERY_S)
            self._look()

    def _look(self) -> None:
        now = self._clock.now_s()
        in_state_s = now - self._state_since_s
        state = self.talk.state
        last_block_s = self._listener.last_block_at_s
        microphone = self._microphone
        if (
            microphone is not None
            and microphone.is_live
            and last_block_s is not None
            and now - last_block_s > limits.MICROPHONE_SILENT_S
        ):
            if self._listening is not None:
                self._listening.cancel()
            self._lost_microphone(
                EngineError("microphone", "no sound comes from it any more", cure="choose another microphone")
            )
        elif state is TalkState.THINKING and in_state_s > limits.THINKING_S:
            self._fault("partner", "too_slow", f"no answer came within {limits.THINKING_S:.0f} s")
            self._turns.give_up_reply()
        elif state is TalkState.SPEAKING and in_state_s > limits.SPEAKING_S:
            self._fault("speaker", "too_long", "the partner spoke for too long and was stopped")
            self._turns.stop_reply()
        elif state is TalkState.LISTENING and self._is_silent_for(in_state_s):
            self._was_nudged = True
            self._turns.silent()

    def _is_silent_for(self, seconds: float) -> bool:
        """Whether it is time for the one nudge of a silent learner."""
        settings = self.talk.settings
        if self._microphone is None or self._last_was_typed or self._was_nudged or not settings.silence_s:
            return False
        if settings.patience in (Patience.PUSH_TO_TALK, Patience.OVER):
            return False
        patience = 2.0 if settings.patience is Patience.PATIENT else 1.0
        return seconds > settings.silence_s * patience
