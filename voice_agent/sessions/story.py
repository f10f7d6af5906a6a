"""A session told back: every take, withdrawn ones included, with all that was said about it.

`Talk` (rehearsal) holds what is needed to go on; a `Story` holds what is needed to look back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from voice_agent.advice import Advice, Intent
from voice_agent.care import CrisisKind
from voice_agent.conversation import Move, Reading, Stance
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.errors import UserError
from voice_agent.events import (
    AdviceGiven,
    CheckInRecorded,
    CheckInTime,
    CrisisNoticed,
    DistressNoticed,
    DraftRated,
    Event,
    PartnerSpoke,
    PlanMade,
    ProsodyMeasured,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    Stamped,
    StanceChanged,
    TurnHeard,
    TurnRated,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.prosody import Prosody, ProsodyNote
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings


@dataclass(slots=True)
class Take:
    """One turn of the learner, and what became of it."""

    turn: int
    seq: int
    """Place of its `TurnHeard` in the session."""
    at_s: float
    """Seconds since the program of that run began, when its words were final."""
    said: str
    difficulty: int
    typed: bool = True
    declared: Skill | None = None
    retake_of: int | None = None
    """The take that this one replaces."""
    suggested: bool = False
    """The words are the coach's own, said for the learner or repeated."""
    reading: Reading | None = None
    advice: Advice | None = None
    intent: Intent | None = None
    prosody: Prosody | None = None
    notes: tuple[ProsodyNote, ...] = ()
    before: Stance | None = None
    after: Stance | None = None
    why: tuple[str, ...] = ()
    """What moved the partner, largest first: `describe strong -0.4`."""
    answer: str = ""
    """What the learner heard of the partner's answer."""
    move: Move | None = None
    answered: bool = False
    withdrawn: Withdrawal | None = None
    distress: str = ""
    """The learner's words that sounded hard for them, if any did."""

    @property
    def counts(self) -> bool:
        """Whether it stands: said, answered, and not taken back."""
        return bool(self.said) and self.answered and self.withdrawn is None

    @property
    def is_rated(self) -> bool:
        return self.reading is not None and bool(self.said)

    def level(self, skill: Skill) -> Level:
        """NONE where it was not rated."""
        return self.reading.ratings.level(skill) if self.reading is not None else Level.NONE

    @property
    def strength(self) -> int:
        """See `Ratings.strength`; -4 where it was not rated."""
        return self.reading.ratings.strength if self.reading is not None else -4


@dataclass(slots=True)
class Story:
    """A whole session. Made by `story_of`."""

    session: str
    started: SessionStarted
    began: datetime
    settings: Settings
    """As they were at the end."""
    opening: str = ""
    """The partner's first line, as heard."""
    takes: list[Take] = field(default_factory=list)
    check_ins: list[tuple[CheckInTime, CheckIn]] = field(default_factory=list)
    """Those that were answered."""
    plan: dict[Skill, str] = field(default_factory=dict)
    """The learner's notes for what to say, as they were last."""
    crisis: CrisisKind | None = None
    ended: SessionEnded | None = None
    length_s: float = 0.0
    """Time in which the program ran, breaks between runs left out."""
    runs: int = 1

    @property
    def scenario(self) -> Scenario:
        return self.started.scenario

    @property
    def counted(self) -> list[Take]:
        """The talk as it stands: rated turns that the partner heard and that were not taken back."""
        return [take for take in self.takes if take.counts and take.is_rated]

    @property
    def first_takes(self) -> list[Take]:
        """Rated first tries in the learner's own words: what they can do without a second chance.

        A turn that the learner went on from is no try of its own: the next one holds its words too.
        """
        return [
            take
            for take in self.takes
            if take.is_rated
            and take.retake_of is None
            and not take.suggested
            and take.withdrawn is not Withdrawal.WENT_ON
        ]

    def check_in(self, when: CheckInTime) -> CheckIn | None:
        """The last one of its kind."""
        return next((check_in for at, check_in in reversed(self.check_ins) if at is when), None)

    def take(self, turn: int) -> Take | None:
        return next((take for take in self.takes if take.turn == turn), None)

    def chains(self) -> list[list[Take]]:
        """Takes of the same moment, first to last; only where there are several."""
        last: dict[int, list[Take]] = {}
        for take in self.takes:
            if not take.is_rated or take.withdrawn is Withdrawal.WENT_ON:
                continue
            chain = last.pop(take.retake_of, []) if take.retake_of is not None else []
            last[take.turn] = [*chain, take]
        return [chain for chain in last.values() if len(chain) > 1]


