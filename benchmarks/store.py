"""How fast a large store is: python -m benchmarks.store [--sessions 10000] [--turns 8] [--postgres URL]

Fills a new store with invented sessions (the rater's levels, feelings and the partner's moves are drawn by a seeded
generator), and prints how long lists and progress take, as a Markdown table. Median of five, in one process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from voice_agent.catalog.scenarios import read_scenario, scenario_files
from voice_agent.conversation import Act, Move, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.events import (
    CheckInRecorded,
    CheckInTime,
    EndReason,
    Event,
    PartnerSpoke,
    SessionEnded,
    SessionStarted,
    Stamped,
    StanceChanged,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
)
from voice_agent.review.debrief import debrief_of
from voice_agent.review.html import html
from voice_agent.review.next_practice import Situation
from voice_agent.review.progress import progress_of
from voice_agent.review.progress_lines import progress_lines
from voice_agent.review.report import report_of
from voice_agent.scenario import Scenario
from voice_agent.sessions.store import SessionStore
from voice_agent.sessions.story import story_of
from voice_agent.settings import Settings

RUNS = 5
Times = tuple[float, float]
"""Milliseconds of the clock, and of this process on the processor: the first is longer on a machine that is busy."""
NEWEST = datetime(2026, 5, 1, 12, tzinfo=UTC)


def talk(session: str, began: datetime, turns: int, scenario: Scenario, draw: random.Random) -> list[Stamped]:
    """An invented session."""
    events: list[Event] = [
        SessionStarted(
            scenario=scenario,
            settings=Settings(difficulty=scenario.difficulty),
            pipeline="offline",
            engines={},
            microphone="typed",
            speaker="none",
            seed=1,
            program="0",
        ),
        _check_in(CheckInTime.START, draw),
        PartnerSpoke(turn=0, text=scenario.opening, intended=scenario.opening, move=Move.OPENING, complete=True),
    ]
    stance = Stance(7.0)
    for turn in range(1, turns + 1):
        levels = {skill: Level(draw.choice((0, 0, 1, 2))) for skill in Skill}
        reading = Reading(
            ratings=Ratings.from_levels(levels), acts=(Act.DESCRIBE,), next_skill=Skill.EXPRESS, rater="bench"
        )
        after = Stance(max(0.0, min(10.0, stance.resistance + draw.uniform(-1, 0.7))))
        answer = draw.choice(scenario.lines).say
        events += [
            StateChanged(state=TalkState.LISTENING, turn=turn - 1),
            TurnHeard(turn=turn, text=draw.choice(scenario.practice)),
            TurnRated(turn=turn, reading=reading),
            StanceChanged(turn=turn, before=stance, after=after, why=("describe strong -0.4",)),
            PartnerSpoke(turn=turn, text=answer, intended=answer, move=Move.ANSWER, complete=True),
        ]
        stance = after
    events += [_check_in(CheckInTime.END, draw), SessionEnded(reason=EndReason.LEARNER)]
    return [
        Stamped(session=session, seq=seq, at_s=4.0 * seq, wall=began + timedelta(seconds=4 * seq), event=event)
        for seq, event in enumerate(events)
    ]


def _check_in(when: CheckInTime, draw: random.Random) -> CheckInRecorded:
    feelings = {Feeling.FEAR: draw.randrange(11), Feeling.HOPE: draw.randrange(11)}
    return CheckInRecorded(when=when, check_in=CheckIn(feelings=feelings, self_efficacy=draw.randrange(101)))


def _median_ms(call: Callable[[], object]) -> Times:
    walls, cpus = zip(*(_once_ms(call) for _ in range(RUNS)), strict=True)
    return statistics.median(walls), statistics.median(cpus)


def _once_ms(call: Callable[[], object]) -> Times:
    began_s, cpu_s = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - began_s) * 1000, (time.process_time() - cpu_s) * 1000


def fill(store: SessionStore, sessions: int, turns: int) -> None:
    """Sessions one hour apart, up to NEWEST."""
    draw = random.Random(1)
    # Without its lines a copy of the scenario takes a tenth of the room; their number changes no query.
    scenarios = [_short(scenario) for scenario in shipped()]
    for number in range(sessions):
        began = NEWEST - timedelta(hours=sessions - number)
        store.append(talk(f"{number:08x}", began, turns, draw.choice(scenarios), draw))


def shipped() -> list[Scenario]:
    return [read_scenario(file) for file in scenario_files().values()]


def _progress(store: SessionStore, situations: list[Situation]) -> list[str]:
    return progress_lines(progress_of(store.digests(), situations, NEWEST))


def _short(scenario: Scenario) -> Scenario:
    return msgspec.structs.replace(scenario, lines=scenario.lines[:10], practice=scenario.practice[:10])


def rows(place: Path | str, sessions: int, turns: int) -> Iterator[tuple[str, Times]]:
    store = SessionStore(place)
    yield f"writing {sessions} sessions of {turns} turns", _once_ms(lambda: fill(store, sessions, turns))
    yield "first list (digests are made once)", _once_ms(store.summaries)
    store.close()
    yield "open the store", _once_ms(lambda: SessionStore(place).close())
    store = SessionStore(place)
    yield "list of all sessions", _median_ms(store.summaries)
    yield "what progress reads of all sessions", _median_ms(store.digests)
    situations = [Situation(id=s.id, title=s.title, domain=s.domain, difficulty=s.difficulty) for s in shipped()]
    yield "progress, from the store to the lines", _median_ms(lambda: _progress(store, situations))
    yield "find by the beginning of an id", _median_ms(lambda: store.find(f"{sessions // 2:08x}"))
    draw = random.Random(2)
    long = talk("long", NEWEST, 1000, shipped()[0], draw)
    yield "append a session of 1,000 turns", _once_ms(lambda: store.append(long))
    yield "read a session of 1,000 turns", _median_ms(lambda: store.events("long"))
    yield "debrief of it", _median_ms(lambda: debrief_of(story_of(store.events("long"))))
    yield "its report as HTML", _median_ms(lambda: html(report_of(story_of(store.events("long")), guesses={})))
    yield "delete it and give its pages back", _once_ms(lambda: store.delete("long"))
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--postgres", help="a postgresql:// URL of an empty database instead of a file")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = wishes.postgres or Path(folder) / "sessions.db"
        print("| what | ms | ms of processor |\n| --- | --- | --- |")
        for name, (wall, cpu) in rows(place, wishes.sessions, wishes.turns):
            print(f"| {name} | {wall:,.0f} | {cpu:,.0f} |", flush=True)
        if isinstance(place, Path):
            print(f"\nThe file holds {place.stat().st_size / 2**20:,.0f} MiB.")


if __name__ == "__main__":
    main()
