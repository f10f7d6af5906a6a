"""`voice-agent sessions replay`: a rehearsal again, in the app or line by line."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.look_back import ID
from voice_agent.cli.stores import opened
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.events import Event, Stamped
    from voice_agent.sessions.keepsakes import Recording


def replay(
    session: Annotated[str, ID] = "last",
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="2 is twice as fast as it was.")] = 1.0,
    step: Annotated[
        bool, typer.Option("--step", help="Wait for Enter after each line, rating and check-in.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers; always so in a pipe.")
    ] = False,
) -> None:
    """See a rehearsal again with its ratings and advice, at its own pace or step by step.

    Silences over four seconds are cut to four. In the app, space plays and pauses, the arrow keys step.
    """
    from voice_agent.rehearsal.setup import talk_of

    with opened(reads_only=True) as store:
        chosen = store.find(session).id
        stored = store.events(chosen)
        recordings = store.keepsakes.recordings(chosen)
    talk_of(stored)  # refuses what does not begin a session
    if not plain and sys.stdin.isatty() and sys.stdout.isatty():
        _in_app(stored, recordings, speed=speed, step=step)
    elif step:
        _by_steps(stored)
    else:
        _at_its_pace(stored, speed)


def _in_app(stored: Sequence[Stamped], recordings: Sequence[Recording], *, speed: float, step: bool) -> None:
    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.tui.look_back_app import LookBackApp  # 0.2 s
    from voice_agent.tui.replay_screen import ReplayScreen

    listen = listener(stored, recordings)
    LookBackApp(ReplayScreen(stored, speed=speed, plays=not step, listen=listen), load_preferences()).run()


def listener(stored: Sequence[Stamped], recordings: Sequence[Recording]) -> Callable[[int], Awaitable[None]] | None:
    """Plays a turn on the usual speaker; None where no sound was kept."""
    if not any(recording.path.exists() for recording in recordings):
        return None
    from voice_agent.cli.listen import play
    from voice_agent.review.listening import span_of

    async def listen(turn: int) -> None:
        await play([span_of(turn, stored, recordings)], None)

    return listen


def lines_of(events: Sequence[Event], *, shows_times: bool = False) -> Iterator[list[str]]:
    """The lines of one event after another, answers to check-ins included."""
    from voice_agent.events import CheckInRecorded
    from voice_agent.plain.lines import LineRenderer
    from voice_agent.review.replay import answer_line

    renderer = LineRenderer(shows_times=shows_times)
    for event in events:
        yield [answer_line(event)] if isinstance(event, CheckInRecorded) else renderer.lines(event)


def _at_its_pace(stored: Sequence[Stamped], speed: float) -> None:
    from voice_agent.review.replay import beats

    wait_s = 0.0
    for beat, lines in zip(beats(stored), lines_of([one.event for one in stored]), strict=True):
        wait_s += beat.wait_s
        if lines:
            time.sleep(wait_s / speed)
            wait_s = 0.0
        for line in lines:
            typer.echo(fitted(line))
        sys.stdout.flush()


def _by_steps(stored: Sequence[Stamped]) -> None:
    from voice_agent.review.replay import steps

    pieces = steps(stored)
    shown = iter(lines_of([one.event for one in stored]))
    typer.echo("Enter goes on; q leaves.", err=True)
    for number, piece in enumerate(pieces, start=1):
        for _ in piece:
            for line in next(shown):
                typer.echo(fitted(line))
        sys.stdout.flush()
        if number < len(pieces):
            answer = sys.stdin.readline()
            if not answer or answer.strip().lower() in ("q", "quit"):
                return