def story_of(stored: Sequence[Stamped]) -> Story:
    """Raises UserError when the events don't begin a session."""
    if not stored or not isinstance(stored[0].event, SessionStarted):
        raise UserError("the session holds no beginning", cure="delete it with `voice-agent sessions delete`")
    first = stored[0]
    assert isinstance(first.event, SessionStarted)
    story = Story(session=first.session, started=first.event, began=first.wall, settings=first.event.settings)
    folding = _Folding(story)
    reached_s = 0.0
    for stamped in stored[1:]:
        if isinstance(stamped.event, SessionResumed):
            story.length_s, reached_s = story.length_s + reached_s, 0.0
            story.runs += 1
        reached_s = max(reached_s, stamped.at_s)
        folding.apply(stamped, stamped.event)
    story.length_s += reached_s
    return story


class _Folding:
    def __init__(self, story: Story) -> None:
        self._story = story
        self._takes: dict[int, Take] = {}
        self._words: set[str] = set()
        """What the coach has suggested so far."""
        self._replaces: int | None = None

    def apply(self, stamped: Stamped, event: Event) -> None:
        story = self._story
        match event:
            case TurnHeard():
                self._heard(stamped, event)
            case DraftRated() | TurnRated():
                if (take := self._takes.get(event.turn)) is not None:
                    take.reading = event.reading
            case AdviceGiven():
                if event.advice.words:
                    self._words.add(_bare(event.advice.words))
                if (take := self._takes.get(event.turn)) is not None:
                    take.advice, take.intent = event.advice, event.intent
            case ProsodyMeasured():
                if (take := self._takes.get(event.turn)) is not None:
                    take.prosody, take.notes = event.prosody, event.notes
            case StanceChanged():
                if (take := self._takes.get(event.turn)) is not None:
                    take.before, take.after, take.why = event.before, event.after, event.why
            case PartnerSpoke():
                if (take := self._takes.get(event.turn)) is not None:
                    take.answer, take.move, take.answered = event.text, event.move, True
                elif event.turn == 0:
                    story.opening = event.text
            case TurnWithdrawn():
                if (take := self._takes.get(event.turn)) is not None:
                    take.withdrawn = event.why
                if event.why is not Withdrawal.WENT_ON:
                    self._replaces = event.turn
            case DistressNoticed():
                if (take := self._takes.get(event.turn)) is not None:
                    take.distress = event.words
            case CrisisNoticed():
                story.crisis = event.crisis
            case CheckInRecorded() if event.check_in is not None:
                story.check_ins.append((event.when, event.check_in))
            case PlanMade():
                story.plan = dict(event.notes)
            case SettingsChanged():
                story.settings = event.settings
            case SessionEnded():
                story.ended = event
            case _:
                pass

    def _heard(self, stamped: Stamped, event: TurnHeard) -> None:
        replaced = event.retake_of if event.retake_of is not None else self._replaces
        take = Take(
            turn=event.turn,
            seq=stamped.seq,
            at_s=stamped.at_s,
            said=event.text,
            difficulty=self._story.settings.difficulty,
            typed=event.audio is None,
            declared=event.declared,
            retake_of=replaced,
            suggested=_bare(event.text) in self._words,
        )
        self._replaces = None
        self._takes[event.turn] = take
        self._story.takes.append(take)


def _bare(words: str) -> str:
    """Words alone, for comparing what was said with what was suggested."""
    return " ".join(re.findall(r"[\w']+", words.lower()))


def strong_in(takes: Iterable[Take], skill: Skill) -> int:
    """In how many takes a skill was strong."""
    return sum(take.level(skill) is Level.STRONG for take in takes)
