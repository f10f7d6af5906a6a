"""What the home screen needs from outside: files, devices, sessions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import msgspec

from voice_agent.catalog.preferences import Preferences, load_preferences, save_preferences
from voice_agent.catalog.profile import load_profile, save_profile
from voice_agent.catalog.scenarios import read_scenario, scenario_files
from voice_agent.cli.warming import get_ready
from voice_agent.cli.wishes import Wishes
from voice_agent.errors import EngineError, UserError
from voice_agent.folders import DATABASE, STORE_VARIABLE, data_folder
from voice_agent.rehearsal.sound_findings import Found, Step
from voice_agent.scenario import Scenario
from voice_agent.sessions.recent import recent_scenarios

if TYPE_CHECKING:
    from voice_agent.audio.protocols import Microphone, Speaker
    from voice_agent.review.progress import Progress
    from voice_agent.sessions.store import SessionStore
    from voice_agent.tui.wishes import AroundWish, PracticeWish, ResumeWish, SessionSource


class HomeServices:
    """See `tui.home.Services`."""

    def __init__(self, asked: Wishes | None = None) -> None:
        """asked: on the command line. Raises UserError when a file of the user is broken."""
        self._asked = asked or Wishes()
        self._preferences = load_preferences()
        self._recent = practised()
        self._store: SessionStore | None = None
        self.first_scenarios = self.scenarios()
        profile = load_profile()
        self.is_first_time = not profile.was_welcomed and profile.baseline is None

    def scenarios(self) -> Sequence[Scenario]:
        return [read_scenario(file) for file in scenario_files().values()]

    def recent(self) -> Sequence[str]:
        return self._recent

    def preferences(self) -> Preferences:
        return self._preferences

    def save_preferences(self, preferences: Preferences) -> None:
        save_preferences(preferences)
        self._preferences = preferences

    def choices(self, setting: str) -> Sequence[str]:
        if setting == "pipeline":
            from voice_agent.catalog.pipelines import pipeline_files

            return list(pipeline_files())
        if setting == "voice":
            from voice_agent.catalog.voices import all_voices

            return [voice.id for voice in all_voices()]
        from voice_agent.audio.devices import sound_devices

        with suppress(EngineError, UserError):
            found = sound_devices()
            return [one.name for one in found if (one.inputs if setting == "microphone" else one.outputs)]
        return []

    async def get_ready(self, scenario: str) -> bool:
        wishes = self._asked.with_preferences(self._preferences)
        return await get_ready(
            scenario,
            pipeline=wishes.pipeline or self._preferences.pipeline,
            voice=wishes.voice or "",
            mic=wishes.mic or "",
        )

    def save_scenario(self, scenario: dict[str, Any]) -> str:
        from voice_agent.catalog.own_scenarios import keep_scenario  # YAML, 25 ms

        return str(keep_scenario(scenario))

    def sessions(self) -> SessionSource:
        from voice_agent.cli.browse_sessions import StoreSource
        from voice_agent.sessions.store import open_store  # SQLAlchemy, 0.1 s

        self._store = self._store or open_store()
        return StoreSource(self._store)

    def progress(self) -> Progress:
        from voice_agent.cli.progress import read_progress

        return read_progress()

    def close(self) -> None:
        """Leave the store to the talk that follows."""
        if self._store is not None:
            self._store.close()

    def welcomed(self) -> None:
        self.is_first_time = False
        save_profile(msgspec.structs.replace(load_profile(), was_welcomed=True))

    async def sound_check(self) -> AsyncGenerator[Step | Found, None]:
        """Opens the devices of the preferences, and closes them again."""
        async for one in check_sound(self._preferences.microphone or None, self._preferences.speaker or None):
            yield one


async def check_sound(mic: str | None, speaker_name: str | None) -> AsyncGenerator[Step | Found, None]:
    """The sound check with these devices; one that is missing is told, not raised, unless it was named."""
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.cli.sound import EchoPath, make_speaker, open_microphone
    from voice_agent.clock import SystemClock
    from voice_agent.pipeline.stages import open_engines
    from voice_agent.rehearsal.sound_check import sound_check
    from voice_agent.worker import WorkCounter

    clock = SystemClock()
    microphone: Microphone | None = None
    speaker: Speaker | None = None
    echo: EchoPath | None = None
    with suppress(EngineError):  # the check then tells that there is none
        echo = await asyncio.to_thread(EchoPath)
    try:
        microphone = open_microphone(mic, clock)
    except (UserError, EngineError):
        if mic is not None:
            raise
    try:
        if (made := make_speaker(speaker_name, clock, tap=echo.tap if echo is not None else None)) is not None:
            await made.open()
            speaker = made
            if echo is not None:
                echo.speaker(made)
                microphone = echo.microphone(microphone) if microphone is not None else None
    except (UserError, EngineError):
        if speaker_name is not None:
            raise
    plan = chosen_pipeline(load_preferences().pipeline or None)
    first = read_scenario(next(iter(scenario_files().values())))
    engines = await asyncio.to_thread(open_engines, plan, first, counter=WorkCounter(), speaks=False)
    try:
        async for one in sound_check(microphone, speaker, engines):
            yield one
    finally:
        await engines.close()
        if speaker is not None:
            await speaker.close()


def choose_at_home(asked: Wishes) -> str | PracticeWish | ResumeWish | AroundWish | None:
    """The home screen; the chosen situation's id, what looking back led to, a wish for before or after the real talk,
    or None.
    """
    from voice_agent.tui.home import HomeApp  # 0.2 s

    services = HomeServices(asked)
    try:
        return HomeApp(services).run()
    finally:
        services.close()


def practised() -> list[str]:
    """Ids of situations, the one of the newest rehearsal first."""
    if os.environ.get(STORE_VARIABLE, "").strip():
        from voice_agent.sessions.store import open_store  # SQLAlchemy, 0.2 s

        with closing(open_store(reads_only=True)) as store:
            return list(dict.fromkeys(one.scenario for one in store.summaries()))
    return recent_scenarios(data_folder() / DATABASE)
