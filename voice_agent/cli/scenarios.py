"""`voice-agent scenarios`: the situations that can be rehearsed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli import own_scenarios
from voice_agent.cli.enrich_scenario import enrich
from voice_agent.errors import UserError
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.rehearsal.interview import Interview
    from voice_agent.scenario import Scenario

app = typer.Typer(
    help="Situations: list, show, check, make your own, share.", no_args_is_help=True, rich_markup_mode=None
)
app.command("edit")(own_scenarios.edit)
app.command("export")(own_scenarios.export_scenario)
app.command("import")(own_scenarios.import_scenario)
app.command("delete")(own_scenarios.delete)
app.command("restore")(own_scenarios.restore)
app.command("schema")(own_scenarios.schema)
app.command("enrich")(enrich)


@app.command("list")
def list_scenarios(
    domain: Annotated[str | None, typer.Option(help="Only work, family, social or services.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> int:
    """List all situations; one that is broken is named and does not hide the others."""
    from voice_agent.catalog.scenarios import read_scenario, scenario_files
    from voice_agent.errors import UserError, nearest
    from voice_agent.scenario import Domain

    if domain is not None and domain not in set(Domain):
        raise UserError(f'domain "{domain}" is not known', cure=nearest(domain, list(Domain)))
    rows, broken = [], 0
    for file in scenario_files().values():
        try:
            scenario = read_scenario(file)
        except UserError as error:
            typer.echo(str(error), err=True)
            broken += 1
            continue
        if domain is None or scenario.domain.value == domain:
            rows.append((scenario, file.is_users))
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "id": s.id,
                        "title": s.title,
                        "domain": s.domain.value,
                        "difficulty": s.difficulty,
                        "yours": users,
                    }
                    for s, users in rows
                ],
                indent=2,
            )
        )
    else:
        for scenario, users in rows:
            yours = ", yours" if users else ""
            typer.echo(
                f"{scenario.id}: {scenario.title} ({scenario.domain.value}, difficulty {scenario.difficulty}{yours})"
            )
    return 2 if broken else 0


@app.command("show")
def show_scenario(
    scenario: Annotated[str, typer.Argument(help="Id of a situation, or a scenario file.")],
    partner: Annotated[bool, typer.Option("--partner", help="Also what your partner does not say at first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The whole scenario as JSON.")] = False,
) -> None:
    """Show a situation as you would meet it."""
    import msgspec

    from voice_agent.catalog.data_files import find
    from voice_agent.catalog.scenarios import KIND, SUFFIX, read_scenario

    file = find(KIND, SUFFIX, scenario)
    found = read_scenario(file)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    typer.echo(f"{found.title} ({found.domain.value}, difficulty {found.difficulty})\n{found.summary}\n")
    typer.echo(f"Partner: {found.partner.name}, {found.partner.relationship}. {found.partner.persona}")
    typer.echo(f"They want: {found.partner.wants}")
    typer.echo("What you know:")
    for fact in found.learner.facts:
        typer.echo(f"  {fact}")
    typer.echo(f"Your goal: {found.learner.goal}")
    typer.echo(f'They begin: "{found.opening}"')
    typer.echo(f"{len(found.lines)} own lines; from {file.path}")
    typer.echo("")
    for line in _realism(found, whole=partner):
        typer.echo(line)
    if partner:
        typer.echo(f"\nHidden concern: {found.partner.hidden_concern}\nBottom line: {found.partner.bottom_line}")
        typer.echo("Softened by: " + "; ".join(trigger.what for trigger in found.partner.softened_by))
        typer.echo("Hardened by: " + "; ".join(trigger.what for trigger in found.partner.hardened_by))


def _realism(scenario: Scenario, *, whole: bool) -> list[str]:
    """What self-play has found out about the situation's partner."""
    from voice_agent.selfplay.card_file import card_for, is_out_of_date
    from voice_agent.selfplay.report import card_lines

    card = card_for(scenario)
    if card is None:
        return [f"Never played by simulated learners; voice-agent simulate --cards --scenario {scenario.id}"]
    return card_lines(card, scenario, out_of_date=is_out_of_date(card, scenario), whole=whole)


@app.command("check")
def check_scenarios(
    names: Annotated[list[str] | None, typer.Argument(help="Ids or files; all when none is named.")] = None,
    play: Annotated[
        bool,
        typer.Option("--play", help="Also let a weak and a strong simulated learner talk; exit code 1 for a fault."),
    ] = False,
) -> int:
    """Check scenario files: the first mistake of each, with line, field and cure. Exit code 2 when there is one."""
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.errors import UserError
    from voice_agent.partner.coverage import gaps

    failed, sound = 0, []
    for name in names or list(scenario_files()):
        try:
            scenario = load_scenario(name)
        except UserError as error:
            typer.echo(str(error), err=True)
            failed += 1
            continue
        sound.append(scenario)
        missing = gaps(scenario)
        typer.echo(
            f"{scenario.id}: {len(scenario.lines)} own lines" + (f"; thin: {', '.join(missing)}" if missing else "")
        )
    faulty = _played_badly(sound) if play and sound else 0
    return 2 if failed else 1 if faulty else 0


