"""The app while somebody talks: what is heard, what breaks, and what stands still."""

from __future__ import annotations

import asyncio

from tests.fakes.engines import FakeRecognizer, ScriptedPartner
from tests.rehearsal.test_turns import Spoken
from tests.scenes import Scene, scene
from tests.tui.test_rehearsal_screen import app, screen_of, settled, text_of, typed, until
from voice_agent.audio.protocols import Int16Array
from voice_agent.events import (
    AdviceGiven,
    Fault,
    LevelMeter,
    PartialTranscript,
    PartnerSentence,
    PartnerSpoke,
    TalkState,
    TurnHeard,
)
from voice_agent.settings import Settings
from voice_agent.tui.coach_panel import CoachPanel
from voice_agent.tui.devices_screen import DevicesScreen
from voice_agent.tui.rehearsal_screen import RehearsalScreen
from voice_agent.tui.state_bar import StateBar
from voice_agent.tui.transcript import Transcript

QUIET = Settings(check_ins=False, difficulty=2, silence_s=0)
"""Nobody is nudged: virtual time runs while the screen is drawn."""
SAID = "on monday your dishes were in the sink"


class Dictation(FakeRecognizer):
    """Shows the first word while it listens."""

    def feed(self, samples: Int16Array) -> str | None:
        return self._now.split(" ")[0] if self._now else None


async def hearing(talk: Scene, spoken: Spoken, seconds: float) -> None:
    spoken.plan(seconds)
    await until(talk.shown, lambda: TalkState.HEARING in talk.states())


async def test_a_turn_is_spoken_shown_word_by_word_rated_and_answered() -> None:
    spoken = Spoken()
    async with scene(settings=QUIET, front=app(), microphone=spoken, recognizer=Dictation([SAID])) as talk:
        pilot = await settled(talk)
        focused = pilot.app.focused
        await hearing(talk, spoken, 1.2)
        await talk.until_event(PartialTranscript)
        await pilot.pause()
        assert text_of(pilot, StateBar).startswith("Hearing you")
        assert "You: on ..." in text_of(pilot, Transcript)
        await until(pilot, lambda: talk.all(AdviceGiven))
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        assert f"You: {SAID}" in text_of(pilot, Transcript)
        assert "You: on ..." not in text_of(pilot, Transcript)
        assert "Would help next" in text_of(pilot, CoachPanel)
        assert pilot.app.focused is focused, "feedback takes no focus"


async def test_a_pause_in_the_middle_of_speech_drops_it_and_the_next_turn_is_whole() -> None:
    spoken = Spoken()
    async with scene(settings=QUIET, front=app(), microphone=spoken, recognizer=Dictation([SAID, SAID])) as talk:
        pilot = await settled(talk)
        await hearing(talk, spoken, 30.0)
        await pilot.press("p")
        await talk.until_state(TalkState.PAUSED)
        await pilot.pause()
        assert "You: on" not in text_of(pilot, Transcript)
        assert spoken.mic is not None
        spoken.mic._blocks.clear()
        await pilot.press("p")
        await talk.until_state(TalkState.LISTENING, 2)
        spoken.plan(-0.5, 1.0)
        await talk.until_event(PartnerSpoke, 2)
        assert [heard.text for heard in talk.all(TurnHeard)] == [SAID]


async def test_resizing_while_somebody_talks_loses_nothing() -> None:
    spoken = Spoken()
    async with scene(settings=QUIET, front=app(), microphone=spoken, recognizer=Dictation([SAID])) as talk:
        pilot = await settled(talk)
        await hearing(talk, spoken, 3.0)
        for size in ((80, 24), (200, 50), (40, 12), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        assert f"You: {SAID}" in text_of(pilot, Transcript)
        assert screen_of(pilot).query_one(CoachPanel).display
        assert pilot.app.focused is screen_of(pilot).query_one(Transcript)


async def test_a_lost_microphone_is_told_with_its_cure_and_another_is_chosen() -> None:
    spoken = Spoken()
    async with scene(settings=QUIET, front=app(), microphone=spoken) as talk:
        pilot = await settled(talk)
        assert spoken.mic is not None
        spoken.mic.lose()
        await talk.until_state(TalkState.PAUSED)
        await pilot.pause()
        assert "Planned is gone" in text_of(pilot, Transcript)
        assert "Choose another microphone" in text_of(pilot, Transcript)
        assert text_of(pilot, StateBar).startswith("Paused")
        await typed(pilot, SAID)
        await talk.until_event(PartnerSpoke, 2)
        another = Spoken()
        talk.rehearsal.devices.microphone = lambda device: another(talk.clock)  # type: ignore[method-assign]
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, DevicesScreen) and pilot.app.screen._choices)
        await pilot.press("down", "enter")
        await until(pilot, lambda: another.mic is not None)
        await talk.until_state(TalkState.LISTENING, 2)
        another.plan(-0.5, 1.0)
        await until(talk.shown, lambda: TalkState.HEARING in talk.states())


async def test_a_lost_server_is_told_and_the_talk_goes_on_in_the_same_role() -> None:
    stand_in = ScriptedPartner(["Hey.", "Not now."])
    lost = ScriptedPartner(fails=True)
    async with scene(settings=QUIET, front=app(), partner=lost, stand_in_partner=stand_in) as talk:
        pilot = await settled(talk)
        await typed(pilot, SAID)
        fault = await talk.until_event(Fault)
        await talk.until_event(PartnerSpoke, 2)
        await pilot.pause()
        assert "The server said 500" in fault.line
        shown = text_of(pilot, Transcript)
        assert fault.line in shown
        assert talk.all(PartnerSentence)[-1].text in shown
        assert text_of(pilot, StateBar).startswith("Listening")
        assert stand_in.moments[-1].said == SAID


async def test_what_still_comes_while_the_app_is_taken_down_ends_nothing() -> None:
    over = asyncio.Event()
    halves = 0

    async def more(screen: RehearsalScreen) -> None:
        nonlocal halves
        while not over.is_set():
            halves += bool(screen.query(Transcript)) and not screen.query(StateBar)
            screen.show_event(LevelMeter(rms_dbfs=-20.0, peak_dbfs=-12.0))
            await asyncio.sleep(0)

    async with scene(settings=QUIET, front=app()) as talk:
        coming = asyncio.create_task(more(screen_of(await settled(talk))))
    over.set()
    await coming
    assert halves, "the parts of a screen go one by one"
