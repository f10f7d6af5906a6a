"""Looking ahead: wordings are tried on the partner, and the talk does not notice."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import pytest

from tests.fakes.engines import FakeRecognizer, ScriptedPartner
from tests.rehearsal.test_hands_free import PlannedEars, QuickVoice, Voice, until
from tests.scenes import Scene, scene, situation
from voice_agent.candidate import Candidate, Whose
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.commands import Command, DropDraft, LookAhead, Retake, Say, SayCandidate, SendDraft
from voice_agent.conversation import Act, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.events import (
    AdviceGiven,
    CrisisNoticed,
    DraftRated,
    Event,
    Fault,
    LookedAhead,
    PartnerSpoke,
    SessionEnded,
    TalkState,
    TurnHeard,
    TurnTimed,
    TurnWithdrawn,
)
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.plain.keyboard import command_of
from voice_agent.plain.lines import LineRenderer
from voice_agent.rehearsal.setup import talk_of
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Arm, Mode, Settings
from voice_agent.speech.spoken_command import HeardCommand, SpokenCommand

QUIET = Settings(check_ins=False, difficulty=2)
GATE = Settings(check_ins=False, difficulty=2, mode=Mode.GATE)
BLAME = "you always leave your dishes and you never listen"
ASK = "on monday and tuesday the dishes were in the sink would you wash them the same evening"
DISHES = situation()
SHARED = shared_lines()


def authored() -> RepertoryPartner:
    return RepertoryPartner(DISHES, SHARED)


async def looked(talk: Scene, draft: str = "") -> tuple[Candidate, ...]:
    """Look ahead, and what came of it."""
    count = len(talk.all(LookedAhead))
    talk.send(LookAhead(draft=draft))
    return (await talk.until_event(LookedAhead, count + 1)).candidates


async def at_rest(talk: Scene, *, turns: int) -> None:
    """The learner's move, with the advice of so many turns given."""
    await talk.until_event(AdviceGiven, turns)
    await talk.until(lambda: talk.rehearsal.talk.state in (TalkState.LISTENING, TalkState.DRAFT))


def without_times(events: Sequence[Event]) -> list[Event]:
    """What can be the same in two talks; advice and the state it comes in race each other by design."""
    kinds = (LookedAhead, TurnTimed, AdviceGiven)
    return [event for event in events if not isinstance(event, kinds)]


async def played(script: Sequence[Command], settings: Settings, *, looks: bool) -> tuple[list[Event], Talk]:
    async with scene(settings=settings, scenario=DISHES, partner=authored(), speaks=False) as talk:
        await talk.until_state(TalkState.LISTENING)
        said = 0
        for command in script:
            if looks:
                before = copy.deepcopy(talk.rehearsal.talk)
                await looked(talk, "you are such a slob")
                await looked(talk)
                after = copy.deepcopy(talk.rehearsal.talk)
                assert after.candidates
                before.candidates = after.candidates = ()
                assert after == before
            done = PartnerSpoke if isinstance(command, SendDraft) else TurnWithdrawn
            count = len(talk.all(done))
            talk.send(command)
            if isinstance(command, Say):
                said += 1
                await at_rest(talk, turns=said)
            else:
                await talk.until_event(done, count + 1)
            await talk.until(lambda: talk.rehearsal.talk.state in (TalkState.LISTENING, TalkState.DRAFT))
        return without_times(talk.events()), talk.rehearsal.talk


@pytest.mark.parametrize(
    ("script", "settings"),
    [
        ([Say(text=BLAME), Say(text=ASK), Say(text="i feel worn out")], QUIET),
        ([Say(text=BLAME), Retake(), Say(text=ASK)], QUIET),
        ([Say(text=BLAME), DropDraft(), Say(text=ASK), SendDraft(), Say(text=BLAME)], GATE),
    ],
    ids=["flow", "retake", "gate"],
)
async def test_a_talk_in_which_the_learner_looks_ahead_is_the_same_talk(
    script: list[Command], settings: Settings
) -> None:
    """Every event, line and stance, though wordings were tried twice before each command."""
    plain, _ = await played(script, settings, looks=False)
    ahead, _ = await played(script, settings, looks=True)
    assert ahead == plain


