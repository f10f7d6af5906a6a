"""Stores to test: a file, and a database on a real server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sessions import postgres
from voice_agent.sessions.store import SessionStore


@pytest.fixture(scope="session")
def socket() -> Iterator[Path]:
    if (why := postgres.missing()) is not None:
        pytest.skip(f"no PostgreSQL: {why}")
    with postgres.server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new, empty store goes."""
    if request.param == "sqlite":
        return tmp_path / "sessions.db"
    return postgres.new_database(request.getfixturevalue("socket"), f"t{secrets.token_hex(6)}")


@pytest.fixture
def opened(place: Path | str) -> Iterator[Callable[[], SessionStore]]:
    """Opens the store, as often as wanted; all are closed at the end."""
    stores: list[SessionStore] = []

    def opener() -> SessionStore:
        stores.append(SessionStore(place))
        return stores[-1]

    yield opener
    for store in stores:
        store.close()


@pytest.fixture
def any_store(opened: Callable[[], SessionStore]) -> SessionStore:
    return opened()
