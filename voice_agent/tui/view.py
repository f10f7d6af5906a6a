"""What the side panel shows, folded from events: plain values that widgets render."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from voice_agent.advice import Advice, Intent
from voice_agent.conversation import Move, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import (
    AdviceArriving,
    AdviceGiven,
    CheckInRecorded,
    CheckInTime,
    CoachWhispered,
    DraftRated,
    DraftSent,
    Event,
    NextMoveChosen,
    PlanMade,
    ProsodyMeasured,
    RatingCorrected,
    SkillDeclared,
    StanceChanged,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnWithdrawn,
)

FEEDBACK = (AdviceArriving, AdviceGiven, DraftRated, ProsodyMeasured, TurnRated)
"""Events that change the panel; while the learner speaks they wait."""


@dataclass(slots=True)
class CoachView:
    """The panel's content."""

    reading: Reading | None = None
    before: Reading | None = None
    """Of the turn before, for the change."""
    rated_turn: int = 0
    said: str = ""
    """The last turn in words."""
    is_draft: bool = False
    """It was not sent yet."""
    advice: Advice | None = None
    intent: Intent | None = None
    notes: tuple[str, ...] = ()
    declared: Skill | None = None
    stance: Stance | None = None
    plan: dict[Skill, str] = field(default_factory=dict)
    plan_levels: dict[Skill, Level] = field(default_factory=dict)
    whispers: tuple[str, ...] = ()
    """Hints of a coach at the table, for this turn and the one before."""
    next_move: Move | None = None
    first_check_in: CheckIn | None = None
    last_check_in: CheckIn | None = None
    _waiting: list[Event] = field(default_factory=list)

    def hold(self, event: Event) -> None:
        """Keep a change for when the learner has stopped speaking."""
        self._waiting.append(event)

    def release(self) -> bool:
        """Apply what was kept; whether there was anything."""
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self.apply(event)
        return bool(waiting)

    def apply(self, event: Event) -> bool:
        """Whether the panel changes."""
        match event:
            case DraftRated() | TurnRated():
                if event.turn != self.rated_turn:
                    self.before, self.rated_turn = self.reading, event.turn
                self.reading, self.is_draft = event.reading, isinstance(event, DraftRated)
            case AdviceArriving() | AdviceGiven():
                self.advice = event.advice
                self.intent = event.intent if isinstance(event, AdviceGiven) else None
            case ProsodyMeasured():
                self.notes = tuple(note.sentence for note in event.notes)
            case SkillDeclared():
                self.declared = event.skill
            case DraftSent():
                self.is_draft = False
            case TurnHeard():
                self.said, self.is_draft = event.text, False
                self.declared, self.intent, self.notes = None, None, ()
                self.whispers, self.next_move = (), None
            case PlanMade():
                self.plan, self.plan_levels = dict(event.notes), dict(event.levels)
            case CoachWhispered():
                self.whispers = (*self.whispers, event.text)
            case NextMoveChosen():
                self.next_move = event.move
            case RatingCorrected():
                if self.reading is None or event.turn != self.rated_turn:
                    return False
                levels = {skill: self.reading.ratings.level(skill) for skill in Skill} | {event.skill: event.level}
                self.reading = msgspec.structs.replace(self.reading, ratings=Ratings.from_levels(levels))
            case TurnRestored():
                self.stance = event.stance
            case StanceChanged():
                self.stance = event.after
            case TurnWithdrawn():
                self.stance, self.is_draft = event.stance, False
            case CheckInRecorded():
                if event.check_in is None:
                    return False
                if event.when is CheckInTime.START:
                    self.first_check_in = event.check_in
                self.last_check_in = event.check_in
            case _:
                return False
        return True


BARS = {Level.NONE: "\u00b7 \u00b7", Level.WEAK: "\u2580 \u00b7", Level.STRONG: "\u2580 \u2580"}


def level_line(skill: Skill, reading: Reading | None, before: Reading | None) -> tuple[str, str, str]:
    """Bar, level in words, and the change since the turn before in words."""
    if reading is None:
        return BARS[Level.NONE], "", ""
    level = reading.ratings.level(skill)
    change = ""
    if before is not None:
        moved = int(level) - int(before.ratings.level(skill))
        change = "up" if moved > 0 else "down" if moved < 0 else ""
    return BARS[level], level.word, change


def feelings_lines(view: CoachView) -> list[str]:
    """Each feeling with its change since the start."""
    now, first = view.last_check_in, view.first_check_in
    if now is None:
        return []
    lines = []
    if now.self_efficacy is not None:
        before = first.self_efficacy if first is not None else None
        lines.append(f"Confidence {now.self_efficacy} of 100{_moved(now.self_efficacy, before)}")
    for feeling, value in now.feelings.items():
        before = first.feelings.get(feeling) if first is not None and first is not now else None
        lines.append(f"{feeling.value.capitalize()} {value} of 10{_moved(value, before)}")
    return lines


def _moved(value: int, before: int | None) -> str:
    if before is None or before == value:
        return ""
    return f" (was {before})"


def stance_line(stance: Stance | None) -> str:
    """The partner's resistance as a quiet gauge, in words."""
    if stance is None:
        return ""
    filled = round(stance.resistance)
    gauge = "\u2588" * filled + "\u2591" * (10 - filled)
    words = dict.fromkeys((stance.band.value, stance.emotion.value))
    return f"{gauge} {', '.join(words)}"
