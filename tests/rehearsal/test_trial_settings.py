"""What a trial decides about a rehearsal: how long it is, in which mode, and that an arm without feedback has none."""

from __future__ import annotations

from tests.scenes import scene
from voice_agent.commands import DeclareNextSkill, DeclareSkill, MakePlan, Say, SetDifficulty, SetMode
from voice_agent.dearman import Skill
from voice_agent.events import (
    AdviceGiven,
    EndReason,
    Fault,
    PartnerSpoke,
    PlanMade,
    SessionEnded,
    SettingsChanged,
    SkillDeclared,
    TalkState,
    TurnHeard,
)
from voice_agent.settings import Arm, Mode, Settings

ASK = "would you wash your dishes the same evening"


async def test_a_talk_ends_after_its_last_turn_and_the_advice_on_it() -> None:
    async with scene(settings=Settings(check_ins=False, most_turns=2)) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=ASK))
        await talk.until_event(AdviceGiven)
        talk.send(Say(text=f"{ASK} please"))
        ended = await talk.until_event(SessionEnded)
        assert ended.reason is EndReason.TURNS
        assert len(talk.all(TurnHeard)) == 2
        assert len(talk.all(PartnerSpoke)) == 3, "the last turn is answered"
        assert len(talk.all(AdviceGiven)) == 2, "and advised"


async def test_without_feedback_it_ends_with_the_answer() -> None:
    settings = Settings(check_ins=False, most_turns=1, arm=Arm.SIMULATION_ONLY)
    async with scene(settings=settings) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=ASK))
        assert (await talk.until_event(SessionEnded)).reason is EndReason.TURNS
        assert len(talk.all(PartnerSpoke)) == 2


async def test_a_fixed_mode_stays_and_the_difficulty_may_be_lowered() -> None:
    async with scene(settings=Settings(check_ins=False, mode_is_fixed=True, difficulty=3)) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(SetMode(mode=Mode.GATE), SetDifficulty(difficulty=1))
        changed = await talk.until_event(SettingsChanged)
        assert changed.settings.mode is Mode.FLOW
        assert changed.settings.difficulty == 1
        assert [fault.happened for fault in talk.all(Fault)] == ["the mode of this talk can't be changed"]


async def test_without_feedback_neither_the_suggested_skill_nor_the_levels_of_a_plan_are_told() -> None:
    settings = Settings(check_ins=False, arm=Arm.SIMULATION_ONLY)
    async with scene(settings=settings) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 2)
        talk.send(DeclareNextSkill(), MakePlan(notes={Skill.ASSERT: ASK}), DeclareSkill(skill=Skill.ASSERT))
        declared = await talk.until_event(SkillDeclared)
        assert declared.skill is Skill.ASSERT, "one's own choice is free"
        assert [fault.happened for fault in talk.all(Fault)] == ["this rehearsal has no feedback"]
        talk.send(Say(text=f"{ASK} please"))
        await talk.until_event(PartnerSpoke, 3)
        assert [plan.levels for plan in talk.all(PlanMade)] == [{}]
