"""What looking back leads to, and where past rehearsals come from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice_agent.dearman import Skill

if TYPE_CHECKING:
    from voice_agent.events import Stamped
    from voice_agent.review.debrief import Debrief
    from voice_agent.sessions.story import Story
    from voice_agent.sessions.summary import SessionSummary


@dataclass(frozen=True, slots=True)
class Teller:
    """A language model that can write the narrative of a debrief."""

    name: str
    host: str | None
    """Where the words go; None when they stay on this machine."""
    tell: Callable[[Debrief, Story], Awaitable[Debrief]]
    """Raises EngineError when there is no narrative that can be shown."""


@dataclass(frozen=True, slots=True)
class PracticeWish:
    """The learner chose this."""

    scenario: str
    difficulty: int
    skill: Skill | None
    """Worth declaring; None where no skill stands out."""


class SessionSource(Protocol):
    """Where sessions come from. Blocking: called on a thread. All raise UserError."""

    def summaries(self) -> list[SessionSummary]:
        """Newest first."""
        ...

    def events(self, session: str) -> list[Stamped]: ...

    def guesses(self, session: str) -> dict[str, str]: ...

    def keep_guess(self, session: str, about: str, words: str) -> None: ...

    def delete(self, session: str) -> str:
        """What was deleted, and what was left, in a sentence."""
        ...

    def listener(self, session: str, stored: Sequence[Stamped]) -> Callable[[int], Awaitable[None]] | None:
        """Plays a turn's sound; None where none was kept."""
        ...

    def teller(self, session: str) -> Teller | None:
        """Of the session's pipeline; None where it has no language model."""
        ...


@dataclass(frozen=True, slots=True)
class ResumeWish:
    """The learner wants to go on with this one."""

    session: str


@dataclass(frozen=True, slots=True)
class AroundWish:
    """Not a rehearsal, but what goes before or after the real talk."""

    command: str
    """`prepare` or `after`."""
    scenario: str
