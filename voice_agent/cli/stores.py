"""The user's store, opened for one command and closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_agent.sessions.store import SessionStore


@contextmanager
def opened(*, reads_only: bool = False) -> Iterator[SessionStore]:
    """reads_only: a store on a read-only disk will do. Raises UserError."""
    from voice_agent.sessions.store import open_store  # sqlalchemy, 0.2 s

    store = open_store(reads_only=reads_only)
    try:
        yield store
    finally:
        store.close()
