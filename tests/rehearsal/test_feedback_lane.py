"""The feedback lane: when it speaks, what it leaves alone, and what happens when a part of it fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from tests.fakes.engines import FakeRecognizer, FakeSynthesizer
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import Scene, scene
from voice_agent.advice import Advice
from voice_agent.clock import VirtualClock
from voice_agent.commands import (
    DeclareSkill,
    DropDraft,
    HearSuggestion,
    OpenCheckIn,
    RecordCheckIn,
    Retake,
    Say,
    SendDraft,
    SkipCheckIn,
    Undo,
)
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.errors import EngineError
from voice_agent.events import (
    AdviceArriving,
    AdviceGiven,
    CheckInAnswerHeard,
    CheckInDue,
    CheckInTime,
    CrisisNoticed,
    DistressNoticed,
    DraftRated,
    EndReason,
    Fault,
    PartnerSentence,
    PartnerSpoke,
    SessionEnded,
    SkillDeclared,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnWithdrawn,
)
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.plain.lines import LineRenderer
from voice_agent.settings import Arm, Mode, Settings

BLAME = "you always leave your dishes and you never listen"
ASK = "would you please wash your dishes the same evening"
QUIET = Settings(check_ins=False, difficulty=2)


class ScriptedAdvisor:
    """Gives its words piece by piece; can fail, hang, or be busy."""

    name = "scripted"

    def __init__(self, *, fails: int = 0, hangs: bool = False) -> None:
        self.asked: list[AdvisedTurn] = []
        self._fails = fails
        self._hangs = hangs

    async def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        self.asked.append(turn)
        if self._hangs:
            await asyncio.Event().wait()
        for words in ("Could", "Could you", "Could you wash up?"):
            yield Advice(skill=Skill.ASSERT, reason='"always"', words=words, source=self.name)
            if len(self.asked) <= self._fails:
                raise EngineError("advisor", "the server broke off", cure="check the server")

    async def close(self) -> None:
        pass


async def opened(talk: Scene) -> None:
    await talk.until_state(TalkState.LISTENING)


async def test_advice_follows_the_rating_and_begins_only_when_the_voice_sounds() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        kinds = [type(event) for event in talk.events()]
        heard = kinds.index(TurnHeard)
        assert kinds.index(TurnRated) < kinds.index(PartnerSentence, heard) < kinds.index(AdviceGiven)
        assert given.turn == 1
        assert given.advice.source.startswith("local")
        assert given.advice.reason
        assert given.intent is None


async def test_a_declared_skill_comes_back_with_how_it_went() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(DeclareSkill(skill=Skill.DESCRIBE), Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        assert given.intent is not None
        assert given.intent.skill is Skill.DESCRIBE
        assert given.intent.level is not Level.STRONG
        rated = talk.all(TurnRated)[0]
        assert given.intent.level is rated.reading.ratings.level(Skill.DESCRIBE)


async def test_the_next_take_is_meant_to_do_what_the_one_before_was() -> None:
    async with scene(settings=Settings(check_ins=False, mode=Mode.GATE)) as talk:
        await opened(talk)
        talk.send(DeclareSkill(skill=Skill.DESCRIBE), Say(text=BLAME))
        await talk.until_event(AdviceGiven)
        talk.send(DropDraft(), Say(text="you never listen"))
        await talk.until_event(AdviceGiven, 2)
        talk.send(Say(text="on monday your pans were in the sink at seven"))  # said over the draft, without a word
        given = await talk.until_event(AdviceGiven, 3)
        assert given.intent is not None
        assert given.intent.told == "You meant to use Describe: it was strong."
        assert [event.declared for event in talk.all(TurnHeard)] == [Skill.DESCRIBE] * 3
        assert [event.skill for event in talk.all(SkillDeclared)] == [Skill.DESCRIBE] * 2
        talk.send(SendDraft())
        await talk.until_event(PartnerSpoke, 2)
        talk.send(Say(text=ASK))
        assert (await talk.until_event(TurnHeard, 4)).declared is None


async def test_undoing_a_retake_leaves_the_next_turn_undeclared() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(DeclareSkill(skill=Skill.ASSERT), Say(text=BLAME))
        await talk.until_event(PartnerSpoke, 2)
        talk.send(Retake())
        assert (await talk.until_event(SkillDeclared, 2)).skill is Skill.ASSERT
        talk.send(Undo())
        await talk.until_event(TurnRestored)
        assert (await talk.until_event(SkillDeclared, 3)).skill is None


async def test_in_gate_advice_comes_before_the_partner_hears_anything() -> None:
    async with scene(settings=Settings(check_ins=False, mode=Mode.GATE)) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        await talk.until_event(AdviceGiven)
        assert len(talk.all(PartnerSpoke)) == 1
        talk.send(DropDraft(), Say(text=ASK))
        await talk.until_event(DraftRated, 2)
        await talk.until_event(AdviceGiven, 2)
        talk.send(SendDraft())
        await talk.until_event(PartnerSpoke, 2)
        assert [event.text for event in talk.all(TurnHeard)] == [BLAME, ASK]
        assert len(talk.all(AdviceGiven)) == 2


async def test_in_the_simulation_only_arm_turns_are_rated_and_nothing_is_said_about_it() -> None:
    advisor = ScriptedAdvisor()
    settings = Settings(check_ins=False, difficulty=2, arm=Arm.SIMULATION_ONLY)
    async with scene(settings=settings, advisor=advisor) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        await talk.until_event(PartnerSpoke, 2)
        assert talk.all(TurnRated)
        assert not advisor.asked
        assert not talk.all(AdviceGiven)
        renderer = LineRenderer()
        shown = [line for event in talk.events() for line in renderer.lines(event)]
        assert not any(line.startswith(("Rating", "Would help", "Coach", "Voice")) for line in shown)


async def test_advice_is_streamed_but_only_the_last_of_it_is_stored() -> None:
    async with scene(advisor=ScriptedAdvisor()) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        assert [event.advice.words for event in talk.all(AdviceArriving)] == ["Could", "Could you"]
        assert given.advice.words == "Could you wash up?"
        stored = [type(stamped.event) for stamped in talk.store.kept]
        assert AdviceArriving not in stored
        assert AdviceGiven in stored


async def test_an_advisor_that_fails_is_one_fault_and_the_local_advice_stands() -> None:
    async with scene(advisor=ScriptedAdvisor(fails=1)) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        assert given.advice.source.startswith("local")
        faults = [fault for fault in talk.all(Fault) if fault.component == "advisor"]
        assert len(faults) == 1
        assert faults[0].done == "The local advice stands."
        assert faults[0].cure


async def test_after_three_failures_a_server_is_left_alone() -> None:
    advisor = ScriptedAdvisor(fails=99)
    async with scene(advisor=advisor) as talk:
        await opened(talk)
        for count in range(1, 6):
            talk.send(Say(text=f"{ASK} number {count}"))
            await talk.until_event(AdviceGiven, count)
            await talk.until_state(TalkState.LISTENING, count + 1)
        assert len(advisor.asked) == 3
        assert len([fault for fault in talk.all(Fault) if fault.component == "advisor"]) == 3


async def test_an_advisor_that_never_answers_stops_nobody() -> None:
    async with scene(advisor=ScriptedAdvisor(hangs=True)) as talk:
        await opened(talk)
        started = time.monotonic()
        talk.send(Say(text=BLAME))
        await talk.until_event(PartnerSentence, 2)
        assert time.monotonic() - started < 4


async def test_taking_a_turn_back_takes_its_advice_along() -> None:
    advisor = ScriptedAdvisor(hangs=True)
    async with scene(advisor=advisor) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        await talk.until(lambda: advisor.asked)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        await asyncio.sleep(0.1)
        assert not talk.all(AdviceGiven)


async def test_crisis_words_end_the_role_play_before_the_partner_answers() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text="sometimes i think about killing myself"))
        noticed = await talk.until_event(CrisisNoticed)
        ended = await talk.until_event(SessionEnded)
        assert ended.reason is EndReason.CARE
        assert "988" in " ".join(noticed.help_lines)
        assert len(talk.all(PartnerSpoke)) == 1
        assert not talk.all(TurnRated)


async def test_an_idiom_ends_nothing() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text="this traffic is killing me"))
        await talk.until_event(PartnerSpoke, 2)
        assert not talk.all(CrisisNoticed)


async def test_distress_is_noticed_and_brings_the_check_in_forward() -> None:
    async with scene(settings=Settings(difficulty=2, check_in_every=50)) as talk:
        talk.send(SkipCheckIn())
        await opened(talk)
        talk.send(Say(text="i can't do this i'm shaking and i can't breathe"))
        await talk.until_event(DistressNoticed)
        await talk.until(lambda: talk.all(CheckInDue)[-1].when is CheckInTime.BETWEEN)
        talk.send(RecordCheckIn(check_in=CheckIn(feelings={Feeling.FEAR: 8})))
        await talk.until_state(TalkState.LISTENING, 2)


async def test_check_ins_are_due_between_turns_and_never_inside_one() -> None:
    async with scene(settings=Settings(difficulty=2, check_in_every=2)) as talk:
        talk.send(SkipCheckIn())
        await opened(talk)
        talk.send(Say(text=ASK))
        await talk.until_state(TalkState.LISTENING, 2)
        talk.send(Say(text="if you do i will cook for us both"))
        await talk.until(lambda: len(talk.all(CheckInDue)) == 2)
        kinds = [type(event) for event in talk.events()]
        last_due = len(kinds) - 1 - kinds[::-1].index(CheckInDue)
        assert PartnerSpoke in kinds[:last_due]
        assert kinds[:last_due].count(PartnerSpoke) == 3
        talk.send(SkipCheckIn())
        await talk.until_state(TalkState.LISTENING, 3)


async def test_the_learner_can_ask_for_a_check_in() -> None:
    async with scene(settings=QUIET) as talk:
        await opened(talk)
        talk.send(OpenCheckIn())
        assert (await talk.until_event(CheckInDue)).when is CheckInTime.BETWEEN
        talk.send(RecordCheckIn(check_in=CheckIn(self_efficacy=60)))
        await talk.until_state(TalkState.LISTENING, 2)


async def test_levels_and_advice_agree_on_what_was_weak() -> None:
    async with scene() as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        level = talk.all(TurnRated)[0].reading.ratings.level(given.advice.skill)
        assert level is not Level.STRONG


async def test_a_check_in_is_answered_aloud_and_the_partner_hears_nothing_of_it() -> None:
    spoken: list[PlannedMicrophone] = []

    def microphone(clock: VirtualClock) -> PlannedMicrophone:
        spoken.append(PlannedMicrophone(clock))
        return spoken[0]

    recognizer = FakeRecognizer(["about a seven mostly fear"])
    async with scene(settings=Settings(difficulty=2), microphone=microphone, recognizer=recognizer) as talk:
        await talk.until_event(CheckInDue)
        spoken[0].plan(-0.3, 1.0, -3.0)
        answer = await talk.until_event(CheckInAnswerHeard)
        assert answer.text == "about a seven mostly fear"
        assert not talk.all(TurnHeard)
        talk.send(SkipCheckIn())
        await opened(talk)


async def test_the_coach_reads_its_suggestion_in_a_voice_of_its_own() -> None:
    coach = FakeSynthesizer()
    async with scene(settings=QUIET, coach=coach) as talk:
        await opened(talk)
        talk.send(HearSuggestion())
        refused = await talk.until_event(Fault)
        assert "no suggestion" in refused.happened
        talk.send(Say(text=BLAME))
        given = await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        talk.send(HearSuggestion())
        await asyncio.sleep(0.5)  # it speaks without an event
        assert coach.spoken == [given.advice.words]
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 3)
        assert len(talk.all(Fault)) == 1


async def test_without_a_voice_for_the_coach_it_says_so() -> None:
    async with scene(settings=QUIET) as talk:
        await opened(talk)
        talk.send(Say(text=BLAME))
        await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        talk.send(HearSuggestion())
        assert "no voice" in (await talk.until_event(Fault)).happened
