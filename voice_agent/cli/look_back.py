"""`voice-agent sessions debrief`: what a rehearsal came to."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.stores import opened
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.review.debrief import Debrief
    from voice_agent.sessions.store import SessionStore
    from voice_agent.sessions.story import Story

ID = typer.Argument(help="A session's id or its beginning; 'last' for the newest.")


def debrief(
    session: Annotated[str, ID] = "last",
    fear: Annotated[
        str | None, typer.Option("--guess-fear", help="What you think the partner was afraid of.")
    ] = None,
    want: Annotated[str | None, typer.Option("--guess-want", help="What you think the partner wanted.")] = None,
    reveal: Annotated[
        bool | None,
        typer.Option(
            "--reveal/--no-reveal", help="Tell what the partner was thinking; default: after you have guessed."
        ),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="Let the coach of this pipeline write the narrative, such as 'local'.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Tell what a rehearsal came to: what moved, your best turn, one to try again, your takes side by side.

    In a terminal you are asked what your partner feared and wanted before you are told.
    """
    from voice_agent.review.debrief import debrief_of
    from voice_agent.sessions.story import story_of

    with opened(reads_only=True) as store:
        chosen = store.find(session).id
        story = story_of(store.events(chosen))
        told = debrief_of(story)
        if pipeline is not None and told.shows_feedback and told.turns:
            told = asyncio.run(_narrated(told, story, pipeline))
        given = {name: words for name, words in (("fear", fear), ("want", want)) if words}
        guesses: dict[str, str] = {}
        shows = False
        if told.revealed is not None:
            guesses, shows = _guessed(store, told, given, reveal=reveal, asks=not as_json)
    if as_json:
        _as_json(told, guesses, shows=shows)
    else:
        _as_lines(told, guesses, shows=shows)


def _guessed(
    store: SessionStore, told: Debrief, given: dict[str, str], *, reveal: bool | None, asks: bool
) -> tuple[dict[str, str], bool]:
    """The learner's guesses, asked for where somebody can answer; and whether the partner's mind is shown."""
    from voice_agent.review.thoughts import Guess
    from voice_agent.text import clean

    guesses = {**store.keepsakes.guesses(told.session), **given}
    asks = asks and reveal is None and not guesses and sys.stdin.isatty()
    if asks:
        typer.echo("First a guess (Enter skips it), then what was so.")
        for guess in Guess:
            answer = str(typer.prompt(guess.question(told.partner), default="", show_default=False))
            if answer.strip():
                given[guess.value] = answer
    for about, words in given.items():
        guesses[about] = clean(words)
        if store.database.writes:
            store.keepsakes.keep_guess(told.session, about, guesses[about])
    return guesses, asks or bool(guesses) if reveal is None else reveal


async def _narrated(told: Debrief, story: Story, pipeline: str) -> Debrief:
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.errors import EngineError, UserError
    from voice_agent.review.narrator import open_narrator

    narrator = open_narrator(chosen_pipeline(pipeline))
    if narrator is None:
        raise UserError(f'pipeline "{pipeline}" has no language model as coach', cure="choose 'local' or 'openai'")
    leaves = "" if narrator.host is None else f"What was said leaves this machine: to {narrator.host}. "
    typer.echo(f"{leaves}{narrator.writer} writes.", err=True)
    try:
        return await narrator.tell(told, story)
    except EngineError as error:
        typer.echo(f"{error}. The program's own narrative stands.", err=True)
        return told
    finally:
        await narrator.close()


def _as_json(told: Debrief, guesses: dict[str, str], *, shows: bool) -> None:
    import msgspec

    if not shows:
        told = msgspec.structs.replace(told, revealed=None)
    data = {**msgspec.to_builtins(told), "guesses": guesses}
    typer.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def _as_lines(told: Debrief, guesses: dict[str, str], *, shows: bool) -> None:
    from voice_agent.review.debrief_lines import debrief_lines, revealed_lines

    lines = debrief_lines(told)
    if told.revealed is not None and shows:
        lines += revealed_lines(told.revealed, guesses)
    elif told.revealed is not None:
        lines += ["", f"What {told.partner} was thinking: guess with --guess-fear and --guess-want, or --reveal."]
    for line in lines:
        typer.echo(fitted(line))
    if sys.stdout.isatty():
        typer.echo(f"\nWhen the real talk is near: voice-agent prepare {told.scenario}")
