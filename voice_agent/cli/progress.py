"""`voice-agent progress`: what changes over many rehearsals, and what to practise next."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.stores import opened
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.review.next_practice import Situation
    from voice_agent.review.progress import Progress


def progress(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Lines without charts, for screen readers; always so in a pipe.")
    ] = False,
    screen: Annotated[bool, typer.Option("--screen", help="In the app, where an offer can be chosen.")] = False,
) -> int:
    """Tell what changes over your rehearsals: skills, situations, confidence, what carries over, what to do next.

    Skills are told from first tries in your own words: neither retakes nor the coach's words count.
    """
    told = read_progress()
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        return 0
    if screen:
        return _in_app(told)
    from voice_agent.review.progress_lines import progress_lines

    for line in progress_lines(told, charts=not plain and sys.stdout.isatty()):
        typer.echo(fitted(line))
    return 0


def read_progress() -> Progress:
    """From the user's store and the situations that can be practised. Raises UserError."""
    from voice_agent.review.progress import progress_of

    with opened(reads_only=True) as store:
        told, real_talks = store.digests(), store.diary.real_talks()
    return progress_of(told, _situations(), datetime.now(UTC), real_talks)


def _situations() -> list[Situation]:
    """Those that can be read; a broken file is told by `scenarios check`, not here."""
    from voice_agent.catalog.scenarios import read_scenario, scenario_files
    from voice_agent.errors import UserError
    from voice_agent.review.next_practice import Situation

    found = []
    for file in scenario_files().values():
        try:
            one = read_scenario(file)
        except UserError:
            continue
        found.append(Situation(id=one.id, title=one.title, domain=one.domain, difficulty=one.difficulty))
    return found


def _in_app(told: Progress) -> int:
    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.errors import UserError
    from voice_agent.tui.look_back_app import LookBackApp  # 0.2 s
    from voice_agent.tui.progress_screen import ProgressScreen
    from voice_agent.tui.wishes import PracticeWish

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("--screen needs a terminal", cure="leave it out")
    preferences = load_preferences()
    wish = LookBackApp(ProgressScreen(told), preferences).run()
    if not isinstance(wish, PracticeWish):
        return 0
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.conduct import practice
    from voice_agent.cli.wishes import Wishes

    wishes = Wishes(screen=True, difficulty=wish.difficulty).with_preferences(preferences)
    return practice(load_scenario(wish.scenario), wishes)
