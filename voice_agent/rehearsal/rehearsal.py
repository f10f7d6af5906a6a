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

from voice_agent.audio.protocols import Loudness, Microphone, Speaker
from voice_agent.care import CARE_MESSAGE, CrisisKind
from voice_agent.clock import Clock
from voice_agent.commands import (
    AnswerCheckIn,
    Breathe,
    ChooseMicrophone,
    ChooseNextMove,
    ChooseSpeaker,
    Command,
    CorrectRating,
    DeclareNextSkill,
    DeclareSkill,
    DropDraft,
    End,
    GiveUp,
    HearSuggestion,
    Interrupt,
    LookAhead,
    MakePlan,
    MarkMoment,
    OpenCheckIn,
    Pause,
    RecordCheckIn,
    Repeat,
    Resume,
    Retake,
    Say,
    SayCandidate,
    SaySuggestion,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    SkipCheckIn,
    StartTalking,
    StopBreathing,
    StopTalking,
    Undo,
    Whisper,
)
from voice_agent.conversation import Move, Stance
from voice_agent.dearman import Skill
from voice_agent.emotions import CheckIn
from voice_agent.errors import EngineError, UserError
from voice_agent.events import (
    CheckInRecorded,
    CheckInTime,
    CrisisNoticed,
    EndReason,
    Event,
    Fault,
    HelpOffered,
    LevelMeter,
    LookedAhead,
    PartialTranscript,
    PartnerSpoke,
    PlanMade,
    SessionEnded,
    SettingsChanged,
    SkillDeclared,
    Stamped,
    StanceChanged,
    StateChanged,
    TalkState,
    TurnHeard,
    VoiceCommandHeard,
)
from voice_agent.pipeline.signals import (
    BargedIn,
    BlocksDropped,
    EchoStays,
    EndForeseen,
    LevelRead,
    MicrophoneEnded,
    MicrophoneLost,
    MicrophoneNoticed,
    PartnerYields,
    PausedInside,
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
    WentOn,
    WordsSoFar,
)
from voice_agent.pipeline.stages import Engines, why
from voice_agent.pipeline.talker import Talker
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.aloud import Aloud
from voice_agent.rehearsal.background import Background
from voice_agent.rehearsal.breath import Breath
from voice_agent.rehearsal.check_in import feelings_of
from voice_agent.rehearsal.check_ins import CheckIns
from voice_agent.rehearsal.coach_desk import CoachDesk
from voice_agent.rehearsal.coach_voice import CoachVoice
from voice_agent.rehearsal.coaching import Coached, Coaching
from voice_agent.rehearsal.command_lane import CommandLane
from voice_agent.rehearsal.devices import Devices
from voice_agent.rehearsal.ears import Ears
from voice_agent.rehearsal.journal import Journal
from voice_agent.rehearsal.look_ahead import Looked, LookingAhead
from voice_agent.rehearsal.narration import CHOICES, advised, brief, sounding, tried_aloud, whereabouts
from voice_agent.rehearsal.overlaps import Overlaps
from voice_agent.rehearsal.pause_memory import PauseMemory
from voice_agent.rehearsal.planning import rated_notes
from voice_agent.rehearsal.silence import Silence, SilenceStep
from voice_agent.rehearsal.spoken_commands import command_for
from voice_agent.rehearsal.talk import Talk
from voice_agent.rehearsal.turn_taking import Cut, TurnRead, TurnTaking
from voice_agent.rehearsal.undo import Restore, inverse
from voice_agent.settings import Arm, Duplex
from voice_agent.speech.spoken_command import Asked, HeardCommand, SpokenCommand
from voice_agent.spoken_numbers import number_words
from voice_agent.text import clean
from voice_agent.worker import in_thread

_QUIET_COMMANDS = (AnswerCheckIn, RecordCheckIn, MakePlan, Whisper, MarkMoment, CorrectRating, ChooseNextMove)
"""They don't silence the coach."""


@dataclass(frozen=True, slots=True)
class TurnsTaken:
    """As many turns as were wanted are taken, and everything is said about them."""


_Message = Command | Signal | TurnRead | Coached | Looked | TurnsTaken

