"""Getting ready for a talk behind the home screen: a process that ends with the screen."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voice_agent.catalog.preferences import Preferences
from voice_agent.cli import warming
from voice_agent.cli.home import HomeServices
from voice_agent.cli.warming import get_ready
from voice_agent.cli.wishes import Wishes

HEAVY = (
    *("numpy", "sqlalchemy", "onnxruntime", "yaml", "voice_agent.cli.conduct", "voice_agent.cli.study"),
    "voice_agent.registry",
)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[asyncio.subprocess.Process]]:
    """The processes that were begun; modules are loaded elsewhere."""
    found: list[asyncio.subprocess.Process] = []
    begin = asyncio.create_subprocess_exec

    async def noted(*arguments: str, **options: Any) -> asyncio.subprocess.Process:
        found.append(await begin(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    monkeypatch.setattr(warming, "MODULES", ())
    yield found
    assert all(one.returncode is not None for one in found), "nothing is left behind"


async def test_a_talk_is_prepared_with_its_pipeline(started: list[asyncio.subprocess.Process]) -> None:
    assert await get_ready("roommate-dishes", pipeline="offline", voice="espeak-us-man", mic="typed")
    assert not await get_ready("roommate-dishes", pipeline="of my own", voice="", mic="typed")


async def test_leaving_ends_it_at_once_and_leaves_no_thread(started: list[asyncio.subprocess.Process]) -> None:
    before = set(threading.enumerate())
    preparing = asyncio.create_task(get_ready("roommate-dishes", pipeline="", voice="", mic="typed"))
    await asyncio.sleep(0.2)
    preparing.cancel()
    await asyncio.gather(preparing, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0.2)
    assert not set(threading.enumerate()) - before


async def test_what_was_asked_for_goes_before_what_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []

    async def noted(scenario: str, **wishes: str) -> bool:
        told.append({"scenario": scenario, **wishes})
        return True

    monkeypatch.setattr("voice_agent.cli.home.get_ready", noted)
    services = await asyncio.to_thread(HomeServices, Wishes(pipeline="local"))
    await asyncio.to_thread(services.save_preferences, Preferences(pipeline="openai", voice="espeak-us-man"))
    await services.get_ready("boss-raise")
    assert told == [{"scenario": "boss-raise", "pipeline": "local", "voice": "espeak-us-man", "mic": ""}]


def test_the_home_screen_loads_no_engine_no_store_and_no_other_command(home: Path) -> None:
    HomeServices(Wishes())  # fills the cache of situations, as a first start does
    code = (
        "import sys\n"
        "from voice_agent.cli.home import HomeServices\n"
        "from voice_agent.cli.wishes import Wishes\n"
        "import voice_agent.cli.main, voice_agent.tui.home\n"
        "HomeServices(Wishes())\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]", ran.stderr
