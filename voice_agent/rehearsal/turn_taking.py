"""A turn from the learner's last word to the partner's last: rated, sent, answered, heard; or taken back.

No method waits; what takes time runs as a task and comes back as a signal with its turn's id. What belongs to
a turn that is over is dropped, so there is one reply to a turn and no old sentence in a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec

from voice_agent.care import CrisisKind
from voice_agent.clock import Clock
from voice_agent.conversation import Act, Moment, Move, Reading, ReplyPart, Stance, Transcript
from voice_agent.dearman import Skill
from voice_agent.errors import EngineError
from voice_agent.events import (
    DistressNoticed,
    DraftRated,
    DraftSent,
    Event,
    Fault,
    PartnerInterrupted,
    PartnerSentence,
    PartnerSpoke,
    SkillDeclared,
    StanceChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.feedback.care_words import crisis_in, distress_in
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.partner.protocols import Partner
from voice_agent.partner.stance import delivery_of
from voice_agent.pipeline.barge_in import is_backchannel, repeats
from voice_agent.pipeline.reply_maker import ReplyMaker
from voice_agent.pipeline.signals import ReplyFailed, ReplySpoken, SentenceSounded, TurnOver
from voice_agent.pipeline.stages import Engines
from voice_agent.pipeline.talker import Talker
from voice_agent.rehearsal import limits
from voice_agent.rehearsal.coaching import Coaching
from voice_agent.rehearsal.moment import next_moment
from voice_agent.rehearsal.speculation import Speculation
from voice_agent.rehearsal.talk import Talk
from voice_agent.rehearsal.timing import TurnClock
from voice_agent.settings import Mode
from voice_agent.speech.spoken_command import OPENING_WORD
from voice_agent.text import bare, clean

OPENING_TURN = 0


@dataclass(frozen=True, slots=True)
class TurnRead:
    """The rater has read a turn; reading is None when it failed."""

    turn: int
    reading: Reading | None
    at_s: float
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A reply that was stopped and may go on."""

    spoken: ReplySpoken
    heard_before: str = ""
    """What had been heard when it was stopped earlier."""

    @property
    def heard(self) -> str:
        return f"{self.heard_before} {self.spoken.heard}".strip()


class Host(Protocol):
    """What turn-taking asks of the rehearsal around it."""

    talk: Talk

    def emit(self, event: Event) -> None: ...
    def enter(self, state: TalkState) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...
    def post(self, signal: TurnRead) -> None: ...
    def partner_closed(self, move: Move) -> None: ...
    def crisis(self, turn: int, kind: CrisisKind) -> None: ...
    def check_in_between(self) -> bool: ...
    def since_start(self, clock_s: float) -> float: ...


