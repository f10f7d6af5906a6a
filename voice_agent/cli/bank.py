"""`voice-agent bank`: the demonstration bank, which coaches build up from their own practice."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.rating_by_hand import LEVELS, levels_of, rate_by_hand

if TYPE_CHECKING:
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.dearman import Level, Skill

app = typer.Typer(
    help="Rated turns of your own: they count for advice at once. List, add, correct, annotate, agreement.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
LEVELS_HELP = f"{LEVELS} Left out: as the rater says."
Annotator = Annotated[str, typer.Option("--by", help="Who rates; two people may rate one turn.")]


@app.command("list")
def list_turns(
    skill: Annotated[str | None, typer.Option(help="Only turns that are strong on this skill.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON Lines.")] = False,
) -> None:
    """List your turns; the shipped demonstrations are counted."""
    from voice_agent.catalog.json_lines import to_line
    from voice_agent.dearman import Level, Skill
    from voice_agent.errors import UserError, nearest
    from voice_agent.feedback.bank import shipped_bank
    from voice_agent.feedback.user_bank import read_bank

    if skill is not None and skill not in set(Skill):
        raise UserError(f'skill "{skill}" is not known', cure=nearest(skill, list(Skill)))
    turns = [turn for turn in read_bank() if skill is None or turn.labels[Skill(skill)] is Level.STRONG]
    for turn in turns:
        typer.echo(to_line(turn) if as_json else _shown(turn))
    if not as_json:
        typer.echo(f"{len(turns)} of yours, beside {len(shipped_bank().demonstrations)} shipped pairs.")


@app.command("add")
def add(
    words: Annotated[str, typer.Argument(help="What was said.")],
    better: Annotated[
        str | None, typer.Option(help="Your better words: they become the strong side of a pair.")
    ] = None,
    levels: Annotated[str, typer.Option(help=LEVELS_HELP)] = "",
    after: Annotated[str, typer.Option(help="What the other person said just before.")] = "",
    partner: Annotated[str, typer.Option(help="Who the other person is to the speaker.")] = "somebody",
    context: Annotated[str, typer.Option(help="What happened.")] = "not told",
    goal: Annotated[str, typer.Option(help="What the speaker wants.")] = "not told",
    next_skill: Annotated[str | None, typer.Option("--next", help="The skill that would help next.")] = None,
    annotator: Annotator = "",
) -> None:
    """Add a turn, rated by you."""
    import secrets

    from voice_agent.annotation import AnnotatedTurn, Situation
    from voice_agent.errors import UserError
    from voice_agent.feedback.user_bank import read_bank, write_bank
    from voice_agent.text import clean

    said = clean(words)
    if not said:
        raise UserError(
            "there are no words in it", place="bank add", cure='say what was said: voice-agent bank add "..."'
        )
    read, following = _read_by_rater(said, clean(after))
    turn = AnnotatedTurn(
        id=f"own-{secrets.token_hex(3)}",
        situation=Situation(partner=clean(partner), context=clean(context), goal=clean(goal)),
        partner_line=clean(after),
        utterance=said,
        labels=read | levels_of(levels),
        next_skill=_skill(next_skill) if next_skill else following,
        suggestion=clean(better) if better else None,
        annotator=clean(annotator),
    )
    write_bank([*read_bank(), turn])
    typer.echo(_shown(turn))


@app.command("correct")
def correct(
    turn_id: Annotated[str, typer.Argument(metavar="ID", help="The turn's id, as `bank list` shows it.")],
    levels: Annotated[str, typer.Option(help=LEVELS_HELP)] = "",
    better: Annotated[str | None, typer.Option(help="Other better words.")] = None,
    next_skill: Annotated[str | None, typer.Option("--next", help="The skill that would help next.")] = None,
    annotator: Annotator = "",
) -> None:
    """Change a turn's levels, better words or next skill; what is left out stays."""
    import msgspec

    from voice_agent.feedback.user_bank import read_bank, write_bank
    from voice_agent.text import clean

    turns = read_bank()
    place = _place(turns, turn_id, annotator)
    turn = turns[place]
    turns[place] = msgspec.structs.replace(
        turn,
        labels=turn.labels | levels_of(levels),
        suggestion=clean(better) if better is not None else turn.suggestion,
        next_skill=_skill(next_skill) if next_skill else turn.next_skill,
    )
    write_bank(turns)
    typer.echo(_shown(turns[place]))


@app.command("delete")
def delete(turn_id: Annotated[str, typer.Argument(metavar="ID")], annotator: Annotator = "") -> None:
    """Delete a turn of yours."""
    from voice_agent.feedback.user_bank import read_bank, write_bank

    turns = read_bank()
    gone = turns.pop(_place(turns, turn_id, annotator))
    write_bank(turns)
    typer.echo(f"Deleted {gone.id}.")


@app.command("annotate")
def annotate(
    session: Annotated[str, typer.Argument(help="Id of a session, or its first characters.")],
    annotator: Annotated[str, typer.Option("--by", help="Who rates.")] = "coach",
) -> None:
    """Rate each turn of a session, blind to what the program said. Enter skips a turn; q stops; nothing is lost."""
    from voice_agent.feedback.user_bank import read_bank, write_bank

    found = _session_turns(session, annotator)
    known = {(turn.id, turn.annotator) for turn in read_bank()}
    todo = [turn for turn in found if (turn.id, turn.annotator) not in known]
    typer.echo(f"{len(todo)} turns to rate of {len(found)}.")
    rate_by_hand(todo, lambda rated: write_bank([*read_bank(), rated]))


