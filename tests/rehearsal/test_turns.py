"""Turns in both ways, taken back, interrupted, paused; by typing and by voice, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.fakes.engines import FakeRecognizer, FakeSynthesizer, ScriptedPartner
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import MemoryStore, Scene, scene
from voice_agent.audio.protocols import MicBlock, Trust
from voice_agent.clock import Clock
from voice_agent.commands import (
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
    SetPatience,
    SkipCheckIn,
    StartTalking,
    StopTalking,
)
from voice_agent.conversation import Act, Move
from voice_agent.dearman import Skill
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.events import (
    CheckInDue,
    CheckInRecorded,
    DraftRated,
    DraftSent,
    EndReason,
    Fault,
    HelpOffered,
    PartnerInterrupted,
    PartnerSentence,
    PartnerSpoke,
    SessionEnded,
    SessionStarted,
    SettingsChanged,
    StanceChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnTimed,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.settings import Duplex, Mode, Patience, Settings

GATE = Settings(check_ins=False, mode=Mode.GATE, difficulty=2)
FULL = Settings(check_ins=False, duplex=Duplex.FULL, difficulty=2)
ASK = "would you please wash your dishes the same evening"


async def opened(talk: Scene) -> None:
    """The partner has opened the talk and the learner may speak."""
    await talk.until_state(TalkState.LISTENING)


async def test_a_typed_turn_is_rated_answered_and_heard_in_this_order() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 2)
        kinds = [type(event).__name__ for event in talk.events() if type(event).__name__ != "StateChanged"]
        assert kinds[:4] == ["SessionStarted", "PartnerSentence", "PartnerSentence", "PartnerSpoke"]
        wanted = ["TurnHeard", "TurnRated", "StanceChanged", "PartnerSentence", "PartnerSentence", "TurnTimed"]
        assert [kind for kind in kinds[4:] if kind in wanted] == wanted
        assert kinds[-1] == "PartnerSpoke"


async def test_events_are_numbered_without_gaps_and_stored_before_they_are_shown() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 2)
        assert [stamped.seq for stamped in talk.seen] == list(range(len(talk.seen)))
        assert talk.store.kept[: len(talk.seen)] == talk.seen


async def test_in_gate_the_partner_hears_only_what_was_sent() -> None:
    partner = ScriptedPartner()
    async with scene(settings=GATE, partner=partner) as talk:
        await opened(talk)
        talk.send(Say(text="you always leave a mess"))
        await talk.until_event(DraftRated)
        talk.send(DropDraft())
        await talk.until_event(TurnWithdrawn)
        talk.send(Say(text=ASK))
        await talk.until_event(DraftRated, 2)
        assert partner.moments == []
        assert not talk.all(StanceChanged)
        talk.send(SendDraft())
        await talk.until_event(PartnerSpoke, 2)
        assert [moment.said for moment in partner.moments] == [ASK]
        assert talk.all(TurnWithdrawn)[0].why is Withdrawal.DROPPED
        assert talk.all(TurnHeard)[1].retake_of == talk.all(TurnHeard)[0].turn
        assert len(talk.all(DraftSent)) == 1


async def test_in_gate_a_new_line_replaces_the_draft() -> None:
    partner = ScriptedPartner()
    async with scene(settings=GATE, partner=partner) as talk:
        await opened(talk)
        talk.send(Say(text="first words"))
        await talk.until_event(DraftRated)
        talk.send(Say(text="better words"))
        await talk.until_event(DraftRated, 2)
        talk.send(SendDraft())
        await talk.until_event(PartnerSpoke, 2)
        assert [moment.said for moment in partner.moments] == ["better words"]


async def test_retake_takes_partner_stance_and_history_back_and_keeps_the_take() -> None:
    partner = ScriptedPartner()
    async with scene(partner=partner) as talk:
        await opened(talk)
        talk.send(Say(text="you are so lazy you never wash your dishes"))
        await talk.until_event(PartnerSpoke, 2)
        hardened = talk.all(StanceChanged)[0]
        assert hardened.after.resistance > hardened.before.resistance
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        assert talk.all(TurnWithdrawn)[0].stance == hardened.before
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 3)
        second = partner.moments[1]
        assert [exchange.said for exchange in second.history] == [""]
        assert second.stance.resistance < hardened.before.resistance
        assert len(second.already_said) == 2, "a line said in the first take is not said again"
        assert talk.all(TurnHeard)[1].retake_of == 1


async def test_retake_while_the_partner_speaks_stops_it() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSentence, 3)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        assert talk.all(PartnerInterrupted)
        assert talk.rehearsal.talk.exchanges[-1].turn == 0


async def test_retake_without_a_turn_is_refused_in_one_line() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Retake())
        fault = await talk.until_event(Fault)
        assert fault.happened == "there is no turn to take back yet"
        assert talk.rehearsal.talk.state is TalkState.LISTENING


async def test_an_interrupted_reply_keeps_only_what_was_heard() -> None:
    partner = ScriptedPartner(["This is the first sentence of it. This one is never heard at all."])
    async with scene(partner=partner) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSentence, 3)
        talk.send(Interrupt())
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert not spoke.complete
        assert "This is the first sentence of it.".startswith(spoke.text)
        assert len(spoke.text) < len("This is the first sentence of it.")
        assert spoke.intended.endswith("never heard at all.")
        talk.send(Say(text="as I said, " + ASK))
        await talk.until_event(PartnerSpoke, 3)
        assert partner.moments[1].history[-1].answer == spoke.text


async def test_typing_while_the_partner_speaks_interrupts_it() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSentence, 3)
        talk.send(Say(text="wait, let me finish"))
        await talk.until_event(PartnerSpoke, 3)
        assert talk.all(PartnerInterrupted)
        assert [heard.text for heard in talk.all(TurnHeard)] == [ASK, "wait, let me finish"]


async def test_pause_stops_the_partner_and_resume_says_the_rest() -> None:
    voice = FakeSynthesizer()
    partner = ScriptedPartner(["One sentence here. Another sentence there."])
    async with scene(partner=partner, synthesizer=voice) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSentence, 3)
        talk.send(Pause())
        await talk.until_state(TalkState.PAUSED)
        talk.send(Resume())
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.complete
        assert spoke.intended == "One sentence here. Another sentence there."
        assert voice.spoken[-2:] == ["One sentence here.", "Another sentence there."]
        assert len(partner.moments) == 1, "the partner is asked once"


async def test_pause_while_the_partner_thinks_asks_it_again_on_resume() -> None:
    partner = ScriptedPartner(hangs=True)
    async with scene(partner=partner) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until(lambda: talk.all(TurnRated))
        talk.send(Pause())
        await talk.until_state(TalkState.PAUSED)
        talk.send(Resume())
        await talk.until_event(TurnHeard, 2)
        assert talk.all(TurnHeard)[1].text == ASK
        assert partner.closed_early == 1


async def test_a_partner_that_never_answers_is_given_up_and_the_talk_goes_on() -> None:
    async with scene(partner=ScriptedPartner(hangs=True)) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        fault = await talk.until_event(Fault)
        assert (fault.component, fault.category) == ("partner", "too_slow")
        await talk.until_state(TalkState.LISTENING, 2)


async def test_a_failing_partner_is_one_fault_and_keeps_the_turn() -> None:
    async with scene(partner=ScriptedPartner(fails=True)) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        fault = await talk.until_event(Fault)
        assert fault.happened == "the server said 500"
        await talk.until_state(TalkState.LISTENING, 2)
        assert talk.rehearsal.talk.exchanges[-1].said == ASK


async def test_a_failing_voice_leaves_the_words_on_the_screen() -> None:
    voice = FakeSynthesizer()
    async with scene(synthesizer=voice) as talk:
        await opened(talk)
        voice.fails = True
        talk.send(Say(text=ASK))
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.complete
        assert spoke.text == "Answer number 1. And some more of it."
        assert talk.all(Fault)[0].component == "synthesizer"
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 3)
        assert len(talk.all(Fault)) == 1


async def test_a_declared_skill_belongs_to_the_next_turn_only() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(DeclareSkill(skill=Skill.ASSERT), Say(text=ASK))
        await talk.until_event(PartnerSpoke, 2)
        talk.send(Say(text="thanks"))
        await talk.until_event(TurnHeard, 2)
        assert [heard.declared for heard in talk.all(TurnHeard)] == [Skill.ASSERT, None]


async def test_check_ins_stand_at_both_ends_and_can_be_skipped() -> None:
    feelings = CheckIn(feelings={Feeling.FEAR: 7}, self_efficacy=30)
    async with scene(settings=Settings(difficulty=2)) as talk:
        await talk.until_event(CheckInDue)
        assert not talk.all(PartnerSentence)
        talk.send(RecordCheckIn(check_in=feelings))
        await opened(talk)
        talk.send(End())
        await talk.until_event(CheckInDue, 2)
        talk.send(SkipCheckIn())
        ended = await talk.until_event(SessionEnded)
        assert ended.reason is EndReason.LEARNER
        assert [event.check_in for event in talk.all(CheckInRecorded)] == [feelings, None]


async def test_the_partner_can_end_the_talk() -> None:
    async with scene(partner=ScriptedPartner(["BYE Good. I'm glad we talked."])) as talk:
        await opened(talk)
        talk.send(Say(text="thank you"))
        ended = await talk.until_event(SessionEnded)
        assert (ended.reason, ended.outcome) == (EndReason.PARTNER, Move.CLOSE_AGREED)
        assert talk.running is not None
        await talk.running


async def test_giving_up_ends_at_once_even_while_the_partner_speaks() -> None:
    async with scene(settings=Settings(difficulty=2)) as talk:
        await talk.until_event(CheckInDue)
        talk.send(SkipCheckIn())
        await talk.until_event(PartnerSentence)
        talk.send(GiveUp())
        ended = await talk.until_event(SessionEnded)
        assert ended.reason is EndReason.GAVE_UP
        assert len(talk.all(CheckInDue)) == 1


async def test_difficulty_moves_the_stance_that_is_left() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(SetDifficulty(difficulty=4))
        moved = await talk.until_event(StanceChanged)
        assert moved.after.resistance == pytest.approx(moved.before.resistance + 1.8)


async def test_repeat_says_the_last_line_again_without_a_new_turn() -> None:
    voice = FakeSynthesizer()
    async with scene(synthesizer=voice) as talk:
        await opened(talk)
        talk.send(Repeat())
        await talk.until_event(PartnerSentence, 3)
        assert len(talk.all(PartnerSpoke)) == 1
        assert voice.spoken.count("Hey.") == 2


async def test_without_a_speaker_replies_are_shown_at_once() -> None:
    async with scene(speaks=False) as talk:
        await opened(talk)
        before = talk.clock.now_s()
        talk.send(Say(text=ASK))
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "Answer number 1. And some more of it."
        assert talk.clock.now_s() - before < 0.5


async def test_a_full_disk_pauses_the_talk_and_saves_everything_later() -> None:
    store = MemoryStore()
    async with scene(store=store) as talk:
        await opened(talk)
        store.is_full = True
        talk.send(Say(text=ASK))
        fault = await talk.until_event(Fault)
        assert "No space left" in fault.happened
        await talk.until_state(TalkState.PAUSED)
        store.is_full = False
        talk.send(Resume())
        await talk.until_event(PartnerSpoke, 2)
        await talk.rehearsal.journal.flush()
        assert [stamped.seq for stamped in store.kept] == list(range(len(store.kept)))
        assert any(isinstance(stamped.event, TurnHeard) for stamped in store.kept)


# By voice.


class Spoken:
    """Makes the microphone and keeps it for the test."""

    def __init__(self, *, ends: bool = False) -> None:
        self._ends = ends
        self.mic: PlannedMicrophone | None = None

    def __call__(self, clock: Clock) -> PlannedMicrophone:
        self.mic = PlannedMicrophone(clock, ends=self._ends)
        return self.mic

    def plan(self, *seconds: float) -> None:
        assert self.mic is not None
        self.mic.plan(*seconds)


async def test_a_spoken_turn_is_heard_once_with_its_place_in_the_stream() -> None:
    spoken = Spoken()
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK])) as talk:
        await opened(talk)
        spoken.plan(-0.2, 1.0)
        heard = await talk.until_event(TurnHeard)
        assert heard.text == ASK
        assert heard.audio is not None
        assert (heard.audio[1] - heard.audio[0]) / 16_000 == pytest.approx(1.0, abs=0.45)
        timed = await talk.until_event(TurnTimed)
        assert timed.committed_s is not None
        assert timed.committed_s < 1.61
        assert timed.first_sample_s is not None
        assert timed.first_sample_s < 0.1


async def test_a_pause_in_the_middle_of_a_turn_does_not_end_it() -> None:
    spoken = Spoken()
    recognizer = FakeRecognizer(["i felt hurt because"])
    async with scene(microphone=spoken, recognizer=recognizer) as talk:
        await opened(talk)
        spoken.plan(0.8, -1.3, 0.8)
        await talk.until_event(PartnerSpoke, 2)
        assert len(talk.all(TurnHeard)) == 1
        assert recognizer.begun == 2, "the turn had two segments"


async def test_a_click_is_no_turn() -> None:
    spoken = Spoken(ends=True)
    settings = Settings(check_ins=False, silence_s=0, difficulty=2)
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK]), settings=settings) as talk:
        spoken.plan(-6.0, 0.04, -0.5, 0.06, -3.0)
        await talk.until_event(SessionEnded)
        assert not talk.all(TurnHeard)
        assert TalkState.HEARING not in talk.states()


async def test_speech_without_words_is_asked_about_twice_and_then_left_alone() -> None:
    partner = ScriptedPartner(["Sorry?", "What was that?"])
    spoken = Spoken()
    async with scene(microphone=spoken, recognizer=FakeRecognizer(), partner=partner) as talk:
        await opened(talk)
        for count in (2, 3):
            spoken.plan(1.0)
            await talk.until_event(PartnerSpoke, count)
            await talk.until_state(TalkState.LISTENING, count)
        spoken.plan(1.0)
        fault = await talk.until_event(Fault)
        assert (fault.component, fault.category) == ("recognizer", "no_words")
        assert [moment.reading.acts[0] for moment in partner.moments] == [Act.UNCLEAR, Act.UNCLEAR]


async def test_half_duplex_does_not_hear_itself() -> None:
    spoken = Spoken()
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK] * 5)) as talk:
        spoken.plan(1.2)
        await opened(talk)
        assert not talk.all(TurnHeard)
        assert TalkState.HEARING not in talk.states()


async def test_barging_in_stops_the_partner_and_is_the_next_turn() -> None:
    spoken = Spoken()
    partner = ScriptedPartner(["This goes on and on and on, and on after that as well, you know."])
    recognizer = FakeRecognizer([ASK, "please let me finish"])
    async with scene(microphone=spoken, recognizer=recognizer, partner=partner, settings=FULL) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(PartnerSentence, 3)
        spoken.plan(1.2)
        cut = await talk.until_event(PartnerInterrupted)
        await talk.until_event(TurnHeard, 2)
        assert talk.all(TurnHeard)[1].text == "please let me finish"
        assert talk.all(PartnerSpoke)[1].text == cut.heard
        await talk.until(lambda: len(partner.moments) == 2)
        assert partner.moments[1].history[-1].answer == cut.heard


async def test_a_cough_does_not_stop_the_partner() -> None:
    spoken = Spoken()
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK]), settings=FULL) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(PartnerSentence, 3)
        spoken.plan(0.25)
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.complete
        assert not talk.all(PartnerInterrupted)


async def test_mm_hm_lets_the_partner_go_on_where_it_stopped() -> None:
    spoken = Spoken()
    partner = ScriptedPartner(["The first of two long sentences here. And the second of them."])
    recognizer = FakeRecognizer([ASK, "mm-hm"])
    async with scene(microphone=spoken, recognizer=recognizer, partner=partner, settings=FULL) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(PartnerSentence, 3)
        spoken.plan(0.5)
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert not talk.all(PartnerInterrupted)
        assert spoke.complete
        assert TalkState.HEARING not in talk.states()[-3:]
        assert len(talk.all(TurnHeard)) == 1
        assert len(partner.moments) == 1


class NearLoudspeaker(PlannedMicrophone):
    """Hears its own program, and no canceller helps."""

    async def blocks(self) -> AsyncGenerator[MicBlock, None]:
        async for block in super().blocks():
            yield MicBlock(block.samples, block.start_sample, Trust.ECHO)


async def test_an_echo_that_stays_is_told_once_and_the_microphone_rests_while_the_partner_speaks() -> None:
    def microphone(clock: Clock) -> PlannedMicrophone:
        heard = NearLoudspeaker(clock)
        heard.plan(*[1.0] * 30)
        return heard

    async with scene(microphone=microphone, recognizer=FakeRecognizer([ASK] * 9), settings=FULL) as talk:
        fault = await talk.until_event(Fault)
        assert (fault.component, fault.category) == ("echo canceller", "echo_stays")
        assert "headphones" in fault.cure
        await opened(talk)
        assert talk.all(SettingsChanged)[0].settings.duplex is Duplex.HALF
        assert not talk.all(PartnerInterrupted)
        assert len(talk.all(Fault)) == 1


async def test_going_on_before_the_answer_sounds_withdraws_it_unheard() -> None:
    spoken = Spoken()
    partner = ScriptedPartner(hangs=True)
    recognizer = FakeRecognizer(["i would like to ask you", "to wash your dishes"])
    async with scene(microphone=spoken, recognizer=recognizer, partner=partner) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(TurnRated)
        spoken.plan(1.0)
        await talk.until_event(TurnHeard, 2)
        assert talk.all(TurnHeard)[1].text == "i would like to ask you to wash your dishes"
        assert talk.all(TurnWithdrawn)[0].why is Withdrawal.WENT_ON
        assert len(talk.all(PartnerSentence)) == 2, "only the opening was heard"


async def test_push_to_talk_ends_a_turn_by_the_key_alone() -> None:
    spoken = Spoken()
    settings = Settings(check_ins=False, patience=Patience.PUSH_TO_TALK, difficulty=2)
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK]), settings=settings) as talk:
        await opened(talk)
        spoken.plan(1.0, -1.0)
        await talk.clock.sleep(3)
        assert not talk.all(TurnHeard)
        talk.send(StartTalking())
        await talk.until_state(TalkState.HEARING)
        spoken.plan(0.5, -4.0, 0.5)
        await talk.clock.sleep(5.2)
        assert not talk.all(TurnHeard)
        talk.send(StopTalking())
        await talk.until_event(TurnHeard)


async def test_over_ends_a_turn_and_is_not_part_of_it() -> None:
    spoken = Spoken()
    recognizer = FakeRecognizer([ASK + " over"])
    async with scene(microphone=spoken, recognizer=recognizer) as talk:
        await opened(talk)
        talk.send(SetPatience(patience=Patience.OVER))
        spoken.plan(-0.2, 1.0)
        heard = await talk.until_event(TurnHeard)
        timed = await talk.until_event(TurnTimed)
        assert heard.text == ASK
        assert timed.committed_s is not None
        assert timed.committed_s < 0.6


async def test_a_silent_learner_is_nudged_once() -> None:
    spoken = Spoken()
    partner = ScriptedPartner(["Well?", "Take your time."])
    async with scene(microphone=spoken, recognizer=FakeRecognizer([ASK]), partner=partner) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(PartnerSpoke, 2)
        await talk.until_event(PartnerSpoke, 3)
        assert partner.moments[1].reading.acts == (Act.SILENCE,)
        offered = await talk.until_event(HelpOffered)
        assert offered.silent_s == pytest.approx(8.0, abs=0.5)
        await talk.clock.sleep(120)
        assert len(partner.moments) == 2
        assert len(talk.all(HelpOffered)) == 1


async def test_a_silence_after_something_was_said_begins_anew() -> None:
    spoken = Spoken()
    settings = Settings(check_ins=False, difficulty=2, silence_s=1.5)
    recognizer = FakeRecognizer([ASK, ASK])
    async with scene(microphone=spoken, recognizer=recognizer, settings=settings) as talk:
        await opened(talk)
        await talk.until_event(HelpOffered)
        spoken.plan(1.0)
        await talk.until_event(HelpOffered, 2)
        assert [heard.text for heard in talk.all(TurnHeard)] == ["", ASK, ""], "one nudge for each silence"


async def test_a_learner_who_wants_patience_is_left_alone_for_twice_as_long_and_without_a_limit_for_ever() -> None:
    for settings, nudged in (
        (Settings(check_ins=False, difficulty=2, patience=Patience.PATIENT), 1),
        (Settings(check_ins=False, difficulty=2, silence_s=0), 0),
    ):
        async with scene(microphone=Spoken(), settings=settings) as talk:
            await opened(talk)
            await talk.clock.sleep(15.5)
            assert not talk.all(TurnHeard)
            await talk.clock.sleep(2.0)
            assert len(talk.all(TurnHeard)) == nudged


async def test_who_talks_over_the_partner_three_times_gets_longer_pauses_and_no_harder_partner() -> None:
    spoken = Spoken()
    said = ["please", *["i would like to finish that"] * 3]
    partner = ScriptedPartner(["This goes on and on and on, and on after that as well, you know."] * 4)
    async with scene(microphone=spoken, recognizer=FakeRecognizer(said), partner=partner, settings=FULL) as talk:
        await opened(talk)
        spoken.plan(1.0)
        for count in range(1, 4):
            await talk.until_event(PartnerSentence, 2 + count)
            assert not talk.all(SettingsChanged)
            spoken.plan(1.3)
            await talk.until_event(PartnerInterrupted, count)
        changed = await talk.until_event(SettingsChanged)
        assert changed.settings.patience is Patience.PATIENT
        await talk.until(lambda: len(partner.moments) == 4)
        assert [exchange.was_cut for exchange in partner.moments[-1].history] == [False, True, True, True]
        assert all(event.after.resistance <= event.before.resistance for event in talk.all(StanceChanged))
        assert "interrupt" not in " ".join(why for event in talk.all(StanceChanged) for why in event.why)


async def test_a_real_voice_gets_the_partner_silent_while_it_is_not_yet_known_whose_word_it_is() -> None:
    spoken = Spoken()
    partner = ScriptedPartner(["This goes on and on and on, and on after that as well, you know."])
    recognizer = FakeRecognizer([ASK, "hm"])
    async with scene(microphone=spoken, recognizer=recognizer, partner=partner, settings=FULL) as talk:
        await opened(talk)
        spoken.plan(1.0)
        await talk.until_event(PartnerSentence, 3)
        speaker = talk.rehearsal._speaker
        assert speaker is not None
        await talk.clock.sleep(0.5)
        spoken.plan(0.4)
        await talk.clock.sleep(0.2)
        heard = speaker.heard_samples()
        await talk.clock.sleep(0.3)
        assert speaker.heard_samples() == heard, "halted"
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.complete
        assert spoke.text == spoke.intended


async def test_a_lost_microphone_pauses_the_talk_and_typing_still_works() -> None:
    spoken = Spoken()
    async with scene(microphone=spoken) as talk:
        await opened(talk)
        assert spoken.mic is not None
        spoken.mic.lose()
        fault = await talk.until_event(Fault)
        assert (fault.component, fault.cure) == ("microphone", "choose another microphone")
        await talk.until_state(TalkState.PAUSED)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 2)


async def test_a_microphone_that_falls_silent_at_the_driver_is_noticed() -> None:
    spoken = Spoken()
    async with scene(microphone=spoken) as talk:
        await opened(talk)
        assert spoken.mic is not None
        spoken.mic.get_stuck()
        fault = await talk.until_event(Fault)
        assert (fault.component, fault.category) == ("microphone", "lost")


async def test_a_recognizer_that_fails_is_one_fault_and_the_talk_listens_on() -> None:
    spoken = Spoken()
    recognizer = FakeRecognizer([ASK, ASK])
    recognizer.fails = True
    async with scene(microphone=spoken, recognizer=recognizer) as talk:
        await opened(talk)
        spoken.plan(1.0)
        fault = await talk.until_event(Fault)
        assert fault.component == "recognizer"
        assert fault.happened == "the turn was not recognised: the model is broken"
        assert fault.cure == "say it again, or type it; run setup"
        await talk.until_state(TalkState.LISTENING, 2)
        recognizer.fails = False
        spoken.plan(1.0)
        await talk.until_event(TurnHeard)


async def test_the_first_event_holds_all_that_a_resumed_talk_needs() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text="you are so lazy"))
        await talk.until_event(PartnerSpoke, 2)
        stored = list(talk.store.kept)
        before = talk.rehearsal.talk
    assert isinstance(stored[0].event, SessionStarted)
    async with scene(stored=stored) as again:
        await again.until_state(TalkState.LISTENING)
        now = again.rehearsal.talk
        assert (now.stance, now.exchanges, now.already_said) == (before.stance, before.exchanges, before.already_said)
        assert again.seen[0].seq == stored[-1].seq + 1
        again.send(Retake())
        await again.until_event(TurnWithdrawn)


async def test_a_talk_killed_before_the_answer_is_answered_when_it_is_resumed() -> None:
    async with scene(partner=ScriptedPartner(hangs=True)) as talk:
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_event(TurnRated)
        stored = list(talk.store.kept)
    async with scene(stored=stored) as again:
        spoke = await again.until_event(PartnerSpoke)
        assert spoke.complete
        assert again.rehearsal.talk.exchanges[-1].said == ASK