async def test_the_learners_own_words_the_coachs_and_a_missing_skill_are_tried() -> None:
    async with scene(settings=QUIET, scenario=DISHES, partner=authored()) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await at_rest(talk, turns=1)
        advice = talk.all(AdviceGiven)[0].advice
        slob, coach, skill = await looked(talk, "you are such a slob")
        assert (slob.words, slob.whose) == ("you are such a slob", Whose.OWN)
        assert slob.after.resistance > slob.before.resistance
        assert "would harden" in slob.movement
        assert (coach.words, coach.whose) == (advice.words, Whose.COACH)
        assert coach.after.resistance < coach.before.resistance
        assert "would soften" in coach.movement
        assert skill.whose is Whose.SKILL
        assert skill.skill not in (None, coach.skill)
        assert all(one.answer and one.before == talk.rehearsal.talk.stance for one in (slob, coach, skill))
        assert {one.answer for one in (slob, coach, skill)}.isdisjoint(talk.rehearsal.talk.already_said)


async def test_before_the_first_turn_there_are_words_to_begin_with() -> None:
    async with scene(settings=QUIET, scenario=DISHES, partner=authored()) as talk:
        await talk.until_state(TalkState.LISTENING)
        found = await looked(talk)
        assert [one.whose for one in found] == [Whose.SKILL] * 3
        assert len({one.words for one in found}) == 3


async def test_after_a_retake_the_turn_taken_back_is_tried_and_a_candidate_can_be_said() -> None:
    async with scene(settings=QUIET, scenario=DISHES, partner=authored()) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await at_rest(talk, turns=1)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        own, better, *_ = await looked(talk)
        assert (own.words, own.whose) == (BLAME, Whose.OWN)
        talk.send(SayCandidate(number=2))
        heard = await talk.until_event(TurnHeard, 2)
        assert (heard.text, heard.retake_of) == (better.words, 1)
        await talk.until_event(PartnerSpoke, 3)
        assert talk.rehearsal.talk.candidates == ()


async def test_in_gate_a_candidate_takes_the_drafts_place() -> None:
    async with scene(settings=GATE, scenario=DISHES, partner=authored()) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await at_rest(talk, turns=1)
        own, better, *_ = await looked(talk)
        assert own.words == BLAME
        talk.send(SayCandidate(number=2))
        await talk.until_event(DraftRated, 2)
        assert talk.all(TurnHeard)[1].text == better.words
        assert len(talk.all(PartnerSpoke)) == 1, "only the opening"


