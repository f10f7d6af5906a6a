"""Journeys through the terminal app, by keys."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static

from tests.fakes.engines import ScriptedPartner
from tests.scenes import Scene, scene
from voice_agent.commands import DeclareNextSkill
from voice_agent.conversation import Move
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import Feeling
from voice_agent.events import (
    AdviceGiven,
    BreathPaced,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CoachWhispered,
    DraftRated,
    Fault,
    LevelMeter,
    LookedAhead,
    NextMoveChosen,
    PartnerSpoke,
    PlanMade,
    RatingCorrected,
    SessionEnded,
    SettingsChanged,
    SkillDeclared,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnWithdrawn,
)
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.settings import Arm, Mode, Settings
from voice_agent.tui.app import RehearsalApp
from voice_agent.tui.breathe_screen import BreatheScreen
from voice_agent.tui.check_in_screen import CheckInScreen
from voice_agent.tui.coach_panel import CoachPanel
from voice_agent.tui.debrief_screen import DebriefScreen
from voice_agent.tui.key_bar import KeyBar, keys_of
from voice_agent.tui.look_ahead_screen import LookAheadScreen
from voice_agent.tui.palette import KeyCommands
from voice_agent.tui.rehearsal_screen import RehearsalScreen
from voice_agent.tui.state_bar import StateBar
from voice_agent.tui.transcript import Transcript

QUIET = Settings(check_ins=False, difficulty=2)
BLAME = "you always leave your dishes and you never listen"


def app(size: tuple[int, int] = (120, 40)) -> Callable[[Rehearsal], AbstractAsyncContextManager[Any]]:
    return lambda rehearsal: RehearsalApp(rehearsal).run_test(size=size)


def screen_of(pilot: Pilot[None]) -> RehearsalScreen:
    one = pilot.app
    assert isinstance(one, RehearsalApp)
    return one.screen_of_talk


def text_of(pilot: Pilot[None], part: type[Transcript] | type[CoachPanel] | type[StateBar]) -> str:
    found = screen_of(pilot).query_one(part)
    statics = [found] if isinstance(found, StateBar) else list(found.query(Static))
    return "\n".join(str(static.visual) for static in statics)


def is_panel_shown(pilot: Pilot[None]) -> bool:
    return screen_of(pilot).query_one(CoachPanel).display


async def settled(talk: Scene, states: int = 1) -> Pilot[None]:
    pilot: Pilot[None] = talk.shown
    await talk.until_state(TalkState.LISTENING, states)
    await pilot.pause()
    return pilot


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.01)


async def typed(pilot: Pilot[None], words: str) -> None:
    await pilot.press("t")
    screen_of(pilot).query_one(Input).value = words
    await pilot.press("enter", "escape")


async def test_a_whole_rehearsal_by_keys() -> None:
    guesses: dict[str, str] = {}
    async with scene(
        settings=Settings(difficulty=2),
        front=lambda rehearsal: RehearsalApp(rehearsal, keep_guess=guesses.__setitem__).run_test(size=(120, 40)),
    ) as talk:
        pilot: Pilot[None] = talk.shown
        await talk.until_event(CheckInDue)
        await pilot.pause()
        assert isinstance(pilot.app.screen, CheckInScreen)
        await pilot.press(*"lots", "enter")
        assert "that is no number" in str(pilot.app.screen.query_one("#slip", Static).visual)
        screen_input = pilot.app.screen.query_one(Input)
        screen_input.value = ""
        await pilot.press(*"40", "enter", *"fear 6", "enter")
        await settled(talk)
        assert talk.all(CheckInRecorded)[0].check_in is not None
        await typed(pilot, BLAME)
        await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        await pilot.pause()
        assert BLAME in text_of(pilot, Transcript)
        panel = text_of(pilot, CoachPanel)
        assert "weak" in panel
        assert "You could say:" in panel
        assert "Would help next:" in panel
        assert "Fear 6 of 10" in panel
        await pilot.press("e")
        await talk.until_event(CheckInDue, 2)
        await pilot.pause()
        await pilot.press("escape")
        await talk.until_event(SessionEnded)
        await pilot.pause()
        assert "The talk is over" in text_of(pilot, Transcript)
        page = pilot.app.screen
        assert isinstance(page, DebriefScreen)
        assert "You took 1 turn with Sam." in str(page.query_one("#lines", Static).visual)
        await pilot.press(*"being blamed", "enter", *"peace", "enter")
        await pilot.pause()
        assert talk.rehearsal.talk.scenario.partner.hidden_concern in str(page.query_one("#lines", Static).visual)
        assert guesses == {"fear": "being blamed", "want": "peace"}
        await pilot.press("escape")
        await pilot.pause()
        assert screen_of(pilot).is_current


async def test_retake_strikes_the_turn_through() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        await talk.until_event(PartnerSpoke, 2)
        await pilot.press("r")
        await talk.until_event(TurnWithdrawn)
        await pilot.pause()
        gone = screen_of(pilot).query("Transcript .gone")
        assert BLAME in str(gone.first(Static).visual)


async def test_in_gate_the_draft_and_its_ratings_stand_before_sending() -> None:
    async with scene(settings=Settings(check_ins=False, mode=Mode.GATE), front=app()) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        await talk.until_event(DraftRated)
        await talk.until_event(AdviceGiven)
        await pilot.pause()
        assert "Not sent yet" in text_of(pilot, StateBar)
        assert "You could say:" in text_of(pilot, CoachPanel)
        assert len(talk.all(PartnerSpoke)) == 1
        await pilot.press("a")
        await talk.until_event(TurnWithdrawn)
        await pilot.press("y")
        await talk.until_event(DraftRated, 2)
        assert talk.all(TurnHeard)[1].text == talk.all(AdviceGiven)[0].advice.words
        await pilot.press("s")
        await talk.until_event(PartnerSpoke, 2)


async def test_in_a_narrow_gate_the_panel_comes_with_the_draft_and_goes_with_it() -> None:
    async with scene(settings=Settings(check_ins=False, mode=Mode.GATE), front=app((80, 24))) as talk:
        pilot = await settled(talk)
        assert not is_panel_shown(pilot)
        await typed(pilot, BLAME)
        await talk.until_event(AdviceGiven)
        await pilot.pause()
        assert is_panel_shown(pilot)
        assert f"Not sent yet: {BLAME}" in text_of(pilot, CoachPanel)
        assert "You could say:" in text_of(pilot, CoachPanel)
        await pilot.press("s")
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        assert not is_panel_shown(pilot)
        assert "Not sent yet" not in text_of(pilot, CoachPanel)


async def test_a_skill_is_declared_with_one_key() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("3")
        assert (await talk.until_event(SkillDeclared)).skill is Skill.ASSERT
        await pilot.pause()
        assert "Next turn means to use Assert" in text_of(pilot, CoachPanel)
        await typed(pilot, BLAME)
        given = await talk.until_event(AdviceGiven)
        await pilot.pause()
        assert "You meant to use Assert" in text_of(pilot, CoachPanel)
        await pilot.press("n")
        declared = await talk.until_event(SkillDeclared, 2)
        assert declared.skill is talk.all(TurnRated)[0].reading.next_skill
        assert given.intent is not None


async def test_pause_mode_and_difficulty_have_keys() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("p")
        await talk.until_state(TalkState.PAUSED)
        await pilot.pause()
        assert "Paused" in text_of(pilot, StateBar)
        await pilot.press("p")
        await talk.until_state(TalkState.LISTENING, 2)
        await pilot.press("g", "plus", "k")
        await talk.until_event(SettingsChanged, 3)
        last = talk.all(SettingsChanged)[-1].settings
        assert (last.mode, last.difficulty) == (Mode.GATE, 3)


async def test_breathing_is_shown_second_by_second_and_left() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        for second in (1, 2):
            screen_of(pilot).show_event(BreathPaced(is_in=True, count=second, of=4, left_s=60 - second))
            await pilot.pause()
        assert "Breathe in ... 2 of 4   (58 seconds left)" in str(
            pilot.app.screen.query_one("#breath", Static).visual
        )
        screen_of(pilot).show_event(BreathPaced(is_in=False, count=0, of=0, left_s=0))
        await pilot.pause()
        assert pilot.app.screen is screen_of(pilot)


async def test_b_breathes_and_escape_goes_back_to_the_talk() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("b")
        await talk.until_state(TalkState.PAUSED)
        await pilot.pause()
        await pilot.press("escape" if isinstance(pilot.app.screen, BreatheScreen) else "p")
        await talk.until_state(TalkState.LISTENING, 2)


async def test_the_plan_is_rated_and_stays_in_view() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("l")
        await pilot.pause()
        pilot.app.screen.query_one("#note-describe", Input).value = "you always leave everything dirty"
        await pilot.press("escape")
        await talk.until_event(PlanMade, 2)
        await pilot.pause()
        assert "you always leave everything dirty (weak)" in text_of(pilot, CoachPanel)
        assert talk.rehearsal.talk.plan == {Skill.DESCRIBE: "you always leave everything dirty"}


async def test_a_coach_at_the_table_whispers_corrects_and_leads_the_partner(home: Path) -> None:
    partner = ScriptedPartner()
    async with scene(settings=QUIET, front=app(), partner=partner) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        await talk.until_event(PartnerSpoke, 2)
        await talk.until_state(TalkState.LISTENING, 2)
        await pilot.press("x")
        await pilot.pause()
        await pilot.press(*"breathe", "enter")
        await talk.until_event(CoachWhispered)
        await pilot.pause()
        assert "Whispered: breathe" in text_of(pilot, CoachPanel)
        assert "Whispered" not in text_of(pilot, Transcript)
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        await pilot.press("enter")
        corrected = await talk.until_event(RatingCorrected)
        assert (corrected.skill, corrected.level) == (Skill.DESCRIBE, Level.NONE)
        await pilot.press("x")
        await pilot.pause()
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause()
        await pilot.press("down", "enter")
        assert (await talk.until_event(NextMoveChosen)).move is Move.REFUSE
        await typed(pilot, "would you wash them tonight")
        await talk.until_event(PartnerSpoke, 3)
        assert [moment.wanted_move for moment in partner.moments] == [None, Move.REFUSE]
        await talk.until((home / "data" / "bank.jsonl").exists)
        assert BLAME in (home / "data" / "bank.jsonl").read_text()


async def test_undo_lets_a_turn_count_again() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        await talk.until_event(PartnerSpoke, 2)
        await pilot.press("r")
        await talk.until_event(TurnWithdrawn)
        await pilot.press("z")
        await talk.until_event(TurnRestored)
        await pilot.pause()
        assert not screen_of(pilot).query("Transcript .gone")
        assert "It counts again" in text_of(pilot, Transcript)


async def test_when_the_last_turn_was_typed_q_leaves() -> None:
    settings = Settings(check_ins=False, arm=Arm.SIMULATION_ONLY, mode_is_fixed=True, most_turns=1)
    async with scene(settings=settings, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("t", *"hello", "enter")
        await talk.until_event(SessionEnded)
        await until(pilot, lambda: not screen_of(pilot).query_one(Input).has_focus)
        await pilot.press("q")
        await until(pilot, lambda: not pilot.app.is_running)


async def test_in_the_simulation_only_arm_the_panel_stays_closed() -> None:
    async with scene(settings=Settings(check_ins=False, arm=Arm.SIMULATION_ONLY), front=app()) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        screen = screen_of(pilot)
        assert not screen.query_one(CoachPanel).display
        assert not {"Next skill", "Hear it", "Say it", "Words", "Plan", "Panel"} & {
            one.description for one in keys_of(screen)
        }
        await pilot.resize_terminal(80, 24)
        await pilot.press("f", "n")
        talk.send(DeclareNextSkill())
        refused = await talk.until_event(Fault)
        assert "no feedback" in refused.happened
        assert not screen.query_one(CoachPanel).display
        assert not talk.all(SkillDeclared)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids="{0[0]}x{0[1]}".format)
async def test_every_key_stands_in_the_footer_in_every_state(size: tuple[int, int]) -> None:
    async with scene(settings=QUIET, front=app(size)) as talk:
        pilot = await settled(talk)
        screen = screen_of(pilot)
        for state in TalkState:
            screen.show_event(StateChanged(state=state, turn=1))
            shown = str(screen.query_one(KeyBar).visual)
            for binding in keys_of(screen):
                if binding.show:
                    words = binding.group.description if binding.group is not None else binding.description
                    assert words in shown, state
            assert ("1-7 Skill" in shown) is (state is not TalkState.ENDED), "what can be done no more is not offered"
            assert ("Send" in shown) is (state is TalkState.DRAFT)


async def test_a_trial_fixes_the_mode_and_neither_shows_nor_offers_it() -> None:
    async with scene(settings=replace(QUIET, mode_is_fixed=True), front=app()) as talk:
        pilot = await settled(talk)
        assert "Flow/gate" not in {one.description for one in keys_of(screen_of(pilot))}
        assert "flow" not in str(screen_of(pilot).query_one("#head", Static).visual)
        await pilot.press("g")
        await pilot.pause()
        assert not talk.all(Fault)


async def test_a_question_that_comes_while_its_screen_is_made_is_shown() -> None:
    class Asked(CheckInScreen):
        def _post_mount(self) -> None:
            super()._post_mount()  # type: ignore[no-untyped-call]
            self.ask(CheckInAsked(question="How confident are you?"))

    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        pilot.app.push_screen(asked := Asked("Before the talk", talk.send))
        await pilot.pause()
        assert str(asked.query_one("#question", Static).visual) == "How confident are you?"


async def test_the_palette_does_whatever_has_a_key() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        offered = [hit.text async for hit in KeyCommands(screen_of(pilot)).discover()]
        assert {"Retake: your last turn did not happen", "Declare Negotiate", "Harder", "Theme"} <= set(offered)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert not any(one.display for one in pilot.app.screen.query("SearchIcon")), "no emoji"
        await pilot.press(*"harder")
        found = pilot.app.screen.query_one(OptionList)
        await until(pilot, lambda: found.option_count and "Harder" in str(found.get_option_at_index(0).prompt))
        await pilot.press("enter")
        assert (await talk.until_event(SettingsChanged)).settings.difficulty == 3


async def test_a_narrow_terminal_turns_the_panel_into_a_tab() -> None:
    async with scene(settings=QUIET, front=app((80, 24))) as talk:
        pilot = await settled(talk)
        screen = screen_of(pilot)
        assert not screen.query_one(CoachPanel).display
        await pilot.press("f")
        await pilot.pause()
        assert screen.query_one(CoachPanel).display
        assert not screen.query_one(Transcript).display
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert screen.query_one(CoachPanel).display
        assert screen.query_one(Transcript).display


async def test_the_panel_stands_still_while_the_learner_speaks() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await typed(pilot, BLAME)
        given = await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        await pilot.pause()
        screen, before = screen_of(pilot), text_of(pilot, CoachPanel)
        screen.show_event(StateChanged(state=TalkState.HEARING, turn=2))
        later = AdviceGiven(
            turn=1, advice=given.advice.__class__(skill=Skill.NEGOTIATE, reason="Later.", words="", source="x")
        )
        screen.show_event(later)
        await pilot.pause()
        assert text_of(pilot, CoachPanel) == before
        screen.show_event(StateChanged(state=TalkState.THINKING, turn=2))
        await pilot.pause()
        assert "Later." in text_of(pilot, CoachPanel)


@pytest.mark.parametrize(
    "hostile",
    [
        "[bold red]shout[/] [@click=app.exit]x[/]",
        "[/nonsense",
        "\\[x]" * 50,
        "\u65e5\u672c\u8a9e e\u0301 \U0001f469\u200d\U0001f4bb",
        "word" * 2500,
    ],
)
async def test_what_is_said_is_never_markup(hostile: str) -> None:
    partner = ScriptedPartner([hostile])
    async with scene(settings=QUIET, partner=partner, front=app(), speaks=False) as talk:
        pilot = await settled(talk)
        await typed(pilot, hostile[:200])
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        assert unicodedata.normalize("NFC", hostile)[:60] in text_of(pilot, Transcript)


async def test_the_meter_follows_the_level_without_touching_the_words() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        screen_of(pilot).show_event(LevelMeter(rms_dbfs=-20.0, peak_dbfs=-10.0))
        await pilot.pause()
        assert "\u2587" * 8 in text_of(pilot, StateBar)
        assert "stays on this machine" in text_of(pilot, StateBar)


async def test_leaving_ends_the_talk() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("q")
        await talk.until_event(SessionEnded)


async def test_a_check_in_can_be_answered_aloud() -> None:
    async with scene(settings=Settings(difficulty=2), front=app()) as talk:
        pilot: Pilot[None] = talk.shown
        await talk.until_event(CheckInDue)
        await pilot.pause()
        for said in ("sixty five", "um what", "about a seven mostly fear"):
            talk.rehearsal.heard_answer(said)
            await pilot.pause()
        recorded = await talk.until_event(CheckInRecorded)
        assert recorded.check_in is not None
        assert recorded.check_in.self_efficacy == 65
        assert recorded.check_in.feelings == {Feeling.FEAR: 7}


async def test_every_key_stands_in_the_help() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        pilot = await settled(talk)
        await pilot.press("question_mark")
        await pilot.pause()
        shown = str(pilot.app.screen.query_one("#lines", Static).visual)
        for words in ("Retake", "Say it", "Breathe", "Declare Negotiate", "Harder", "Theme"):
            assert words in shown
        await pilot.press("escape")


def candidates_of(pilot: Pilot[None]) -> OptionList:
    return pilot.app.screen.query_one(OptionList)


async def test_o_looks_ahead_and_a_number_says_the_words() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        await talk.until_state(TalkState.LISTENING)
        await talk.shown.pause()
        await talk.shown.press("o")
        found = (await talk.until_event(LookedAhead)).candidates
        await until_screen(talk.shown, LookAheadScreen)
        shown = "\n".join(str(candidates_of(talk.shown).get_option_at_index(n).prompt) for n in range(len(found)))
        for one in found:
            assert one.words in shown
            assert one.answer in shown
            assert one.movement in shown
        await talk.shown.press("2")
        assert (await talk.until_event(TurnHeard)).text == found[1].words
        await until_screen(talk.shown, RehearsalScreen)


async def test_what_is_typed_is_tried_first_and_a_candidate_can_be_edited() -> None:
    async with scene(settings=QUIET, front=app()) as talk:
        await talk.until_state(TalkState.LISTENING)
        await talk.shown.pause()
        await talk.shown.press("t")
        typed = screen_of(talk.shown).query_one("#typed", Input)
        typed.value = BLAME
        await talk.shown.press("ctrl+o")
        found = (await talk.until_event(LookedAhead)).candidates
        await until_screen(talk.shown, LookAheadScreen)
        assert found[0].words == BLAME
        await talk.shown.press("down", "e")
        await until_screen(talk.shown, RehearsalScreen)
        await talk.shown.pause()
        assert typed.value == found[1].words
        assert talk.shown.app.focused is typed
        assert not talk.all(TurnHeard)
        await talk.shown.press("enter")
        assert (await talk.until_event(TurnHeard)).text == found[1].words


async def test_escape_leaves_what_was_tried_and_nothing_was_said() -> None:
    async with scene(settings=QUIET, front=app((80, 24))) as talk:
        await talk.until_state(TalkState.LISTENING)
        await talk.shown.pause()
        await talk.shown.press("o")
        await until_screen(talk.shown, LookAheadScreen)
        await talk.shown.press("escape")
        await until_screen(talk.shown, RehearsalScreen)
        assert not talk.all(TurnHeard)


@pytest.mark.parametrize(
    "settings", [Settings(check_ins=False, difficulty=2, arm=Arm.SIMULATION_ONLY), Settings(difficulty=2)]
)
async def test_looking_ahead_is_offered_only_where_it_can_be(settings: Settings) -> None:
    """Not in the arm without feedback; not during a check-in."""
    async with scene(settings=settings, front=app()) as talk:
        await talk.until(lambda: talk.rehearsal.talk.state in (TalkState.LISTENING, TalkState.CHECK_IN))
        await talk.shown.pause()
        assert not screen_of(talk.shown).check_action("look_ahead", ())


async def until_screen(pilot: Pilot[None], kind: type[Screen[Any]]) -> None:
    """Until the screen is there with something of it in focus."""
    async with asyncio.timeout(20):
        while not isinstance(pilot.app.screen, kind) or pilot.app.focused is None:
            await pilot.pause()
