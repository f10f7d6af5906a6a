"""Hands-free practice: commands, questions and feedback by voice; no key is pressed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from tests.fakes.engines import FakeRecognizer, FakeSynthesizer, ScriptedPartner
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import Scene, scene
from voice_agent.audio.protocols import Int16Array
from voice_agent.clock import VirtualClock
from voice_agent.commands import Breathe, Command, DeclareSkill, Pause, Retake, Say, SetDifficulty, Undo
from voice_agent.dearman import Skill
from voice_agent.emotions import Feeling
from voice_agent.events import (
    AdviceGiven,
    BreathPaced,
    CheckInAsked,
    CheckInRecorded,
    DraftRated,
    Fault,
    PartnerSpoke,
    ProsodyMeasured,
    SessionEnded,
    SettingsChanged,
    SkillDeclared,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRestored,
    TurnWithdrawn,
    VoiceCommandHeard,
)
from voice_agent.settings import Duplex, Mode, Settings
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.speech.spoken_command import Asked, HeardCommand, SpokenCommand

HANDS_FREE = Settings(check_ins=False, difficulty=2, hands_free=True)
BLAME = "you always leave your dishes and you never listen"


class QuickVoice(FakeSynthesizer):
    """Says a sentence in a tenth of a second, so that a talk of minutes is tested in one."""

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        self.spoken.append(text)
        yield SpeechBlock(np.full(2205, 3000, np.int16), len(text))


class PlannedEars:
    """Hears the given commands, one for each short turn; None is ordinary speech."""

    def __init__(self, commands: Sequence[HeardCommand | SpokenCommand | None] = ()) -> None:
        self._commands = list(commands)

    def understand(self, samples: Int16Array) -> HeardCommand | None:
        heard = self._commands.pop(0) if self._commands else None
        return HeardCommand(heard) if isinstance(heard, SpokenCommand) else heard


class PlannedAnswers:
    def __init__(self, answers: Sequence[str | None]) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []

    def understand(self, samples: Int16Array, asked: Asked) -> str | None:
        self.asked.append(asked)
        return self._answers.pop(0) if self._answers else None


class Voice:
    """The learner's mouth: speaks whenever the coach and the partner are silent."""

    def __init__(self) -> None:
        self.microphone: PlannedMicrophone | None = None

    def __call__(self, clock: VirtualClock) -> PlannedMicrophone:
        self.microphone = PlannedMicrophone(clock)
        return self.microphone

    def speak(self, seconds: float = 1.0) -> None:
        assert self.microphone is not None
        self.microphone.plan(-0.5, seconds, -2.0)


