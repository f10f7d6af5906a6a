"""A report of one session: what was recorded, with the debrief; whole for the learner, or only what they share."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from voice_agent.dearman import Level, Skill
from voice_agent.review.debrief import Debrief, debrief_of
from voice_agent.review.replay import answers
from voice_agent.review.thoughts import change_in_words
from voice_agent.sessions.keepsakes import CHECK_INS
from voice_agent.sessions.story import Story, Take


class ReportTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A take and its answer."""

    turn: int
    said: str
    levels: dict[Skill, Level]
    """Empty where it was not rated, or ratings are not shown."""
    declared: Skill | None
    advice: str
    words: str
    answer: str
    partner: str
    """What it did to the partner, in words; empty where nothing is known."""
    note: str
    """`taken back`, `retake of turn 3`, `typed`; empty for a plain turn."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report shows."""

    debrief: Debrief
    summary: str
    relationship: str
    began: datetime
    opening: str
    turns: tuple[ReportTurn, ...]
    check_ins: tuple[str, ...]
    guesses: dict[str, str]
    is_shared_part: bool = False
    """Only takes that the learner shares with a coach."""


def report_of(story: Story, *, guesses: Mapping[str, str], reveals: bool = True) -> Report:
    """The whole session. reveals: with what the partner was thinking."""
    told = debrief_of(story)
    if not reveals:
        told = msgspec.structs.replace(told, revealed=None)
    return _report(story, told, dict(guesses) if reveals else {})


def shared_report_of(story: Story, shared: Collection[int]) -> Report:
    """Only the takes that the learner shares, as if there were no others; check-ins only when those are shared too.

    Lines of the partner before a shared take are left out: they answered what may not be shared.
    """
    part = copy.copy(story)
    part.takes = [take for take in story.takes if take.turn in shared]
    part.opening = ""
    if CHECK_INS not in shared:
        part.check_ins = []
    told = debrief_of(part)
    without_context = {
        name: msgspec.structs.replace(moment, partner_line="")
        for name in ("best", "again")
        if (moment := getattr(told, name)) is not None
    }
    count = len([take for take in part.takes if take.said])
    told = msgspec.structs.replace(
        told,
        narrative=f"{count} take{'' if count == 1 else 's'}: those that the learner shares, and no other.",
        resistance=(),
        revealed=None,
        taken_back=0,
        length_s=0.0,
        **without_context,
    )
    return msgspec.structs.replace(_report(part, told, {}), is_shared_part=True)


def _report(story: Story, told: Debrief, guesses: dict[str, str]) -> Report:
    return Report(
        debrief=told,
        summary=story.scenario.summary,
        relationship=story.scenario.partner.relationship,
        began=story.began,
        opening=story.opening,
        turns=tuple(_turn(take, shows=told.shows_feedback) for take in story.takes if take.said),
        check_ins=tuple(f"{when.value.capitalize()}: {answers(check_in)}." for when, check_in in story.check_ins),
        guesses=guesses,
    )


def _turn(take: Take, *, shows: bool) -> ReportTurn:
    rated = shows and take.reading is not None
    moved = take.after.resistance - take.before.resistance if take.before and take.after else None
    notes = [
        "taken back" if take.withdrawn is not None else "",
        f"retake of turn {take.retake_of}" if take.retake_of is not None else "",
        "the coach's words" if take.suggested else "",
        "typed" if take.typed else "",
    ]
    return ReportTurn(
        turn=take.turn,
        said=take.said,
        levels={skill: take.level(skill) for skill in Skill} if rated else {},
        declared=take.declared,
        advice=take.advice.reason if shows and take.advice else "",
        words=take.advice.words if shows and take.advice else "",
        answer=take.answer,
        partner=change_in_words(moved) if moved is not None and shows else "",
        note=", ".join(note for note in notes if note),
    )