async def test_a_partner_is_asked_three_times_at_most_and_only_when_asked() -> None:
    partner = ScriptedPartner()
    async with scene(settings=QUIET, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await at_rest(talk, turns=1)
        assert len(partner.moments) == 1
        found = await looked(talk, "you never listen")
        assert 1 < len(found) <= 3
        assert len(partner.moments) == 1 + len(found)


async def test_a_partner_that_cannot_be_asked_leaves_the_movement() -> None:
    async with scene(settings=QUIET, partner=ScriptedPartner(fails=True)) as talk:
        await talk.until_state(TalkState.LISTENING)
        own, *_ = await looked(talk, BLAME)
        assert own.answer == ""
        assert own.after.resistance > own.before.resistance
        lines = LineRenderer(partner="Sam").lines(talk.all(LookedAhead)[0])
        assert any("One possible answer: not known" in line for line in lines)


@pytest.mark.parametrize(
    ("settings", "partner", "why"),
    [
        (Settings(check_ins=False, arm=Arm.SIMULATION_ONLY), ScriptedPartner(), "shows nothing between turns"),
        (QUIET, ScriptedPartner(hangs=True), "when it is your turn"),
    ],
    ids=["simulation only", "not the learner's turn"],
)
async def test_there_is_no_looking_ahead(settings: Settings, partner: ScriptedPartner, why: str) -> None:
    async with scene(settings=settings, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        if settings.arm is Arm.FEEDBACK:
            talk.send(Say(text=BLAME))
            await talk.until_state(TalkState.THINKING)
        talk.send(LookAhead())
        assert why in (await talk.until_event(Fault)).happened
        assert not talk.all(LookedAhead)


async def test_not_while_the_partner_speaks() -> None:
    async with scene(settings=QUIET) as talk:
        await talk.until_state(TalkState.SPEAKING)
        talk.send(LookAhead())
        assert "when it is your turn" in (await talk.until_event(Fault)).happened


async def test_what_was_tried_for_a_turn_that_is_over_is_not_shown() -> None:
    """The learner goes on while a slow partner is still being asked."""
    partner = ScriptedPartner(hangs=True)
    async with scene(settings=QUIET, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(LookAhead(draft=BLAME))
        await until(lambda: bool(partner.moments))
        talk.send(Say(text=ASK))
        await talk.until_event(TurnHeard)
        assert not talk.all(LookedAhead)
        assert talk.rehearsal.talk.candidates == ()


async def test_a_number_that_was_not_offered_is_refused() -> None:
    async with scene(settings=QUIET) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(SayCandidate(number=2))
        assert "look ahead first" in (await talk.until_event(Fault)).happened
        assert not talk.all(TurnHeard)


async def test_crisis_words_are_no_draft_to_try() -> None:
    partner = ScriptedPartner()
    async with scene(settings=QUIET, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(LookAhead(draft="i want to kill myself"))
        await talk.until_event(CrisisNoticed)
        await talk.until_event(SessionEnded)
        assert partner.moments == []


async def test_a_stored_session_knows_what_was_tried_and_a_new_turn_forgets_it() -> None:
    async with scene(settings=QUIET, scenario=DISHES, partner=authored()) as talk:
        await talk.until_state(TalkState.LISTENING)
        found = await looked(talk, BLAME)
        await talk.rehearsal.journal.flush()
        assert talk_of(talk.store.kept).candidates == found
        talk.send(Say(text=ASK))
        await talk.until_event(TurnHeard)
        await talk.rehearsal.journal.flush()
        assert talk_of(talk.store.kept).candidates == ()


async def test_by_voice_the_choices_are_read_with_numbers_and_one_is_said() -> None:
    voice, coach = Voice(), QuickVoice()
    ears = PlannedEars([SpokenCommand.LOOK_AHEAD, HeardCommand(SpokenCommand.SAY_NUMBER, "say number two")])
    recognizer = FakeRecognizer(["coach look ahead", "coach say number two"])
    async with scene(
        settings=Settings(check_ins=False, difficulty=2, hands_free=True),
        scenario=DISHES,
        partner=authored(),
        synthesizer=QuickVoice(),
        coach=coach,
        microphone=voice,
        recognizer=recognizer,
        commands=ears,
    ) as talk:
        await talk.until_state(TalkState.LISTENING)
        await until(lambda: not talk.rehearsal.is_coach_speaking)
        voice.speak()
        found = (await talk.until_event(LookedAhead)).candidates
        await until(lambda: any("coach, say number one" in line for line in coach.spoken))
        told = " ".join(coach.spoken)
        assert "one possible answer" in told
        assert f"Number two, {found[1].title}: {found[1].words}" in told
        await until(lambda: not talk.rehearsal.is_coach_speaking)
        voice.speak()
        assert (await talk.until_event(TurnHeard)).text == found[1].words


def test_the_lines_can_be_typed() -> None:
    assert command_of("/lookahead") == LookAhead()
    assert command_of("/lookahead you never listen") == LookAhead(draft="you never listen")
    assert command_of("/say 2") == SayCandidate(number=2)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (6.0, "would soften a little, from hard to wary"),
        (6.9, "would hardly move"),
        (8.5, "would harden clearly"),
        (3.0, "would soften clearly, from hard to soft"),
    ],
)
def test_a_movement_is_told_in_words_with_the_band_it_leads_to(after: float, told: str) -> None:
    reading = Reading(
        ratings=Ratings.from_levels(dict.fromkeys(Skill, Level.NONE)),
        acts=(Act.DESCRIBE,),
        next_skill=Skill.ASSERT,
        rater="t",
    )
    one = Candidate(words="a", whose=Whose.OWN, reading=reading, before=Stance(6.8), after=Stance(after), answer="b")
    assert one.movement == told
