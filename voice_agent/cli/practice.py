"""`voice-agent practice`: one rehearsal."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.errors import UserError
from voice_agent.settings import Mode, Patience

if TYPE_CHECKING:
    from voice_agent.cli.wishes import Wishes


def practice(
    scenario: Annotated[
        str | None, typer.Argument(help="Id of a situation, or a scenario file. None: choose from a list.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers; always so in a pipe.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Events as JSON Lines on standard output; commands on standard input.")
    ] = False,
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone, a sound file, or 'typed'.")] = None,
    speaker: Annotated[
        str | None, typer.Option(help="Name or number of a speaker, a WAV file to write, or 'none' for text only.")
    ] = None,
    voice: Annotated[str | None, typer.Option(help="A voice's id instead of the scenario's wish.")] = None,
    hands_free: Annotated[
        bool | None,
        typer.Option("--hands-free/--by-hand", help="Everything by voice: commands, check-ins, feedback read aloud."),
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option(help="flow: the partner answers at once. gate: you see the rating before you send.")
    ] = None,
    patience: Annotated[
        Patience | None, typer.Option(help="How long a pause may be before your turn is over.")
    ] = None,
    silence: Annotated[
        float | None,
        typer.Option(min=0, max=600, help="Seconds until your partner breaks a silence, once; 0: never. Default 8."),
    ] = None,
    difficulty: Annotated[
        int | None, typer.Option(min=1, max=5, help="1 willing to 5 hard; default: the scenario's own.")
    ] = None,
    pipeline: Annotated[
        str | None,
        typer.Option(help="Id of a pipeline. Default: VOICE_AGENT_PIPELINE, your config.toml, else offline."),
    ] = None,
    headphones: Annotated[
        bool | None,
        typer.Option("--headphones/--no-headphones", help="You wear headphones: you may interrupt by speaking."),
    ] = None,
    loudspeaker: Annotated[
        bool,
        typer.Option(
            "--loudspeaker", help="Interrupt by speaking without headphones, by an echo canceller (experimental)."
        ),
    ] = False,
    check_in: Annotated[
        bool | None, typer.Option("--check-in/--no-check-in", help="Ask how you feel before and after.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="With a file as microphone: as fast as possible instead of real time.")
    ] = False,
    runs_on: Annotated[
        bool, typer.Option("--runs-on", help="A file as microphone goes on while the partner speaks.")
    ] = False,
    meters: Annotated[bool, typer.Option("--meters", help="With --json: level meter and partial words too.")] = False,
    times: Annotated[bool, typer.Option("--times", help="Show where the time of each turn went.")] = False,
    keep_audio: Annotated[
        bool, typer.Option("--keep-audio", help="Keep both voices on this machine, to listen back.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Makes the partner's choices repeatable.")] = None,
) -> int:
    """Rehearse a situation with a simulated partner.

    \b
    voice-agent practice roommate-dishes
    voice-agent practice boss-raise --mode gate --patience patient
    voice-agent practice --hands-free
    voice-agent practice friend-loan --mic typed --speaker none
    voice-agent practice roommate-dishes --mic talk.wav --speaker out.wav --json

    Speak, or type your turn. /help lists what you can type. Ctrl-C stops; the session is kept.
    What you leave out is as `voice-agent settings` says.
    """
    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.cli.wishes import Wishes

    preferences = load_preferences()
    plain = plain or preferences.plain
    asked = Wishes(
        pipeline=pipeline,
        mic=mic,
        speaker=speaker,
        voice=voice,
        mode=mode,
        patience=patience,
        silence_s=silence,
        difficulty=difficulty,
        headphones=headphones,
        loudspeaker=loudspeaker,
        check_ins=check_in,
        hands_free=hands_free,
        fast=fast,
        runs_on=runs_on,
        screen=not plain and sys.stdin.isatty() and sys.stdout.isatty(),
        as_json=as_json,
        meters=meters,
        shows_times=times,
        seed=seed,
        keep_audio=keep_audio,
    )
    wishes = asked.with_preferences(preferences)
    if scenario is None and wishes.screen and not wishes.hands_free:
        return _from_home(asked)
    # After the home screen, which would be there half a second later.
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.conduct import practice as run_practice
    from voice_agent.cli.conduct import practice_by_voice

    if scenario is None and wishes.hands_free:
        return practice_by_voice(wishes)
    return run_practice(load_scenario(scenario if scenario is not None else _choose()), wishes)


def choose_and_practice() -> int:
    """The list of situations, a rehearsal, the list again, until the learner leaves it."""
    from voice_agent.catalog.preferences import load_preferences

    while True:
        code = practice()
        likes = load_preferences()
        if code or likes.plain or likes.hands_free or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return code


def _from_home(asked: Wishes) -> int:
    """What was chosen on the home screen, where settings can change too. Raises Exit when the learner leaves it."""
    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.home import choose_at_home  # 0.2 s
    from voice_agent.tui.wishes import AroundWish, PracticeWish, ResumeWish

    chosen = choose_at_home(asked)
    from voice_agent.cli.browse_sessions import resume_wish
    from voice_agent.cli.conduct import practice as run_practice  # half a second: after the home screen

    wishes = asked.with_preferences(load_preferences())
    match chosen:
        case None:
            raise typer.Exit
        case ResumeWish():
            return resume_wish(chosen, wishes)
        case AroundWish():
            from voice_agent.cli import around

            command = around.prepare if chosen.command == "prepare" else around.after
            return command(chosen.scenario)
        case PracticeWish():
            return run_practice(load_scenario(chosen.scenario), replace(wishes, difficulty=chosen.difficulty))
        case _:
            return run_practice(load_scenario(chosen), wishes)


def _choose() -> str:
    """A situation chosen line by line. Raises UserError where nobody can answer."""
    from voice_agent.catalog.scenarios import read_scenario, scenario_files
    from voice_agent.cli.choose import choose_in_lines
    from voice_agent.cli.home import practised
    from voice_agent.cli.scenarios import own_situation

    if not sys.stdin.isatty():
        raise UserError("no situation was named", cure="name one of `voice-agent scenarios list`")
    chosen = choose_in_lines(
        [read_scenario(file) for file in scenario_files().values()],
        practised(),
        ask=lambda words: str(typer.prompt(words, default="", show_default=False)),
        tell=typer.echo,
        tell_own=lambda: own_situation().stem,
    )
    if chosen is None:
        raise typer.Exit
    return chosen
