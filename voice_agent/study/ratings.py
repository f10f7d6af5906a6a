"""Turns for experts who rate blind: in random order, without code, arm or phase; and what they came to."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from voice_agent.annotation import AnnotatedTurn
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError, nearest
from voice_agent.feedback.agreement import accuracy, weighted_kappa
from voice_agent.feedback.llm_prompts import situation_of
from voice_agent.review.table import guarded
from voice_agent.sessions.story import story_of
from voice_agent.study.protocol import Phase
from voice_agent.study.records import TurnRatedByExpert
from voice_agent.study.steps import Rehearse, steps_of
from voice_agent.study.trial import Trial

LETTERS = tuple(skill.letter for skill in Skill)
_FACTS = ("id", "partner", "what_happened", "goal", "partner_said", "turn_to_rate")


@dataclass(frozen=True, slots=True)
class BlindTurn:
    """A turn as an expert sees it, and where it belongs, which the expert does not see."""

    shown: AnnotatedTurn
    """Its id is a keyed hash; its levels are empty."""
    code: str
    session: str
    turn: int
    machine: Mapping[Skill, Level]


def blind_turns(trial: Trial, *, with_training: bool = False, per_rehearsal: int | None = None) -> list[BlindTurn]:
    """First tries of rehearsals without feedback, where arms can be compared; in one random order.

    per_rehearsal: at most so many of each, chosen by chance. Blocking.
    """
    state = trial.state()
    if state.opened is None:
        return []
    secret = state.opened.seed.encode()
    known = {one.id for one in trial.store.sessions.summaries()}
    found: list[BlindTurn] = []
    for participant in state.participants.values():
        for step in steps_of(trial.study):
            if not isinstance(step, Rehearse) or (step.phase is Phase.TRAINING and not with_training):
                continue
            session = participant.sessions.get(step.id)
            if session in known:
                turns = _of_session(trial, secret, participant.code, str(session))
                found += sorted(turns, key=lambda one: one.shown.id)[:per_rehearsal]
    return sorted(found, key=lambda one: one.shown.id)


def for_rater(turns: Iterable[BlindTurn], rater: str) -> list[BlindTurn]:
    """In an order of the rater's own, so that tiredness falls on other turns for each."""
    return sorted(turns, key=lambda one: hashlib.sha256(f"{rater}|{one.shown.id}".encode()).digest())


def _of_session(trial: Trial, secret: bytes, code: str, session: str) -> list[BlindTurn]:
    story = story_of(trial.store.sessions.events(session))
    firsts = {take.turn for take in story.first_takes}
    situation, line, found = situation_of(story.scenario), story.opening, []
    for take in story.takes:
        if take.turn in firsts and take.said:
            shown = AnnotatedTurn(
                id=hmac.new(secret, f"{session}:{take.turn}".encode(), hashlib.sha256).hexdigest()[:12],
                situation=situation,
                partner_line=line,
                utterance=take.said,
                register="clean" if take.typed else "spoken",
                labels=dict.fromkeys(Skill, Level.NONE),
            )
            machine = {skill: take.level(skill) for skill in Skill}
            found.append(BlindTurn(shown, code, session, take.turn, machine))
        if take.counts:
            line = take.answer or line
    return found


def to_csv(turns: Iterable[BlindTurn]) -> str:
    """A sheet to fill in: 0 none, 1 weak, 2 strong under each letter."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_FACTS, *LETTERS])
    for one in turns:
        turn = one.shown
        facts = [turn.id, turn.situation.partner, turn.situation.context, turn.situation.goal, turn.partner_line,
                 turn.utterance]  # fmt: skip
        writer.writerow([*(guarded(fact) for fact in facts), *[""] * len(LETTERS)])
    return out.getvalue()


def from_csv(text: str, *, name: str) -> dict[str, dict[Skill, Level]]:
    """Filled rows by id; rows without any level are left out. Raises UserError naming line and column."""
    reader = csv.DictReader(io.StringIO(text))
    if missing := [column for column in ("id", *LETTERS) if column not in (reader.fieldnames or ())]:
        raise UserError(
            f'column "{missing[0]}" is missing', place=f"{name}:1", cure="keep the columns of `study export-ratings`"
        )
    found = {}
    try:
        for row in reader:
            told = {letter: (row[letter] or "").strip() for letter in LETTERS}
            if not any(told.values()):
                continue
            place = f"{name}:{reader.line_num}"
            for letter, level in told.items():
                if level not in ("0", "1", "2"):
                    raise UserError(f'{letter} is "{level}"', place=place, cure="write 0, 1 or 2")
            found[str(row["id"]).strip()] = {skill: Level(int(told[skill.letter])) for skill in Skill}
    except csv.Error as error:
        raise UserError(f"is no CSV ({error})", place=f"{name}:{reader.line_num}", cure="save it as CSV") from error
    return found


def keep_ratings(trial: Trial, rater: str, levels: Mapping[str, Mapping[Skill, Level]]) -> int:
    """Note an expert's ratings; a later rating of the same turn stands. How many. Raises UserError."""
    by_id = {one.shown.id: one for one in blind_turns(trial, with_training=True)}
    for turn in levels:
        if turn not in by_id:
            raise UserError(f'turn "{turn}" is not in the study', cure=nearest(turn, ()) or "check the file")
    trial.note(
        TurnRatedByExpert(
            code=by_id[turn].code, session=by_id[turn].session, turn=by_id[turn].turn, rater=rater, levels=dict(told)
        )
        for turn, told in levels.items()
    )
    return len(levels)


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two who rated the same turns."""

    one: str
    other: str
    turns: int
    kappa: dict[Skill, float]
    """Quadratic-weighted."""
    same: dict[Skill, float]
    """Share of turns with the same level."""


MACHINE = "machine"


def agreements(trial: Trial) -> list[Agreement]:
    """Of every two experts, and of each with the machine. Raises UserError when nothing was rated."""
    by_rater: dict[str, dict[tuple[str, int], Mapping[Skill, Level]]] = defaultdict(dict)
    for place, ratings in trial.state().ratings.items():
        for rater, levels in ratings.items():
            by_rater[rater][place] = levels
    if not by_rater:
        raise UserError("no turn is rated by an expert yet", cure="rate some with `voice-agent study rate`")
    raters = sorted(by_rater)
    for one in blind_turns(trial, with_training=True):
        by_rater[MACHINE][one.session, one.turn] = one.machine
    pairs = [(a, b) for i, a in enumerate(raters) for b in (*raters[i + 1 :], MACHINE)]
    return [found for a, b in pairs if (found := _agreement(a, b, by_rater[a], by_rater[b])) is not None]


Rated = Mapping[tuple[str, int], Mapping[Skill, Level]]


def _agreement(one: str, other: str, ones: Rated, others: Rated) -> Agreement | None:
    shared = sorted(ones.keys() & others.keys())
    if not shared:
        return None
    levels = {skill: _both(ones, others, shared, skill) for skill in Skill}
    return Agreement(
        one=one,
        other=other,
        turns=len(shared),
        kappa={skill: round(weighted_kappa(*both), 3) for skill, both in levels.items()},
        same={skill: round(accuracy(*both), 3) for skill, both in levels.items()},
    )


def _both(ones: Rated, others: Rated, shared: Sequence[tuple[str, int]], skill: Skill) -> tuple[list[int], list[int]]:
    return [int(ones[place][skill]) for place in shared], [int(others[place][skill]) for place in shared]
