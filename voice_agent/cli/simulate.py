"""`voice-agent simulate`: simulated learners of set skill against a scenario's person, text only, many at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voice_agent.errors import UserError, nearest

if TYPE_CHECKING:
    from voice_agent.pipeline_plan import PipelinePlan
    from voice_agent.scenario import Scenario
    from voice_agent.selfplay.card import RealismCard
    from voice_agent.selfplay.learner import LearnerSkill
    from voice_agent.selfplay.played import PlayedTalk
    from voice_agent.selfplay.run import Order

CARD_TALKS, CARD_TURNS = 4, 12
"""What the shipped cards were computed with: enough for both kinds of weak learner to come up."""


def simulate(
    scenario: Annotated[
        list[str] | None, typer.Option(help="Id of a situation or a file; again for more; all when left out.")
    ] = None,
    learners: Annotated[str, typer.Option(help="Comma between: weak, mixed, strong.")] = "weak,mixed,strong",
    talks: Annotated[
        int, typer.Option(min=1, max=10_000, help="Talks of each learner in each situation.")
    ] = CARD_TALKS,
    turns: Annotated[int, typer.Option(min=1, max=60, help="The most turns of a talk.")] = CARD_TURNS,
    seed: Annotated[int, typer.Option(min=0, help="Another number, other talks; the same, the same.")] = 1,
    difficulty: Annotated[int | None, typer.Option(min=1, max=5, help="Else the situation's own.")] = None,
    pipeline: Annotated[str | None, typer.Option(help="Whose partner; default: your own choice.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, max=256, help="Talks at once; default: a process a core, 4 for a server.")
    ] = None,
    cards: Annotated[bool, typer.Option("--cards", help="Keep a realism card of each situation.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Keep the cards in this file instead of your own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every talk, one a line.")] = False,
) -> int:
    """Let simulated learners talk with a situation's partner, and see how it holds up.

    voice-agent simulate --scenario roommate-dishes
    voice-agent simulate --scenario mine.yaml --learners weak,strong --talks 20 --json
    voice-agent simulate --pipeline ollama --scenario roommate-dishes --talks 2 --jobs 2
    voice-agent simulate --cards                       (what `scenarios show` tells of how real a partner is)

    The learners are made of the situation's own sentences and of demonstrations, sorted by this program's rater:
    they show faults of a situation, not what people would do.
    """
    import msgspec

    from voice_agent.catalog.chosen import chosen_pipeline

    if output is not None and not cards:
        raise UserError("--output keeps cards", cure="add --cards, or leave it out and redirect --json")
    plan = chosen_pipeline(pipeline)
    skills = _skills(learners)
    scenarios = _scenarios(scenario)
    played = played_talks(
        scenarios, plan, skills=skills, talks=talks, turns=turns, seed=seed, difficulty=difficulty, jobs=jobs
    )
    if as_json:
        for talk in (one for name in sorted(played) for one in played[name]):
            typer.echo(msgspec.json.encode(talk).decode())
    else:
        _show(scenarios, played)
    if cards:
        _keep_cards(scenarios, played, turns, output)
    return _told_failures(played)


def played_talks(
    scenarios: Sequence[Scenario],
    plan: PipelinePlan,
    *,
    skills: Sequence[LearnerSkill],
    talks: int,
    turns: int,
    seed: int = 1,
    difficulty: int | None = None,
    jobs: int | None = None,
) -> dict[str, list[PlayedTalk]]:
    """The talks of each scenario by its id, in the order of seeds and skills; a bar on a terminal."""
    from voice_agent.selfplay.run import Order, host_of, jobs_for, play_all

    if host := host_of(plan):
        typer.echo(f"What is simulated is sent to {host}.", err=True)
    orders = [
        Order(
            scenario=one,
            learners=tuple(skills),
            seeds=tuple(range(seed, seed + talks)),
            turns=turns,
            difficulty=difficulty,
        )
        for one in scenarios
    ]
    played: dict[str, list[PlayedTalk]] = {one.id: [] for one in scenarios}
    with _bar(orders) as advance:
        for done in play_all(orders, plan, jobs=jobs or jobs_for(plan)):
            for talk in done:
                played[talk.scenario].append(talk)
            advance(len(done))
    order = list(skills)
    for found in played.values():
        found.sort(key=lambda talk: (talk.seed, order.index(talk.learner)))
    return played


def _show(scenarios: Sequence[Scenario], played: dict[str, list[PlayedTalk]]) -> None:
    from voice_agent.selfplay.card import result_of
    from voice_agent.selfplay.learner import LearnerSkill
    from voice_agent.selfplay.report import lines_of, row

    rows = [
        row(one.id, skill, result_of(found))
        for one in scenarios
        for skill in LearnerSkill
        if (found := [talk for talk in played[one.id] if talk.learner is skill])
    ]
    for line in lines_of(rows):
        typer.echo(line)


def _keep_cards(
    scenarios: Sequence[Scenario], played: dict[str, list[PlayedTalk]], turns: int, output: Path | None
) -> None:
    from voice_agent.selfplay.card import faults
    from voice_agent.selfplay.card_file import users_file, write_cards

    path = output or users_file()
    found = cards_of(scenarios, played, turns)
    write_cards(found, path)
    typer.echo(f"{len(found)} cards: {path}", err=True)
    for one, card in zip(scenarios, found, strict=True):
        for fault in faults(card, one):
            typer.echo(f"{one.id}: {fault}", err=True)


def cards_of(scenarios: Sequence[Scenario], played: dict[str, list[PlayedTalk]], turns: int) -> list[RealismCard]:
    """The cards of scenarios, in their order."""
    from voice_agent.selfplay.card import card_of
    from voice_agent.selfplay.card_file import program_seal, seal_of

    return [card_of(one, played[one.id], turns=turns, seal=seal_of(one), program=program_seal()) for one in scenarios]


def _told_failures(played: dict[str, list[PlayedTalk]]) -> int:
    """1 when talks broke off, and why the first one did."""
    broken = [talk for found in played.values() for talk in found if talk.error]
    if broken:
        typer.echo(f"{len(broken)} talks broke off; the first because of {broken[0].error}", err=True)
    return 1 if broken else 0


def _skills(names: str) -> list[LearnerSkill]:
    from voice_agent.selfplay.learner import LearnerSkill

    found = []
    for name in dict.fromkeys(part.strip() for part in names.split(",") if part.strip()):
        if name not in set(LearnerSkill):
            raise UserError(f'learner "{name}" is not known', cure=nearest(name, list(LearnerSkill)))
        found.append(LearnerSkill(name))
    if not found:
        raise UserError("no learner is named", cure="choose of: weak, mixed, strong")
    return found


def _scenarios(names: list[str] | None) -> list[Scenario]:
    from voice_agent.catalog.scenarios import load_scenario, scenario_files

    return [load_scenario(name) for name in dict.fromkeys(names or scenario_files())]


@contextmanager
def _bar(orders: Sequence[Order]) -> Iterator[Any]:
    """Moves by the number of talks that are done; silent in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console  # 60 ms
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("talks"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("talks", total=sum(order.talks for order in orders))
        yield lambda done: progress.advance(task, done)
