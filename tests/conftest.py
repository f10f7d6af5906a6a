"""Every test has a home of its own; blocking calls in the event loop and the network are failures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from pytest_socket import disable_socket

from tests.rig import sound_card  # noqa: F401 - a fixture


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("VOICE_AGENT_HOME", str(folder))
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


def pytest_runtest_setup() -> None:
    disable_socket(allow_unix_socket=True)
