"""`voice-agent practice`: one rehearsal."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from voice_agent.errors import UserError
from voice_agent.settings import Mode, Patience


def practice(
    scenario: Annotated[
        str | None, typer.Argument(help="Id of a situation, or a scenario file. None: choose from a list.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers and pipes (the only screen so far).")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Events as JSON Lines on standard output; commands on standard input.")
    ] = False,
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone, a sound file, or 'typed'.")] = None,
    speaker: Annotated[
        str | None, typer.Option(help="Name or number of a speaker, a WAV file to write, or 'none' for text only.")
    ] = None,
    voice: Annotated[str | None, typer.Option(help="A voice's id instead of the scenario's wish.")] = None,
    mode: Annotated[
        Mode, typer.Option(help="flow: the partner answers at once. gate: you see the rating before you send.")
    ] = Mode.FLOW,
    patience: Annotated[
        Patience | None, typer.Option(help="How long a pause may be before your turn is over.")
    ] = None,
    difficulty: Annotated[
        int | None, typer.Option(min=1, max=5, help="1 willing to 5 hard; default: the scenario's own.")
    ] = None,
    pipeline: Annotated[str, typer.Option(help="Id of a pipeline.")] = "offline",
    headphones: Annotated[
        bool, typer.Option("--headphones", help="You wear headphones: you may interrupt by speaking.")
    ] = False,
    check_in: Annotated[
        bool, typer.Option("--check-in/--no-check-in", help="Ask how you feel before and after.")
    ] = True,
    fast: Annotated[
        bool, typer.Option("--fast", help="With a file as microphone: as fast as possible instead of real time.")
    ] = False,
    runs_on: Annotated[
        bool, typer.Option("--runs-on", help="A file as microphone goes on while the partner speaks.")
    ] = False,
    meters: Annotated[bool, typer.Option("--meters", help="With --json: level meter and partial words too.")] = False,
    times: Annotated[bool, typer.Option("--times", help="Show where the time of each turn went.")] = False,
    seed: Annotated[int | None, typer.Option(help="Makes the partner's choices repeatable.")] = None,
) -> int:
    """Rehearse a situation with a simulated partner.

    \b
    voice-agent practice roommate-dishes
    voice-agent practice boss-raise --mode gate --patience patient
    voice-agent practice friend-loan --mic typed --speaker none
    voice-agent practice roommate-dishes --mic talk.wav --speaker out.wav --json

    Speak, or type your turn. /help lists what you can type. Ctrl-C stops; the session is kept.
    """
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.conduct import Wishes
    from voice_agent.cli.conduct import practice as run_practice

    chosen = load_scenario(scenario if scenario is not None else _choose())
    return run_practice(
        chosen,
        Wishes(
            pipeline=pipeline,
            mic=mic,
            speaker=speaker,
            voice=voice,
            mode=mode,
            patience=patience,
            difficulty=difficulty,
            headphones=headphones,
            check_ins=check_in,
            fast=fast,
            runs_on=runs_on,
            as_json=as_json,
            meters=meters,
            shows_times=times,
            seed=seed,
        ),
    )


def choose_and_practice() -> int:
    """A list of situations, a choice, and the rehearsal."""
    return practice()


def _choose() -> str:
    """A situation chosen by its number or id. Raises UserError where nobody can answer."""
    from voice_agent.catalog.scenarios import read_scenario, scenario_files

    files = scenario_files()
    if not sys.stdin.isatty():
        raise UserError("no situation was named", cure="name one of `voice-agent scenarios list`")
    scenarios = [read_scenario(file) for file in files.values()]
    typer.echo("Situations:")
    for number, scenario in enumerate(scenarios, start=1):
        typer.echo(f"{number}. {scenario.title} ({scenario.domain.value}, difficulty {scenario.difficulty})")
    while True:
        answer = str(typer.prompt("Number or id, or q to leave")).strip().lower()
        if answer in ("q", "quit"):
            raise typer.Exit
        if answer.isdigit() and 1 <= int(answer) <= len(scenarios):
            return scenarios[int(answer) - 1].id
        if answer in files:
            return answer
        typer.echo(f"Choose a number from 1 to {len(scenarios)}.")