@app.command("agreement")
def agreement(
    file: Annotated[Path | None, typer.Argument(help="Annotated turns; else your bank.")] = None,
) -> None:
    """How far two people who rated the same turns agree: quadratic-weighted kappa per skill."""
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.dearman import Skill
    from voice_agent.errors import UserError
    from voice_agent.feedback.agreement import accuracy, weighted_kappa
    from voice_agent.feedback.user_bank import read_bank

    by_turn: dict[str, list[AnnotatedTurn]] = defaultdict(list)
    for turn in read_lines(file, AnnotatedTurn) if file else read_bank():
        by_turn[turn.id].append(turn)
    pairs = [(turns[0], turns[1]) for turns in by_turn.values() if len(turns) > 1]
    if not pairs:
        raise UserError(
            "no turn is rated by two people",
            place=str(file or "bank"),
            cure="rate a session twice: bank annotate --by NAME",
        )
    typer.echo(f"{len(pairs)} turns rated twice.")
    for skill in Skill:
        one, other = ([int(turn.labels[skill]) for turn in side] for side in zip(*pairs, strict=True))
        typer.echo(f"{skill.value}: kappa {weighted_kappa(one, other):.2f}, same level {accuracy(one, other):.2f}")


@app.command("import")
def import_turns(file: Annotated[Path, typer.Argument(help="Annotated turns, JSON Lines.")]) -> None:
    """Add turns from a file; a turn that is there already (same id and annotator) is replaced."""
    from voice_agent.annotation import AnnotatedTurn, cleaned_turn
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.feedback.user_bank import read_bank, write_bank

    new = [cleaned_turn(turn) for turn in read_lines(file, AnnotatedTurn)]
    names = {(turn.id, turn.annotator) for turn in new}
    old = read_bank()
    kept = [turn for turn in old if (turn.id, turn.annotator) not in names]
    write_bank([*kept, *new])
    typer.echo(f"{len(new)} turns imported, {len(old) - len(kept)} of them in place of older ones.")


@app.command("export")
def export_turns(
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output when left out.")] = None,
) -> None:
    """Write your turns as JSON Lines, readable by you alone."""
    from voice_agent.catalog.json_lines import to_line
    from voice_agent.feedback.user_bank import read_bank

    lines = "".join(to_line(turn) + "\n" for turn in read_bank())
    if file is None:
        typer.echo(lines, nl=False)
        return
    file.touch(mode=0o600, exist_ok=True)
    file.write_text(lines, encoding="utf-8")
    typer.echo(f"{lines.count(chr(10))} turns written to {file}.")


def _read_by_rater(said: str, after: str) -> tuple[dict[Skill, Level], Skill]:
    from voice_agent.dearman import Skill
    from voice_agent.feedback.protocols import RatedTurn
    from voice_agent.pipeline.stages import open_feedback

    rater, _ = open_feedback(None)
    reading = rater.read(RatedTurn(said=said, partner_line=after))
    return {skill: reading.ratings.level(skill) for skill in Skill}, reading.next_skill


def _skill(name: str) -> Skill:
    from voice_agent.dearman import Skill
    from voice_agent.errors import UserError, nearest

    if name not in set(Skill):
        raise UserError(f'skill "{name}" is not known', cure=nearest(name, list(Skill)))
    return Skill(name)


def _place(turns: list[AnnotatedTurn], turn_id: str, annotator: str) -> int:
    from voice_agent.errors import UserError, nearest

    for place, turn in enumerate(turns):
        if turn.id == turn_id and annotator in ("", turn.annotator):
            return place
    raise UserError(f'no turn "{turn_id}"', place="bank", cure=nearest(turn_id, [turn.id for turn in turns]))


def _session_turns(session: str, annotator: str) -> list[AnnotatedTurn]:
    """A stored session's turns with empty levels."""
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.dearman import Level, Skill
    from voice_agent.events import PartnerSpoke, SessionStarted, TurnHeard
    from voice_agent.feedback.llm_prompts import situation_of
    from voice_agent.sessions.store import open_store

    store = open_store()
    try:
        summary = store.find(session)
        stored = store.events(summary.id)
    finally:
        store.close()
    turns, line, situation = [], "", None
    for stamped in stored:
        event = stamped.event
        if isinstance(event, SessionStarted):
            situation = situation_of(event.scenario)
        elif isinstance(event, PartnerSpoke):
            line = event.text
        elif isinstance(event, TurnHeard) and event.text and situation is not None:
            turns.append(
                AnnotatedTurn(
                    id=f"{summary.id}:{event.turn}",
                    situation=situation,
                    partner_line=line,
                    utterance=event.text,
                    register="spoken" if event.audio else "clean",
                    labels=dict.fromkeys(Skill, Level.NONE),
                    declared=event.declared,
                    annotator=annotator,
                )
            )
    return turns


def _shown(turn: AnnotatedTurn) -> str:
    from voice_agent.dearman import Skill

    levels = " ".join(f"{skill.letter}{int(turn.labels[skill])}" for skill in Skill)
    better = f" -> {turn.suggestion}" if turn.suggestion else ""
    by = f" (by {turn.annotator})" if turn.annotator else ""
    return f"{turn.id}{by}: {levels} | {turn.utterance}{better}"
