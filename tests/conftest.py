"""Every test has a home of its own; blocking calls in the event loop and the network are failures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from filelock import FileLock
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tests.rig import sound_card  # noqa: F401 - a fixture
from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.folders import cache_folder, private
from voice_agent.speech.language_model import adapted_model
from voice_agent.speech.pocketsphinx_recognizer import PocketsphinxOptions

KEPT = ("VOICE_AGENT_SPEECH", "VOICE_AGENT_KEEP_SNAPSHOTS")
"""What whoever runs the tests may set."""


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Path]]:
    """(file, its place in a cache): the shipped situations, parsed, and the language model of one of them.

    Made once for all tests, since they cost 10 s of processor time.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with FileLock(folder / "cache.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICE_AGENT_HOME", str(folder / "warm"))
        for name in scenario_files():
            load_scenario(name)
        adapted_model(load_scenario("roommate-dishes"), weight=PocketsphinxOptions().weight)
        whole = cache_folder()
        return [(file, file.relative_to(whole)) for file in whole.rglob("*") if file.is_file()]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, warm_cache: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    for name in [name for name in os.environ if name.startswith("VOICE_AGENT_") and name not in KEPT]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOICE_AGENT_HOME", str(folder))
    for file, place in warm_cache:
        (private((cache_folder() / place).parent) / place.name).hardlink_to(file)
    return folder


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """A blocking call of the program inside a running event loop raises."""
    detector = BlockBuster(scanned_modules=["voice_agent"])
    # Imports read files; engines are imported where they are used, some of them on the loop, once.
    for name in ("os.stat", "io.BufferedReader.read", "io.TextIOWrapper.read"):
        detector.functions.pop(name, None)
    detector.activate()
    yield
    detector.deactivate()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No test reaches the net; those marked `loopback` reach servers that they run themselves."""
    if item.get_closest_marker("loopback"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)
