"""`voice-agent sessions browse`: all rehearsals in the app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from voice_agent.cli.stores import opened

if TYPE_CHECKING:
    from voice_agent.cli.wishes import Wishes
    from voice_agent.events import Stamped
    from voice_agent.sessions.store import SessionStore
    from voice_agent.sessions.summary import SessionSummary
    from voice_agent.tui.wishes import ResumeWish, Teller


def browse() -> int:
    """Look through your rehearsals in the app: what they came to, see them again, resume, delete."""
    import sys

    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.errors import UserError
    from voice_agent.tui.look_back_app import LookBackApp  # 0.2 s
    from voice_agent.tui.sessions_screen import SessionsScreen
    from voice_agent.tui.wishes import ResumeWish

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("this needs a terminal", place="browse", cure="use `voice-agent sessions list`")
    preferences = load_preferences()
    with opened() as store:
        wish = LookBackApp(SessionsScreen(StoreSource(store)), preferences).run()
    if not isinstance(wish, ResumeWish):
        return 0
    from voice_agent.cli.wishes import Wishes

    return resume_wish(wish, Wishes(screen=True).with_preferences(preferences))


def resume_wish(wish: ResumeWish, wishes: Wishes) -> int:
    """Go on with the session that was chosen; the exit code."""
    from voice_agent.cli.conduct import resume

    with opened(reads_only=True) as store:
        summary = store.find(wish.session)
    return resume(summary, wishes)


class StoreSource:
    """The store as the screens see it; see `SessionSource`."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    def summaries(self) -> list[SessionSummary]:
        return self._store.summaries()

    def events(self, session: str) -> list[Stamped]:
        return self._store.events(session)

    def guesses(self, session: str) -> dict[str, str]:
        return self._store.keepsakes.guesses(session)

    def keep_guess(self, session: str, about: str, words: str) -> None:
        self._store.keepsakes.keep_guess(session, about, words)

    def delete(self, session: str) -> str:
        deleted = self._store.delete(session)
        left = "".join(f" Left: {path} ({why})." for path, why in deleted.left)
        return f"Deleted, with {deleted.beside}.{left}"

    def teller(self, session: str) -> Teller | None:
        from voice_agent.catalog.chosen import chosen_pipeline
        from voice_agent.cli.telling import teller_of
        from voice_agent.errors import UserError

        try:
            return teller_of(chosen_pipeline(self._store.find(session).pipeline))
        except UserError:  # a pipeline that is no more tells nothing; the debrief does without
            return None

    def listener(self, session: str, stored: Sequence[Stamped]) -> Callable[[int], Awaitable[None]] | None:
        from voice_agent.cli.replay import listener

        return listener(stored, self._store.keepsakes.recordings(session))