async def until(condition: Callable[[], bool]) -> None:
    """The coach's voice gives no events: look again and again."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def said(talk: Scene, coach: QuickVoice, words: str) -> None:
    """Until the coach has said something with these words in it."""
    await until(lambda: any(words in one for one in coach.spoken))


async def quiet(talk: Scene) -> None:
    """Until the coach has said all it has to say."""
    await until(lambda: not talk.rehearsal.is_coach_speaking)


async def test_a_talk_without_a_key_from_start_to_end() -> None:
    voice, coach = Voice(), QuickVoice()
    answers = PlannedAnswers(["sixty five", "fear seven", "eighty", "skip"])
    ears = PlannedEars([None, None, SpokenCommand.SUGGESTION, SpokenCommand.END, SpokenCommand.YES, None, None])
    heard = FakeRecognizer(
        [
            "sixty five",
            "fear seven",
            BLAME,
            "coach what should i say",
            "coach end the talk",
            "coach yes",
            "eighty",
            "skip",
        ]
    )
    settings = Settings(difficulty=2, hands_free=True)
    async with scene(
        settings=settings, microphone=voice, coach=coach, commands=ears, answers=answers, recognizer=heard
    ) as talk:
        await said(talk, coach, "How confident are you")
        await quiet(talk)
        assert any("Your goal: Dishes are washed" in one for one in coach.spoken)
        voice.speak()
        await said(talk, coach, "How strong are your feelings")
        await quiet(talk)
        voice.speak()
        recorded = await talk.until_event(CheckInRecorded)
        assert recorded.check_in is not None
        assert recorded.check_in.self_efficacy == 65
        assert recorded.check_in.feelings == {Feeling.FEAR: 7}
        await said(talk, coach, "Noted: confidence")
        assert answers.asked == [Asked.NUMBER, Asked.FEELINGS]
        await talk.until_state(TalkState.LISTENING)
        await quiet(talk)
        voice.speak(4.0)
        await talk.until_event(AdviceGiven)
        await said(talk, coach, "Would help next:")
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "You could say:")
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "End the talk?")
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "How are you now?")
        await quiet(talk)
        voice.speak()
        await until(lambda: len([one for one in coach.spoken if "How strong" in one]) == 2)
        await quiet(talk)
        voice.speak()
        await talk.until_event(SessionEnded)
        assert talk.running is not None
        await talk.running
        assert any("You took one turn." in one for one in coach.spoken)
        assert [one.text for one in talk.all(TurnHeard)] == [BLAME]


async def test_a_command_is_never_a_turn_and_is_told_back_by_its_effect() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.HARDER, SpokenCommand.UNDO, SpokenCommand.PAUSE, SpokenCommand.RESUME])
    heard = FakeRecognizer(["coach harder", "coach scratch that", "coach pause", "coach go on"])
    async with scene(settings=HANDS_FREE, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        voice.speak()
        await said(talk, coach, "Difficulty three of five.")
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "Difficulty two of five.")
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "Paused. Say: coach, go on.")
        await quiet(talk)
        voice.speak()
        await talk.until_event(VoiceCommandHeard, 4)
        assert [one.command for one in talk.all(VoiceCommandHeard)] == ["harder", "scratch that", "pause", "resume"]
        assert talk.all(TurnHeard) == []


async def test_what_is_said_in_a_pause_is_no_turn() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.PAUSE, None, SpokenCommand.RESUME])
    heard = FakeRecognizer(["coach pause", "oh that was hard", "coach go on"])
    async with scene(settings=HANDS_FREE, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        voice.speak()
        await said(talk, coach, "Paused.")
        await quiet(talk)
        voice.speak()
        voice.speak()
        await talk.until_state(TalkState.LISTENING, 2)
        assert talk.all(TurnHeard) == []


async def test_feelings_can_be_told_at_any_time() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([HeardCommand(SpokenCommand.FEELINGS, "six anger")])
    heard = FakeRecognizer(["coach i'm at six mostly anger"])
    async with scene(settings=HANDS_FREE, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        voice.speak()
        recorded = await talk.until_event(CheckInRecorded)
        assert recorded.check_in is not None
        assert recorded.check_in.feelings == {Feeling.ANGER: 6}
        await said(talk, coach, "Noted: anger")


async def test_what_can_i_say_and_where_are_we_are_always_answered() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.HELP, SpokenCommand.WHERE, SpokenCommand.RATING, SpokenCommand.NO])
    heard = FakeRecognizer(["coach what can i say", "coach where are we", "coach how was that", "coach no"])
    async with scene(settings=HANDS_FREE, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        for words in (
            "what should I say;",
            "You talk with Sam",
            "You have not taken a turn yet.",
            "Nothing was asked.",
        ):
            voice.speak()
            await said(talk, coach, words)
            await quiet(talk)


async def test_in_gate_ratings_and_better_words_are_heard_before_sending() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.SEND])
    heard = FakeRecognizer([BLAME, "coach send"])
    settings = Settings(check_ins=False, difficulty=2, hands_free=True, mode=Mode.GATE)
    async with scene(settings=settings, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(DeclareSkill(skill=Skill.DESCRIBE))
        await said(talk, coach, "Next turn: Describe.")
        await quiet(talk)
        voice.speak(4.0)
        await talk.until_event(DraftRated)
        await said(talk, coach, "You meant to use Describe: it was weak.")
        await said(talk, coach, "You could say:")
        await said(talk, coach, "Say: coach, send.")
        sounded = talk.all(ProsodyMeasured)[0].notes
        assert [f"Voice: {note.sentence}" for note in sounded] == [one for one in coach.spoken if "Voice:" in one]
        assert sounded
        assert len(talk.all(PartnerSpoke)) == 1
        await quiet(talk)
        voice.speak()
        await talk.until_event(PartnerSpoke, 2)


async def test_a_command_that_is_true_already_says_so() -> None:
    coach = QuickVoice()
    async with scene(settings=HANDS_FREE, coach=coach) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(SetDifficulty(difficulty=2))
        await said(talk, coach, "That is so already.")
        assert talk.all(SettingsChanged) == []


async def test_in_a_check_in_again_repeats_the_question_and_no_turn_is_taken_back() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.AGAIN, SpokenCommand.RETAKE])
    heard = FakeRecognizer(["coach again", "coach take that back"])
    settings = Settings(difficulty=2, hands_free=True)
    async with scene(settings=settings, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_event(CheckInAsked)
        await quiet(talk)
        voice.speak()
        await talk.until_event(CheckInAsked, 2)
        await quiet(talk)
        voice.speak()
        await said(talk, coach, "Answer or skip the check-in first.")
        assert talk.rehearsal.talk.state is TalkState.CHECK_IN
        assert [one.question for one in talk.all(CheckInAsked)] == [talk.all(CheckInAsked)[0].question] * 2


async def test_with_headphones_the_coach_stops_when_the_learner_speaks() -> None:
    voice, coach = Voice(), QuickVoice()
    settings = Settings(check_ins=False, difficulty=2, hands_free=True, duplex=Duplex.FULL)
    heard = FakeRecognizer(["coach what can i say", BLAME])
    ears = PlannedEars([SpokenCommand.HELP, None])
    async with scene(settings=settings, microphone=voice, coach=coach, commands=ears, recognizer=heard) as talk:
        await talk.until_state(TalkState.LISTENING)
        voice.speak()
        await said(talk, coach, "Just talk to your partner.")
        voice.speak(4.0)
        await talk.until_event(TurnHeard)
        assert talk.all(TurnHeard)[0].text == BLAME


async def test_taking_back_can_be_undone() -> None:
    async with scene(settings=Settings(check_ins=False, difficulty=2)) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await talk.until_event(PartnerSpoke, 2)
        await talk.until_state(TalkState.LISTENING, 2)
        before = (talk.rehearsal.talk.exchanges[-1], talk.rehearsal.talk.stance)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        assert talk.rehearsal.talk.said_before == ()
        talk.send(Undo())
        await talk.until_event(TurnRestored)
        assert (talk.rehearsal.talk.exchanges[-1], talk.rehearsal.talk.stance) == before
        assert talk.rehearsal.talk.retake_of is None
        talk.send(Undo())
        await talk.until_event(TurnWithdrawn, 2)


async def test_a_dropped_draft_comes_back() -> None:
    async with scene(settings=Settings(check_ins=False, mode=Mode.GATE, difficulty=2)) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await talk.until_state(TalkState.DRAFT)
        talk.send(Undo())
        await talk.until_event(TurnWithdrawn)
        talk.send(Undo())
        await talk.until_event(TurnRestored)
        await talk.until_state(TalkState.DRAFT, 2)
        assert talk.rehearsal.talk.draft == 1


async def test_a_declared_skill_is_undone_to_the_one_before() -> None:
    async with scene() as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(DeclareSkill(skill=Skill.EXPRESS), DeclareSkill(skill=Skill.ASSERT), Undo())
        await talk.until_event(SkillDeclared, 3)
        assert [one.skill for one in talk.all(SkillDeclared)] == [Skill.EXPRESS, Skill.ASSERT, Skill.EXPRESS]


async def test_a_minute_of_breathing_pauses_the_talk_and_sounds() -> None:
    coach = QuickVoice()
    async with scene(coach=coach) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Breathe())
        await talk.until_state(TalkState.PAUSED)
        await talk.until(lambda: any(not one.left_s for one in talk.all(BreathPaced)))
        paced = talk.all(BreathPaced)
        assert len(paced) == 61
        assert [one.of for one in paced[:10]] == [4] * 4 + [6] * 6
        assert talk.states()[-1] is TalkState.PAUSED
        assert not talk.all(Fault)
        assert not [one for one in talk.store.kept if isinstance(one.event, BreathPaced)]
        assert talk.all(StateChanged)[-1].state is TalkState.PAUSED


@pytest.mark.parametrize("command", [Say(text="would you wash up tonight"), Pause(), Breathe()])
async def test_before_the_partner_has_begun_that_is_what_is_said(command: Command) -> None:
    async with scene(settings=HANDS_FREE, coach=QuickVoice()) as talk:
        talk.send(command)
        assert (await talk.until_event(Fault)).happened == "the talk has not begun; your partner speaks first"
        await talk.until_event(PartnerSpoke)


async def test_when_the_partners_server_fails_the_coach_says_what_and_what_helps() -> None:
    coach, stand_in = QuickVoice(), ScriptedPartner(["I am still Sam."])
    async with scene(
        settings=HANDS_FREE, coach=coach, partner=ScriptedPartner(fails=True), stand_in_partner=stand_in
    ) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you wash up tonight"))
        assert (await talk.until_event(PartnerSpoke, 2)).text == "I am still Sam."
        await said(talk, coach, "The authored partner answers in the same role.")
        assert len([fault for fault in talk.all(Fault) if fault.component == "partner"]) == 1