class TurnTaking:
    """All methods are called from the rehearsal's one task."""

    def __init__(self, host: Host, engines: Engines, talker: Talker, clock: Clock, coaching: Coaching) -> None:
        self._host = host
        self._coaching = coaching
        self._engines = engines
        self._talker = talker
        self._clock = clock
        self._work: asyncio.Task[None] | None = None
        self._times = TurnClock(OPENING_TURN)
        self._carry: TurnHeard | None = None
        """A turn that the learner went on with before it was answered."""
        self._cut: Cut | None = None
        self._then: Callable[[Cut], None] | None = None
        """What to do once a stopped reply has told what was heard."""
        self._repeating = False
        self._sentences_before = 0
        self._unclear_in_a_row = 0
        self._moment: Moment | None = None
        """What the partner is answering, so that another can answer it."""
        self._partner_failures = 0
        self._stands_in_now = False
        self._reply: ReplyMaker | None = None
        """What the partner says, or is about to."""
        self._speculation = Speculation(host.spawn, self._rate)

    @property
    def _talk(self) -> Talk:
        return self._host.talk

    # The learner's turn.

    def open_talk(self) -> None:
        """The partner's first line."""
        line = self._talk.scenario.opening
        self._times = TurnClock(OPENING_TURN, committed_s=self._clock.now_s())
        self._speak(OPENING_TURN, _one_part(line, Move.OPENING))

    def heard(self, over: TurnOver) -> None:
        """A spoken turn is over."""
        text = over.transcript.text
        if self._cut is not None and (not text or is_backchannel(text) or repeats(text, self._cut.spoken.intended)):
            self.resume_reply()
            return
        if not text and self._carry is None:
            self._not_understood(over)
            return
        self._times = TurnClock(
            0,
            speech_ended_s=over.speech_ended_at_s,
            committed_s=over.committed_at_s,
            words_s=over.words_at_s,
        )
        self._take_turn(text, over.transcript, over.audio, over.speech_ended_at_s)
        if text:
            self._coaching.heard(self._talk.turn, over.samples, over.transcript)

    def typed(self, text: str) -> None:
        """A typed turn; while the partner speaks it interrupts."""
        now = self._clock.now_s()
        self._times = TurnClock(0, committed_s=now, words_s=now)
        self._take_turn(clean(text))

    def silent(self) -> None:
        """The learner has said nothing for long: the partner may fill it, once."""
        now = self._clock.now_s()
        self._times = TurnClock(0, committed_s=now, words_s=now)
        self._take_turn("")

    def went_on(self) -> None:
        """The learner speaks before the answer has sounded: the answer is withdrawn unheard."""
        pending = self._talk.pending
        if pending is None:
            return
        self.drop_work()
        self._carry = pending
        self._withdraw(pending.turn, Withdrawal.WENT_ON)
        self._host.enter(TalkState.HEARING)

    def dismissed(self) -> None:
        """What began was no turn."""
        self._speculation.turn_over()
        if self._cut is not None:
            self.resume_reply()
        elif self._carry is not None:
            self._take_turn("")
        else:
            self._host.enter(TalkState.DRAFT if self._talk.draft is not None else TalkState.LISTENING)

    def _not_understood(self, over: TurnOver) -> None:
        if over.voiced_s < limits.UNCLEAR_VOICED_S:
            self.dismissed()
            return
        self._unclear_in_a_row += 1
        if self._unclear_in_a_row > limits.UNCLEAR_IN_A_ROW:
            self._host.emit(
                Fault(
                    component="recognizer",
                    category="no_words",
                    happened="speech was heard, but no words were understood",
                    done="The talk goes on listening.",
                    cure="speak closer to the microphone, or type your turn",
                )
            )
            self._host.enter(TalkState.LISTENING)
            return
        self._times = TurnClock(0, over.speech_ended_at_s, committed_s=over.committed_at_s, words_s=over.words_at_s)
        self._take_turn("", audio=over.audio, acts=(Act.UNCLEAR,))

    def _take_turn(
        self,
        text: str,
        transcript: Transcript | None = None,
        audio: tuple[int, int] | None = None,
        speech_ended_s: float | None = None,
        *,
        acts: tuple[Act, ...] | None = None,
    ) -> None:
        if self._cut is not None:
            self._record_cut(self._cut)
        declared = self._talk.declared
        if self._talk.draft is not None:
            declared = declared or self._talk.meant
            self._withdraw(self._talk.draft, Withdrawal.DROPPED)
        carried, self._carry = self._carry, None
        if carried is not None:
            text = clean(f"{carried.text} {text}")
            audio = (carried.audio[0], audio[1]) if carried.audio and audio else audio or carried.audio
        if text:
            self._unclear_in_a_row = 0
        turn = self._talk.turn + 1
        self._times.turn = turn
        ended_s = None if speech_ended_s is None else round(self._host.since_start(speech_ended_s), 4)
        self._host.emit(
            TurnHeard(
                turn=turn,
                text=text,
                words=transcript.words if transcript and carried is None else (),
                confidence=transcript.confidence if transcript and carried is None else None,
                audio=audio,
                speech_ended_at_s=ended_s,
                declared=declared or (carried.declared if carried else None),
                retake_of=self._talk.retake_of,
            )
        )
        if (crisis := crisis_in(text)) is not None:
            self._host.crisis(turn, crisis)
            return
        if (words := distress_in(text)) is not None:
            self._host.emit(DistressNoticed(turn=turn, words=words))
        self._host.enter(TalkState.THINKING)
        self._work = self._host.spawn(self._read(turn, text, acts))

    # Ahead of the end of a turn.

    def foresee(self, text: str) -> None:
        """The turn may end with these words: prepare the answer, unheard. Bounded for each turn by the settings."""
        talk, carried = self._talk, self._carry
        said = clean(f"{carried.text} {text}") if carried is not None else clean(text)
        wanted = talk.settings.mode is Mode.FLOW and talk.state is TalkState.HEARING and self._cut is None
        if not wanted or self._speculation.begun >= talk.settings.replies_ahead or not said:
            return
        if bare(said.split()[0]).lower() == OPENING_WORD or crisis_in(said) is not None:
            return
        turn = talk.turn + 1

        def prepare(reading: Reading) -> tuple[Moment, ReplyMaker] | None:
            if _is_wordless(reading):
                return None
            moment, _ = next_moment(talk, turn, said, reading)
            delivery = delivery_of(moment.stance, talk.scenario)
            return moment, self._talker.prepare(self._partner().reply(moment), delivery)

        self._speculation.begin(self._unread(said), prepare)

    def drop_foreseen(self) -> None:
        """What was prepared is not wanted: the learner goes on, or something else came between."""
        self._speculation.drop()

    # Rating, and sending.

    def _unread(self, said: str) -> RatedTurn:
        return RatedTurn(
            said=said,
            partner_line=self._talk.partner_line,
            earlier=self._talk.said_before,
            scenario=self._talk.scenario,
        )

    async def _rate(self, unread: RatedTurn) -> Reading:
        return await asyncio.wait_for(
            self._engines.rater_worker.run(self._engines.rater.read, unread), limits.READING_S
        )

    async def _read(self, turn: int, said: str, acts: tuple[Act, ...] | None) -> None:
        unread = self._unread(said)
        try:
            reading = await self._speculation.reading(said) or await self._rate(unread)
        except Exception as error:  # noqa: BLE001 - the lane's border: an engine may raise anything
            self._host.post(TurnRead(turn, None, self._clock.now_s(), error))
            return
        if acts is not None:
            reading = msgspec.structs.replace(reading, acts=acts)
        self._host.post(TurnRead(turn, reading, self._clock.now_s()))

    def read(self, signal: TurnRead) -> None:
        pending = self._talk.pending
        if pending is None or pending.turn != signal.turn:
            return
        self._times.rated_s = signal.at_s
        if signal.reading is None:
            self._host.emit(
                Fault(
                    component="rater",
                    category="failed",
                    happened=f"the turn could not be rated: {signal.error or 'too slow'}",
                    done="The talk goes on without a rating of this turn.",
                )
            )
            self._answer(pending, None)
        elif _is_wordless(signal.reading):
            self._answer(pending, signal.reading)
        elif self._talk.settings.mode is Mode.GATE:
            self._host.emit(DraftRated(turn=signal.turn, reading=signal.reading))
            self._host.enter(TalkState.DRAFT)
            self._coaching.rated(pending, signal.reading)
            self._coaching.may_work(signal.turn)
        else:
            self._host.emit(TurnRated(turn=signal.turn, reading=signal.reading))
            self._coaching.rated(pending, signal.reading)
            self._answer(pending, signal.reading)

    def send_draft(self) -> bool:
        """The partner hears the draft. False when there is none."""
        pending, reading = self._talk.pending, self._talk.reading
        if self._talk.draft is None or pending is None or reading is None:
            return False
        now = self._clock.now_s()
        self._times = TurnClock(pending.turn, committed_s=now, words_s=now, rated_s=now)
        self._host.emit(DraftSent(turn=pending.turn))
        self._host.emit(TurnRated(turn=pending.turn, reading=reading))
        self._answer(pending, reading)
        return True

    def drop_draft(self) -> bool:
        """Say it again. False when there is no draft."""
        if self._talk.draft is None:
            return False
        self._withdraw(self._talk.draft, Withdrawal.DROPPED)
        self._declare_again()
        self._host.enter(TalkState.LISTENING)
        return True

    # The partner's reply.

    def _answer(self, pending: TurnHeard, reading: Reading | None) -> None:
        before = self._talk.stance
        moment, why = next_moment(self._talk, pending.turn, pending.text, reading)
        if moment.stance != before:
            self._host.emit(StanceChanged(turn=pending.turn, before=before, after=moment.stance, why=why))
        self._host.enter(TalkState.THINKING)
        self._moment, self._stands_in_now = moment, False
        prepared = self._speculation.take(moment)
        self._times.replies_ahead, self._times.was_ahead = self._speculation.turn_over(), prepared is not None
        if prepared is None:
            self._speak(pending.turn, self._partner().reply(moment))
        else:
            self._sentences_before = 0
            self._say(pending.turn, prepared)

    def _partner(self) -> Partner:
        """The one that answers now: the authored one once a server has failed too often."""
        failed = self._partner_failures >= limits.PARTNER_FAILURES
        return self._engines.stand_in_partner if failed else self._engines.partner

    def _speak(self, turn: int, parts: AsyncGenerator[ReplyPart, None], keep_sentences: tuple[str, ...] = ()) -> None:
        self._sentences_before = 0 if not keep_sentences else self._sentences_before
        delivery = delivery_of(self._talk.stance, self._talk.scenario)
        self._say(turn, self._talker.prepare(parts, delivery, first=keep_sentences))

    def _say(self, turn: int, reply: ReplyMaker) -> None:
        self._reply = reply
        self._work = self._host.spawn(self._talker.say(turn, reply))

    def sounded(self, signal: SentenceSounded) -> None:
        if not self._is_current(signal.turn):
            return
        if self._times.sounded_s is None and self._times.turn == signal.turn and signal.turn != OPENING_TURN:
            self._times.sounded_s = signal.began_at_s
        self._host.enter(TalkState.SPEAKING)
        self._host.emit(
            PartnerSentence(
                turn=signal.turn,
                index=self._sentences_before + signal.index,
                text=signal.text,
                audio_began_at_s=round(self._host.since_start(signal.began_at_s), 4),
            )
        )
        self._coaching.may_work(signal.turn)

    def spoken(self, spoken: ReplySpoken) -> None:
        """The reply is over, or was stopped."""
        self._work = None
        if self._repeating:
            self._repeating = False
            self._after_reply(None)
            return
        if not self._is_current(spoken.turn):
            return
        cut = Cut(spoken)
        if self._cut is not None:
            # It went on after a stop: what was meant is known from before.
            earlier = self._cut.spoken
            cut = Cut(replace(spoken, intended=earlier.intended, move=earlier.move), self._cut.heard)
            self._cut = None
        spoken, move = cut.spoken, cut.spoken.move
        then, self._then = self._then, None
        self._tell_times(spoken)
        if spoken.complete:
            if not self._stands_in_now and self._partner_failures < limits.PARTNER_FAILURES:
                self._partner_failures = 0
            self._emit_spoke(cut, complete=True)
            if then is not None:
                then(cut)
            else:
                self._after_reply(move)
            return
        self._host.emit(PartnerInterrupted(turn=spoken.turn, heard=cut.heard))
        if then is not None:
            then(cut)
        else:
            self._record_cut(cut)
            self._host.enter(TalkState.LISTENING)

    def failed(self, signal: ReplyFailed) -> None:
        """The partner failed: the turn stays, answered by what was heard."""
        if not self._is_current(signal.spoken.turn):
            return
        error = signal.error
        if self._stands_in(signal):
            return
        self._host.emit(
            Fault(
                component="partner",
                category="failed",
                happened=error.cause if isinstance(error, EngineError) else f"the partner failed: {error}",
                done="Your turn is kept.",
                cure=error.cure if isinstance(error, EngineError) else "say it again, or take the turn back",
            )
        )
        self.give_up_reply(signal.spoken)

    def _stands_in(self, signal: ReplyFailed) -> bool:
        """The authored partner answers when a server could not, and nothing of its answer was heard."""
        stand_in, moment = self._engines.stand_in_partner, self._moment
        gone = signal.spoken.heard or moment is None or stand_in is self._engines.partner
        if gone or moment is None or self._partner_failures >= limits.PARTNER_FAILURES:
            return False
        self._partner_failures += 1
        error, stays = signal.error, self._partner_failures >= limits.PARTNER_FAILURES
        self._host.emit(
            Fault(
                component="partner",
                category="failed",
                happened=error.cause if isinstance(error, EngineError) else f"the partner failed: {error}",
                done="The authored partner answers in the same role" + (" from now on." if stays else "."),
                cure=error.cure if isinstance(error, EngineError) else "",
            )
        )
        self._work, self._stands_in_now = None, True
        self._speak(signal.spoken.turn, stand_in.reply(moment))
        return True

    def give_up_reply(self, spoken: ReplySpoken | None = None) -> None:
        """No more of this reply will come: note what was heard, and listen."""
        self.drop_work()
        turn = self._talk.pending.turn if self._talk.pending else OPENING_TURN
        self._record_cut(Cut(spoken or _nothing_spoken(turn)))
        self._host.enter(TalkState.LISTENING)

    def stop_reply(self, then: Callable[[Cut], None] | None = None) -> bool:
        """Silence the partner in the middle of a word; False when it does not speak."""
        if self._work is None or self._talk.state is not TalkState.SPEAKING:
            return False
        self._then = then
        self._talker.stop()
        return True

    def hold_cut(self, cut: Cut) -> None:
        """Keep a stopped reply: it goes on when nobody says anything instead."""
        self._cut = cut

    def resume_reply(self) -> bool:
        """Go on where a reply was stopped, from the start of the sentence; False when there is none."""
        cut = self._cut
        if cut is None:
            return False
        rest = cut.spoken.rest
        if not rest:
            self._cut = None
            self._emit_spoke(cut, complete=True)
            self._after_reply(cut.spoken.move)
            return True
        self._sentences_before += 1
        self._host.enter(TalkState.SPEAKING)
        self._speak(cut.spoken.turn, _no_parts(), rest)
        return True

    def repeat(self) -> bool:
        """The partner's last line once more; False when there is none."""
        line = self._talk.partner_line
        if not line or self._talk.state is not TalkState.LISTENING:
            return False
        self._repeating = True
        self._speak(self._talk.exchanges[-1].turn, _one_part(line, None))
        return True

    # Taking back.

    def retake(self) -> bool:
        """Take the last turn back; False when there is none."""
        pending = self._talk.pending
        answered = [exchange.turn for exchange in self._talk.exchanges if exchange.turn != OPENING_TURN]
        if self._cut is not None:
            self._record_cut(self._cut)
            answered = [exchange.turn for exchange in self._talk.exchanges if exchange.turn != OPENING_TURN]
            pending = self._talk.pending
        if pending is None and not answered:
            return False
        turn = pending.turn if pending else answered[-1]
        self.drop_work()
        self._withdraw(turn, Withdrawal.RETAKE)
        if turn == self._talk.turn:
            self._declare_again()
        self._host.enter(TalkState.LISTENING)
        return True

    def restore(self) -> bool:
        """Undo taking the last turn back; False when there is none, or it was not answered yet."""
        back = self._talk.taken_back
        if back is None or not (back.was_draft or back.exchange is not None):
            return False
        self.drop_work()
        self._host.emit(TurnRestored(turn=back.turn, stance=back.stance))
        if self._talk.declared is not None:
            self._declare(None)
        self._host.enter(TalkState.DRAFT if back.was_draft else TalkState.LISTENING)
        return True

    def put_aside(self) -> None:
        """Pause before the answer sounded: the turn is taken up again by `take_up`."""
        pending = self._talk.pending
        if pending is not None and self._talk.draft is None:
            self.drop_work()
            self._carry = pending
            self._withdraw(pending.turn, Withdrawal.WENT_ON)

    def take_up(self) -> bool:
        """Go on with what a pause stopped; False when there is nothing."""
        if self._carry is not None:
            now = self._clock.now_s()
            self._times = TurnClock(0, committed_s=now, words_s=now)
            self._take_turn("")
            return True
        return self.resume_reply()

    def drop_work(self) -> None:
        """End whatever runs for the turn, silently."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
        if self._reply is not None:
            # A task that is cancelled before it began has not closed it.
            self._reply.close()
            self._reply = None
        self._then = None
        self._repeating = False

    def finish_cut(self) -> None:
        """Note a stopped reply as it was heard."""
        if self._cut is not None:
            self._record_cut(self._cut)

    def _withdraw(self, turn: int, why: Withdrawal) -> None:
        stance: Stance = self._talk.stance_before.get(turn, self._talk.stance)
        self._coaching.withdrawn(turn)
        self._host.emit(TurnWithdrawn(turn=turn, why=why, stance=stance))

    def _declare_again(self) -> None:
        """What the turn was meant to do, its next take is meant to do."""
        if self._talk.declared is None and self._talk.meant is not None:
            self._declare(self._talk.meant)

    def _declare(self, skill: Skill | None) -> None:
        self._host.emit(SkillDeclared(turn=self._talk.turn + 1, skill=skill))

    def _record_cut(self, cut: Cut) -> None:
        self._cut = None
        self._emit_spoke(cut, complete=False)

    def _emit_spoke(self, cut: Cut, *, complete: bool) -> None:
        spoken = cut.spoken
        self._coaching.may_work(spoken.turn)
        self._host.emit(
            PartnerSpoke(
                turn=spoken.turn,
                text=cut.heard,
                intended=spoken.intended,
                move=spoken.move,
                complete=complete,
            )
        )

    def _after_reply(self, move: Move | None) -> None:
        if move is not None and move.closes:
            self._host.partner_closed(move)
        elif not self._host.check_in_between():
            self._host.enter(TalkState.LISTENING)

    def _tell_times(self, spoken: ReplySpoken) -> None:
        if self._times.turn == spoken.turn != OPENING_TURN and self._times.text_s is None:
            self._times.text_s = spoken.text_at_s
            self._times.sounded_s = self._times.sounded_s or spoken.sounded_at_s
            self._host.emit(self._times.event())

    def _is_current(self, turn: int) -> bool:
        pending = self._talk.pending
        if self._repeating:
            return True
        return pending.turn == turn if pending else turn == OPENING_TURN and not self._talk.exchanges


def _is_wordless(reading: Reading) -> bool:
    return reading.acts[0] in (Act.SILENCE, Act.UNCLEAR)


def _nothing_spoken(turn: int) -> ReplySpoken:
    return ReplySpoken(
        turn=turn,
        heard="",
        intended="",
        rest=(),
        move=None,
        complete=False,
        text_at_s=None,
        sounded_at_s=None,
    )


async def _one_part(text: str, move: Move | None) -> AsyncGenerator[ReplyPart, None]:
    yield ReplyPart(text=text, move=move)


async def _no_parts() -> AsyncGenerator[ReplyPart, None]:
    return
    yield
