"""When a skill is due again, and how strong it is by now.

Spaced practice keeps longer than massed (Cepeda et al. 2006, Psychological Bulletin 132). The boxes are Leitner's:
a skill that was strong in a rehearsal's first tries waits twice as long before it is due again, one that was not
waits a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from voice_agent.dearman import Skill
from voice_agent.sessions.digest import Digest
from voice_agent.sessions.summary import SessionSummary

FIRST_DAYS, LONGEST_DAYS = 1, 32
RECENT = 5
"""Sessions that tell how strong a skill is now."""


class SkillState(msgspec.Struct, frozen=True, kw_only=True):
    """One skill, from first tries in the learner's own words."""

    skill: Skill
    strong: int
    of: int
    """First tries in all sessions."""
    recent_strong: int
    recent_of: int
    last_strong_days: int | None
    """Days since a session in which it was strong; None: never."""
    interval_days: int
    """How long it waits before it is due again."""
    is_due: bool

    @property
    def weakness(self) -> float:
        """1 weakest, 0 strongest; drawn to the middle while there are few turns (Laplace's rule)."""
        return 1 - (self.recent_strong + 1) / (self.recent_of + 2)

    @property
    def sentence(self) -> str:
        return f"strong in {self.recent_strong} of the last {self.recent_of} turns, {self._last}"

    @property
    def short(self) -> str:
        """The same for a table of skills that tells how often each was strong."""
        return f"{self.recent_strong} of the last {self.recent_of}, {self._last}"

    @property
    def _last(self) -> str:
        return "never yet" if self.last_strong_days is None else f"last {days_ago(self.last_strong_days)}"


def skill_states(practised: Sequence[tuple[SessionSummary, Digest]], now: datetime) -> tuple[SkillState, ...]:
    """practised: oldest first. Weakest first, the order of DEAR MAN where they are level."""
    rated = [(session, digest) for session, digest in practised if digest.first]
    recent = [digest for _, digest in rated[-RECENT:]]
    of, recent_of = sum(digest.first for _, digest in rated), sum(digest.first for digest in recent)
    columns = list(zip(*(digest.first_strong for _, digest in rated), strict=True)) or [()] * len(Skill)
    last = rated[-1][0].started if rated else now
    found = []
    for skill, column in zip(Skill, columns, strict=True):
        interval, last_strong = _boxed(column)
        waited = max(0.0, (now - last).total_seconds() / 86_400)
        found.append(
            SkillState(
                skill=skill,
                strong=sum(column),
                of=of,
                recent_strong=sum(column[-RECENT:]),
                recent_of=recent_of,
                last_strong_days=None if last_strong is None else max(0, (now - rated[last_strong][0].started).days),
                interval_days=interval,
                is_due=not rated or waited >= interval,
            )
        )
    return tuple(sorted(found, key=lambda state: -state.weakness))


def _boxed(column: Sequence[int]) -> tuple[int, int | None]:
    """The interval after all sessions, and the place of the last one in which it was strong."""
    last = next((place for place in range(len(column) - 1, -1, -1) if column[place]), None)
    run = 0
    while run < len(column) and column[-1 - run]:
        run += 1
    return min(LONGEST_DAYS, FIRST_DAYS * 2 ** min(run, LONGEST_DAYS)), last


def days_ago(days: int) -> str:
    """In words."""
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