PLAY_TALKS, PLAY_TURNS = 3, 10
"""Of each learner: a talk alone may be an odd one."""


def _played_badly(scenarios: list[Scenario]) -> int:
    """Let simulated learners talk with each; how many have a fault, each told in a line."""
    from voice_agent.catalog.pipelines import DEFAULT_PIPELINE, load_pipeline
    from voice_agent.cli.simulate import cards_of, played_talks
    from voice_agent.selfplay.card import faults
    from voice_agent.selfplay.learner import LearnerSkill
    from voice_agent.selfplay.report import outcomes

    played = played_talks(
        scenarios,
        load_pipeline(DEFAULT_PIPELINE),
        skills=[LearnerSkill.WEAK, LearnerSkill.STRONG],
        talks=PLAY_TALKS,
        turns=PLAY_TURNS,
    )
    faulty = 0
    for scenario, card in zip(scenarios, cards_of(scenarios, played, PLAY_TURNS), strict=True):
        found = faults(card, scenario)
        faulty += bool(found)
        for fault in found:
            typer.echo(f"{scenario.id}: played, and {fault}", err=True)
        for flag in card.stereotypes:
            typer.echo(f'{scenario.id}: to look at, {flag.why} ("{flag.line}")', err=True)
        if not found:
            told = [
                f"{skill.value} ends at {result.end:.1f} ({outcomes(result.outcomes)})"
                for skill, result in card.learners.items()
            ]
            typer.echo(f"{scenario.id}: played, {'; '.join(told)}")
    return faulty


@app.command("new")
def new_scenario(
    name: Annotated[
        str | None, typer.Argument(metavar="ID", help="Id of the new situation; left out: made from it.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="Copy this situation to edit it, instead of the interview.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace your file of this id.")] = False,
) -> None:
    """Make your own situation: tell it in a few answers, or copy one to edit.

    The interview asks what they did and said, never what they are like. An empty answer takes what stands in
    brackets; a minus sign goes back to the question before.
    """
    if like is not None:
        if name is None:
            raise UserError("the copy needs an id", cure="voice-agent scenarios new ID --like " + like)
        path = _copied(like, name, force=force)
    else:
        path = own_situation(name, force=force)
    typer.echo(f"Written: {path}")
    typer.echo(
        f"Edit it if you like, then: voice-agent scenarios check {path.stem}; voice-agent practice {path.stem}"
    )
    typer.echo(f"A language model can fill it out: voice-agent scenarios enrich {path.stem} --pipeline local")


def own_situation(name: str | None = None, *, force: bool = False) -> Path:
    """An own situation, asked for on standard output and told on standard input. Raises UserError."""
    from voice_agent.catalog.own_scenarios import free_path, keep_scenario
    from voice_agent.rehearsal.interview import Interview, slug_of

    if name is not None:
        free_path(name, force=force)
    interview = interviewed(Interview())
    if sys.stdin.isatty():
        _looked_at(interview)
    return keep_scenario(interview.scenario(name or slug_of(interview)), force=force)


def interviewed(interview: Interview) -> Interview:
    """Ask to the end, on standard output and input. Raises UserError when the answers end early."""
    while interview.question is not None:
        typer.echo(fitted(interview.text))
        line = sys.stdin.readline()
        if not line:
            raise UserError("the answers ended too early", cure="answer every question, or use --like ID")
        if line.strip() == "-":
            if undone := interview.back():
                typer.echo(fitted(f"Taken back: {undone}"))
            continue
        try:
            interview.answer(line)
        except UserError as error:
            typer.echo(fitted(f"{error}."))
    return interview


def _looked_at(interview: Interview) -> None:
    """All answers again before they are kept, any of which can be changed. Raises UserError when they are dropped."""
    from voice_agent.rehearsal.interview import QUESTIONS

    while True:
        typer.echo("\nWhat you told:")
        for number, question in enumerate(QUESTIONS, start=1):
            typer.echo(fitted(f"{number:>3}. {question.short}: {interview.told(question) or 'nothing'}"))
        typer.echo("Enter keeps it, a number changes that answer, q leaves without keeping it.")
        wanted = sys.stdin.readline().strip().lower()
        if not wanted:
            return
        if wanted in ("q", "quit"):
            raise UserError("nothing was kept", cure="tell it again with `voice-agent scenarios new`")
        try:
            interview.change(int(wanted))
        except (ValueError, UserError):
            typer.echo(f'"{wanted}" is no number of the list.')
            continue
        interviewed(interview)


def _copied(like: str, name: str, *, force: bool) -> Path:
    from voice_agent.catalog.data_files import find, read_text
    from voice_agent.catalog.own_scenarios import free_path, write_own
    from voice_agent.catalog.scenario_schema import HEADER
    from voice_agent.catalog.scenario_text import with_values
    from voice_agent.catalog.scenarios import KIND, SUFFIX, parse_scenario

    path = free_path(name, force=force)
    text = with_values(read_text(find(KIND, SUFFIX, like).path), {"id": name})
    text = text if text.startswith(HEADER) else HEADER + text
    parse_scenario(text, name=str(path), stem=name)
    write_own(path, text)
    return path
