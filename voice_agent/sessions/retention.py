"""How long sessions and the diary are kept: for ever, unless the user sets a number of days."""

from __future__ import annotations

from datetime import datetime, timedelta

from voice_agent.errors import UserError
from voice_agent.sessions.store import SessionStore
from voice_agent.sessions.summary import SessionSummary

KEEP_DAYS = "keep_days"
LONGEST_DAYS = 36_500
LEAP_DAYS = 60
"""When the clock stands further than this past the newest session it may be wrong, and nothing is deleted unasked."""


def keep_days(store: SessionStore) -> int | None:
    """None: for ever."""
    value = store.keepsakes.choice(KEEP_DAYS)
    return int(value) if value is not None and value.isdigit() else None


def set_keep_days(store: SessionStore, days: int | None) -> None:
    """Raises UserError when days is not from 1 to `LONGEST_DAYS`."""
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise UserError(f"{days} days", place="keep", cure=f"choose 1 to {LONGEST_DAYS}, or 'forever'")
    store.keepsakes.choose(KEEP_DAYS, None if days is None else str(days))


def overdue(store: SessionStore, now: datetime, *, days: int | None = None) -> list[SessionSummary]:
    """Sessions that began longer ago than they are to be kept, oldest first. days: instead of the user's setting."""
    days = keep_days(store) if days is None else days
    if days is None:
        return []
    before = now - timedelta(days=days)
    return [session for session in reversed(store.summaries()) if session.started < before]


def clock_leapt(store: SessionStore, now: datetime) -> bool:
    """Whether the clock may be wrong: far past everything that is stored."""
    newest = max((session.started for session in store.summaries()), default=now)
    return now - newest > timedelta(days=LEAP_DAYS)


def delete_overdue(store: SessionStore, now: datetime) -> list[SessionSummary]:
    """What the setting asks for, done unasked, the diary included; nothing after a leap of the clock.

    The sessions that were deleted; one that another program runs stays.
    """
    if keep_days(store) is None or clock_leapt(store, now):
        return []
    old = overdue(store, now)
    if old:
        gone = set(store.delete_all([session.id for session in old]).sessions)
        old = [session for session in old if session.id in gone]
    if entries := store.diary.ids(before=now - timedelta(days=keep_days(store) or LONGEST_DAYS)):
        store.delete_entries(entries)
    return old