_NO_FEEDBACK = "this rehearsal has no feedback"


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
        background: Background,
    ) -> None:
        """opening_events: SessionStarted or SessionResumed. microphone: None when turns are only typed.

        speaker: already open; None when replies are only shown.
        """
        self.talk = talk
        self.journal = journal
        self._opening_events = opening_events
        self._engines = engines
        self._speaker = speaker
        self._clock = clock
        self._devices = devices
        self._inbox: asyncio.Queue[_Message] = asyncio.Queue()
        self._pauses = PauseMemory(background.pauses)
        self._ears = Ears(
            talk,
            engines,
            microphone,
            clock=clock,
            pauses=self._pauses,
            post=self._inbox.put_nowait,
            spawn=self.spawn,
        )
        self._talker = Talker(
            synthesizer=engines.synthesizer,
            speaker=speaker,
            worker=engines.synthesizer_worker,
            clock=clock,
            post=self._inbox.put_nowait,
        )
        self._coaching = Coaching(self, engines, background.baseline)
        self._turns = TurnTaking(self, engines, self._talker, clock, self._coaching)
        self._background = background
        self._aloud = Aloud(CoachVoice(engines, self.spawn, self._coach_is_silent), lambda: self._speaker)
        self._check_ins = CheckIns(self)
        self._commands = CommandLane(self, engines)
        self._desk = CoachDesk(self, engines.rater_worker)
        self._looking = LookingAhead(self, engines)
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._state_since_s = clock.now_s()
        self._silence = Silence(types=microphone is None)
        self._overlaps = Overlaps()
        self._waits_for_coach = False
        """The last turn is over, but not what the coach says about it."""
        self._ending: tuple[EndReason, Move | None] | None = None
        self._opens_later = False
        """Hands-free: the partner begins when the coach has told what is to come."""
        self._breath = Breath(self, self._aloud, clock)
        self._undo: Command | Restore | None = None
        self._asked: Command | None = None
        """A spoken command that waits for a yes."""

    # What a front uses.

    def send(self, command: Command) -> None:
        """Ask for something; answered by events. From the event loop's thread."""
        self._inbox.put_nowait(command)

    async def taken_up(self) -> None:
        """Wait until all that was asked for has been begun or refused, and told; for ever once the talk has ended."""
        await self._inbox.join()
        await self.journal.flush()

    def events(self) -> AsyncGenerator[Stamped, None]:
        """All events from now on; call before `run`."""
        return self.journal.events()

    @property
    def devices(self) -> Devices:
        """What could be chosen instead."""
        return self._devices

    @property
    def is_coach_speaking(self) -> bool:
        """The coach says something, or will as soon as it can."""
        return self._aloud.is_busy

    async def coach_is_done(self) -> None:
        """Until nothing about a turn is still to be told."""
        await self._coaching.until_idle()

    @property
    def takes_no_more_turns(self) -> bool:
        """As many turns as were wanted are taken; the talk ends when the last one's feedback is there."""
        most = self.talk.settings.most_turns
        return most > 0 and len(self.talk.said_before) >= most

    async def run(self) -> None:
        """From the first check-in to the end. Cancelling leaves a session that can be resumed."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self.spawn(self.journal.run())
                self.spawn(self.journal.retry())
                self.spawn(self._watch())
                self._ears.start()
                self._start()
                self.tell_aloud()
                while self.talk.ended is None:
                    self._handle(await self._inbox.get())
                    self._inbox.task_done()
                    self.tell_aloud()
                await self.journal.flush()
                await self._aloud.voice.finished()
                for task in self._tasks:
                    task.cancel()
        finally:
            await self._close()

    async def _close(self) -> None:
        self._coaching.close()
        with suppress(UserError):  # a profile that can't be written costs a learner nothing but patience
            await in_thread(self._pauses.save)
        self._turns.drop_foreseen()
        if self._speaker is not None:
            self._speaker.clear()
            await self._speaker.close()
        await self._engines.close()
        await self.journal.close()

    # What turn-taking uses.

    def emit(self, event: Event) -> None:
        self.talk.apply(event)
        self.journal.emit(event)
        self._aloud.noticed(event, self.talk)
        if isinstance(event, TurnHeard):
            self._undo = self._asked = None
        elif isinstance(event, PartnerSpoke) and event.complete:
            self._overlaps.heard_out()

    def enter(self, state: TalkState) -> None:
        """Be in this state: told when it is new, and the microphone is judged accordingly."""
        if self.talk.ended is not None:
            return
        if state is TalkState.LISTENING and self._ears.has_ended:
            self._finish(EndReason.MICROPHONE_ENDED)
            return
        if state is TalkState.LISTENING and self.takes_no_more_turns:
            self._after_last_turn()
            return
        before = self.talk.state
        if state is not before:
            self._state_since_s = self._clock.now_s()
            self.emit(StateChanged(state=state, turn=self.talk.turn))
        if state not in (TalkState.HEARING, TalkState.THINKING):
            self._turns.drop_foreseen()
        self._attend(state, before)
        if state is not TalkState.HEARING:
            self._ears.hold(state)

    def _after_last_turn(self) -> None:
        """Nobody is listened to any more; what the coach still has to say about the turn is waited for."""
        self._waits_for_coach = self._coaching.is_busy or self._aloud.is_busy
        if self._waits_for_coach:
            self._ears.rest()
        else:
            self._finish(EndReason.TURNS)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._group is not None
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def post(self, signal: TurnRead | Coached | Looked) -> None:
        self._inbox.put_nowait(signal)

    def partner_closed(self, move: Move) -> None:
        self._finish(EndReason.PARTNER, move)

    def crisis(self, turn: int, kind: CrisisKind) -> None:
        """What was said is not a matter for practice: the role-play ends, and people who can help are named."""
        lines = self._background.help_lines.lines_for(self._background.region, kind)
        self._turns.drop_work()
        self.emit(CrisisNoticed(turn=turn, crisis=kind, message=CARE_MESSAGE, help_lines=lines))
        self._ending = (EndReason.CARE, None)
        self._end()

    def check_in_between(self) -> bool:
        """Ask how the learner feels when it is time; False when it is not."""
        every = self.talk.settings.check_in_every
        if not (self.talk.settings.check_ins and every and self.talk.turns_since_check_in >= every):
            return False
        self._check_ins.ask(CheckInTime.BETWEEN)
        return True

    def checked_in(self, when: CheckInTime) -> None:
        """A check-in is answered or skipped: the talk goes on from there."""
        if when is CheckInTime.END:
            self._end()
        elif when is CheckInTime.BETWEEN:
            self.enter(TalkState.LISTENING)
        else:
            self._open_talk()

    def _open_talk(self) -> None:
        if self._aloud.is_busy:
            self._opens_later = True
        else:
            self._turns.open_talk()

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
                    happened=fault.told,
                    done=fault.done,
                    cure=fault.cure or "run `voice-agent doctor`",
                )
            )
        talk = self.talk
        if talk.due is CheckInTime.END:
            self._finish(EndReason.LEARNER)
        elif talk.due is CheckInTime.BETWEEN:
            self._announce(TalkState.CHECK_IN)
            self._check_ins.ask(CheckInTime.BETWEEN)
        elif talk.exchanges or talk.pending:
            self._go_on_after_resuming()
        elif talk.settings.check_ins and CheckInTime.START not in talk.check_ins:
            self._announce(TalkState.CHECK_IN)
            self._check_ins.ask(CheckInTime.START)
        else:
            self._open_talk()

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
            self._ears.has_ended = False
            self._check_ins.ask(CheckInTime.END)
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
            case EndForeseen():
                self._turns.foresee(message.text)
            case WentOn():
                self._turns.drop_foreseen()
            case PausedInside():
                self._ears.learn_pause(message.pause_s)
            case TurnPaused():
                self._commands.paused(message)
            case PartnerYields():
                self._talker.set_loudness(message.loudness)
            case EchoStays():
                self._rest_while_speaking()
            case BargedIn():
                self._talked_over()
                if not self._turns.stop_reply(self._turns.hold_cut):
                    self._talker.set_loudness(Loudness.FULL)
                self.enter(TalkState.HEARING)
            case TurnOver():
                self._silence.broken()
                self._commands.over(message)
            case TurnRead():
                self._turns.read(message)
            case Coached():
                self.emit(message.event)
            case TurnsTaken():
                self._waits_for_coach = False
                if self.takes_no_more_turns:
                    self._finish(EndReason.TURNS)
            case Looked():
                self._looked(message)
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
        if self._aloud.voice.is_speaking and not self._breath.is_paced:
            self._aloud.stop()
        if self.talk.state is TalkState.THINKING:
            self._turns.went_on()
        elif self.talk.state in (TalkState.LISTENING, TalkState.DRAFT):
            self.enter(TalkState.HEARING)

    def heard_turn(self, over: TurnOver) -> None:
        self._turns.heard(over)

    @property
    def asked(self) -> Asked:
        return self._check_ins.asked

    def heard_answer(self, text: str) -> None:
        """An answer to a check-in."""
        self._check_ins.heard(text)

    def obey_spoken(self, heard: HeardCommand) -> None:
        """A spoken command: told, then carried out as any other."""
        spoken, state = heard.command, self.talk.state
        if state is TalkState.ENDED:
            return
        self.emit(VoiceCommandHeard(command=heard.words or spoken.value))
        if state in (TalkState.HEARING, TalkState.LISTENING, TalkState.DRAFT):
            self.enter(TalkState.DRAFT if self.talk.draft is not None else TalkState.LISTENING)
        asked, self._asked = self._asked, None
        match spoken:
            case SpokenCommand.YES if asked is not None:
                self._obey(asked)
            case SpokenCommand.YES | SpokenCommand.NO:
                self.answer_aloud("All right, we go on." if asked is not None else "Nothing was asked.")
            case SpokenCommand.HELP:
                self.answer_aloud(CHOICES.get(self.talk.state, CHOICES[TalkState.LISTENING]))
            case SpokenCommand.WHERE:
                self.answer_aloud(whereabouts(self.talk))
            case SpokenCommand.RATING:
                self.answer_aloud(self._last_rating())
            case SpokenCommand.FEELINGS:
                self._feelings(heard.words)
            case SpokenCommand.SAY_NUMBER:
                self._say_candidate(number_words()[heard.words.rpartition(" ")[2]])
            case SpokenCommand.END if self.talk.settings.hands_free and self._ending is None:
                self._asked = End()
                self.answer_aloud("End the talk? Say: coach, yes. Or: coach, no.")
            case _:
                self._obey(command_for(spoken, self.talk))

    def _last_rating(self) -> str:
        if self.talk.settings.arm is Arm.SIMULATION_ONLY:
            return f"{_NO_FEEDBACK.capitalize()}."
        reading = self.talk.last_reading
        if reading is None:
            return "You have not taken a turn yet."
        return " ".join([brief(reading), *sounding(self.talk.sounded)])

    def answer_aloud(self, words: str) -> None:
        self._aloud.add(words)
        self.tell_aloud()

    def _feelings(self, words: str) -> None:
        try:
            found = feelings_of(words)
        except UserError as error:
            self._refuse(str(error))
            return
        if self.talk.due is not None:
            self._check_ins.answer(words)
        else:
            self.emit(CheckInRecorded(when=CheckInTime.BETWEEN, check_in=CheckIn(feelings=found)))

    # Commands.

    def _hear_suggestion(self) -> None:
        """The coach reads its suggestion; the microphone is not judged meanwhile, or it would hear it."""
        advice = self.talk.advice
        if self.talk.state not in (TalkState.LISTENING, TalkState.DRAFT) or advice is None:
            self._refuse("there is no suggestion to hear now")
        elif self._speaker is None or self._engines.coach is None:
            self._refuse("there is no voice for the coach")
        elif self.talk.settings.hands_free:
            self._aloud.add(*advised(advice))
        else:
            self._aloud.add(advice.words or advice.reason)

    def tell_aloud(self) -> None:
        """Let the coach say what waits; in half duplex the microphone is not judged meanwhile."""
        if self._aloud.flush(self.talk.state):
            self._ears.wait_for_coach()
        if self._opens_later and not self._aloud.is_busy:
            self._opens_later = False
            self._turns.open_talk()

    def _coach_is_silent(self) -> None:
        self._state_since_s = self._clock.now_s()
        self._attend(self.talk.state, TalkState.SPEAKING)
        self._ears.hold(self.talk.state)
        self.tell_aloud()

    def _obey(self, command: Command) -> None:
        if self._aloud.is_busy and not isinstance(command, _QUIET_COMMANDS):
            self._aloud.stop()
            self._coach_is_silent()
        if not isinstance(command, _QUIET_COMMANDS):
            self._breath.stop()
        over = AnswerCheckIn | RecordCheckIn | SkipCheckIn | Repeat | GiveUp
        if self._ending is not None and not isinstance(command, over):
            self._refuse("the talk is over")
            return
        if (undo := inverse(command, self.talk)) is not None:
            self._undo = undo
        match command:
            case Say():
                self._say(command.text)
            case StartTalking():
                if self.talk.state is TalkState.SPEAKING:
                    self._turns.stop_reply(self._turns.hold_cut)
                    self.enter(TalkState.LISTENING)
                self._ears.key_down()
            case StopTalking():
                self._ears.commit()
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
            case HearSuggestion():
                self._hear_suggestion()
            case SaySuggestion():
                if self.talk.advice is None or not self.talk.advice.words:
                    self._refuse("there is no suggestion to say")
                else:
                    self._say(self.talk.advice.words)
            case LookAhead():
                self._was_nudged = True  # who reads candidates is not silent
                if why := self._looking.begin(command.draft, aloud=command.aloud):
                    self._refuse(why)
            case SayCandidate():
                self._say_candidate(command.number)
            case OpenCheckIn():
                if self.talk.state is not TalkState.LISTENING:
                    self._refuse("a check-in can be opened while the program listens")
                else:
                    self._check_ins.ask(CheckInTime.BETWEEN)
            case AnswerCheckIn():
                if not self._check_ins.answer(command.text):
                    self._refuse("no check-in is due")
            case Breathe():
                self._breathe()
            case StopBreathing():
                pass  # any command has ended it
            case Undo():
                self._undo_last()
            case MakePlan():
                self._make_plan(command.notes)
            case Whisper() | MarkMoment() | CorrectRating() | ChooseNextMove():
                if why := self._desk.obey(command):
                    self._refuse(why)
            case Repeat():
                if not self._check_ins.ask_again() and not self._turns.repeat():
                    self._refuse("there is nothing to repeat yet")
            case DeclareSkill():
                self.emit(SkillDeclared(turn=self.talk.turn + 1, skill=command.skill))
            case DeclareNextSkill():
                if self.talk.settings.arm is Arm.SIMULATION_ONLY:
                    self._refuse(_NO_FEEDBACK)
                elif (reading := self.talk.last_reading) is None:
                    self._refuse("no skill is suggested before your first turn")
                else:
                    self.emit(SkillDeclared(turn=self.talk.turn + 1, skill=reading.next_skill))
            case SetMode() | SetPatience() | SetDifficulty():
                self._set(command)
            case RecordCheckIn() | SkipCheckIn():
                if not self._check_ins.record(command.check_in if isinstance(command, RecordCheckIn) else None):
                    self._refuse("no check-in is due")
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
        if why := self._why_not_yet():
            self._refuse(why)
            return
        self._silence.broken(by_typing=True)

        def after_cut(cut: Cut) -> None:
            if not cut.spoken.complete:
                self._turns.hold_cut(cut)
            if self._ending is None:
                self._turns.typed(text)

        if not self._turns.stop_reply(after_cut):
            if self.talk.state is TalkState.THINKING:
                self._turns.went_on()
            self._turns.typed(text)

    def _looked(self, looked: Looked) -> None:
        if not self._looking.takes(looked):
            return
        self.emit(looked.event)
        if looked.aloud and not self.talk.settings.hands_free and isinstance(looked.event, LookedAhead):
            self._aloud.add(*tried_aloud(looked.event, self.talk))

    def _say_candidate(self, number: int) -> None:
        if number > len(self.talk.candidates):
            self._refuse(f"there are no words with the number {number}; look ahead first")
        else:
            self._say(self.talk.candidates[number - 1].words)

    def _retake(self) -> None:
        if why := self._why_not_yet():
            self._refuse(why)
            return

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
        paused = self.talk.state is TalkState.PAUSED
        if why := "the talk is paused already" if paused else self._why_not_yet():
            self._refuse(why)
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
        if isinstance(command, SetMode) and before.mode_is_fixed:
            self._refuse("the mode of this talk can't be changed")
            return
        match command:
            case SetMode():
                after = replace(before, mode=command.mode)
            case SetPatience():
                after = replace(before, patience=command.patience)
                self._ears.set_patience(command.patience)
            case SetDifficulty():
                after = replace(before, difficulty=command.difficulty)
        if after == before:
            self._refuse("that is so already")
            return
        self.emit(SettingsChanged(settings=after))
        if harder := after.difficulty - before.difficulty:
            # The same distance as between two difficulties at the start of a talk.
            stance = self.talk.stance
            moved = Stance(max(0.0, min(10.0, round(stance.resistance + 0.9 * harder, 2))), stance.emotion)
            self.emit(StanceChanged(turn=self.talk.turn, before=stance, after=moved, why=("difficulty",)))

    def _undo_last(self) -> None:
        undo, self._undo = self._undo, None
        if isinstance(undo, Restore):
            if why := self._why_not_yet():
                self._refuse(why)
            elif not self._turns.restore():
                self._refuse("there is nothing to undo")
        elif undo is not None:
            self._obey(undo)
            self._undo = None
        elif self.talk.draft is not None:
            self._obey(DropDraft())
        else:
            self._retake()

    def _make_plan(self, notes: dict[Skill, str]) -> None:
        kept = {skill: words for skill, note in notes.items() if (words := clean(note))}
        self.emit(PlanMade(notes=kept, levels={}))
        if kept and self.talk.settings.arm is Arm.FEEDBACK:
            self.spawn(self._rate_plan(kept))

    async def _rate_plan(self, notes: dict[Skill, str]) -> None:
        with suppress(Exception):  # a plan without levels is a plan
            levels = await self._engines.rater_worker.run(rated_notes, notes, self._engines.rater, self.talk.scenario)
            if self.talk.plan == notes and self.talk.ended is None:
                self.emit(PlanMade(notes=notes, levels=levels))

    def _breathe(self) -> None:
        if why := self._why_not_yet():
            self._refuse(why)
            return
        if self.talk.state is not TalkState.PAUSED:
            self._pause()
        self._aloud.stop()
        self._breath.begin()

    # Microphone, speaker, faults.

    def _attend(self, state: TalkState, before: TalkState) -> None:
        self._ears.attend(state, before, speaks=self._speaker is not None)

    def _talked_over(self) -> None:
        """No reproach and no harder partner: longer pauses for a learner who was not finished."""
        if (patience := self._overlaps.talked_over(self.talk.settings.patience)) is not None:
            self._set(SetPatience(patience=patience))

    def _rest_while_speaking(self) -> None:
        """Half duplex from now on: the program would hear itself."""
        self._fault(
            "echo canceller",
            "echo_stays",
            "the microphone hears the loudspeaker too well to take it out",
            done="From now on it rests while your partner speaks.",
            cure="wear headphones, or turn the loudspeaker down",
        )
        self.emit(SettingsChanged(settings=msgspec.structs.replace(self.talk.settings, duplex=Duplex.HALF)))
        self._attend(self.talk.state, self.talk.state)

    def _choose_microphone(self, device: str) -> None:
        try:
            microphone = self._devices.microphone(device)
        except (UserError, EngineError) as error:
            self._fault("microphone", "not_opened", str(error))
            return
        self._ears.change(microphone)

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
        self._ears.has_ended = True
        if self.talk.state is TalkState.LISTENING:
            self._finish(EndReason.MICROPHONE_ENDED)

    def _lost_microphone(self, error: EngineError) -> None:
        self._fault(
            "microphone", "lost", error.cause, done="The talk is paused; typing still works.", cure=error.cure
        )
        self._ears.microphone = None
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
        cause, cure = why(error)
        self._fault(
            "recognizer",
            "failed",
            f"the turn was not recognised: {cause}",
            done="The talk goes on listening.",
            cure="; ".join(part for part in ("say it again, or type it", cure) if part),
        )
        self._turns.dismissed()

    def store_failed(self) -> None:
        """The journal can't store: stop until the user has made room."""
        if self.talk.state not in (TalkState.CHECK_IN, TalkState.PAUSED, TalkState.ENDED):
            self.send(Pause())

    def _why_not_yet(self) -> str:
        """Why nobody can talk, take back, pause or breathe now; empty when they can."""
        if self.talk.due is not None:
            return "answer or skip the check-in first"
        if self.talk.state is TalkState.ENDED:
            return "the talk is over"
        # Until the partner's first word sounds the talk is in the state before it.
        return "the talk has not begun; your partner speaks first" if self.talk.state is TalkState.CHECK_IN else ""

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
        if self._ears.is_stuck:
            self._ears.stop()
            self._lost_microphone(
                EngineError("microphone", "no sound comes from it any more", cure="choose another microphone")
            )
        elif self._waits_for_coach:
            if not (self._coaching.is_busy or self._aloud.is_busy):
                self._inbox.put_nowait(TurnsTaken())
        elif state is TalkState.THINKING and in_state_s > limits.THINKING_S:
            self._fault("partner", "too_slow", f"no answer came within {limits.THINKING_S:.0f} s")
            self._turns.give_up_reply()
        elif state is TalkState.SPEAKING and in_state_s > limits.SPEAKING_S:
            self._fault("speaker", "too_long", "the partner spoke for too long and was stopped")
            self._turns.stop_reply()
        elif state is TalkState.LISTENING and self._ears.microphone is not None and not self._aloud.is_busy:
            self._break_silence(in_state_s)

    def _break_silence(self, listened_s: float) -> None:
        step = self._silence.step(listened_s, self.talk.settings)
        if step is SilenceStep.NUDGE:
            self._turns.silent()
        elif step is SilenceStep.OFFER:
            self.emit(HelpOffered(turn=self.talk.turn, silent_s=round(listened_s, 1)))
