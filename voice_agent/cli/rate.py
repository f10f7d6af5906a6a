"""`voice-agent rate`: DEAR MAN ratings and advice for single turns."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.annotation import RatedLine, Situation, TurnToRate
    from voice_agent.errors import EngineError
    from voice_agent.feedback.protocols import Advisor, Rater
    from voice_agent.scenario import Scenario

SOUND_FILES = (".wav", ".flac", ".ogg", ".aiff")
BATCH = 32


def rate(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="What was said; or a file: .jsonl, a recording, or text with one turn a line; or - for stdin."
        ),
    ] = None,
    partner_line: Annotated[str, typer.Option("--after", help="What the other person said just before.")] = "",
    scenario: Annotated[str | None, typer.Option(help="The situation: an id or a file; advice then fits it.")] = None,
    advisor: Annotated[
        str, typer.Option(help="Who advises: local, or openai (a chat server; words leave).")
    ] = "local",
    base_url: Annotated[str, typer.Option(help="With --advisor openai: the chat server's /v1.")] = "",
    model: Annotated[str, typer.Option(help="Its model.")] = "",
    advice: Annotated[bool, typer.Option("--advice/--no-advice", help="Ratings alone are ten times faster.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines; always so for a .jsonl file.")] = False,
) -> int:
    """Rate turns on the seven DEAR MAN skills.

    Levels are none, weak, strong; the figure behind each is how sure the rater is.

    voice-agent rate "You never listen to me"
    voice-agent rate --scenario roommate-dishes --after "It's a couple of pans." "would you wash up tonight"
    voice-agent rate talk.wav --json
    voice-agent rate turns.jsonl > rated.jsonl      (lines as in docs/rater.md; also through a pipe: rate -)
    """
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.errors import UserError

    situation = load_scenario(scenario) if scenario else None
    if not words:
        raise UserError(
            "nothing to rate", place="rate", cure='give the words, a file, or - for stdin: voice-agent rate "..."'
        )
    options = {name: value for name, value in (("base_url", base_url), ("model", model)) if value}
    asyncio.run(_rate_all(words, partner_line, situation, advisor if advice else None, options, as_json=as_json))
    return 0


async def _rate_all(
    words: list[str],
    partner_line: str,
    scenario: Scenario | None,
    advisor: str | None,
    options: dict[str, str],
    *,
    as_json: bool,
) -> None:
    from voice_agent.annotation import TurnToRate
    from voice_agent.catalog.json_lines import parse_lines, read_lines
    from voice_agent.feedback.stand_in import WithStandIn
    from voice_agent.pipeline.stages import open_feedback

    rater, adviser = open_feedback(advisor, options)
    stand_in = open_feedback("local")[1] if advisor not in (None, "local") else None
    if adviser is not None and stand_in is not None:
        adviser = WithStandIn(adviser, stand_in, _told)
    name = words[0] if len(words) == 1 else ""
    piped = _piped() if name == "-" else []
    try:
        if name.lower().endswith(".jsonl"):
            await _print_lines(read_lines(Path(name), TurnToRate), rater, adviser, scenario)
            return
        if "".join(piped).lstrip().startswith("{"):
            await _print_lines(parse_lines(piped, TurnToRate, name="stdin"), rater, adviser, scenario)
            return
        if name.lower().endswith(SOUND_FILES):
            await _print_recording(Path(name), rater, adviser, scenario, partner_line, as_json=as_json)
            return
        for said in _cleaned(piped) if name == "-" else _texts(words):
            _print(await _rated(said, partner_line, rater, adviser, scenario, None), as_json=as_json)
    finally:
        if adviser is not None:
            await adviser.close()


def _told(error: EngineError, done: str) -> None:
    typer.echo(f"{error}. {done}", err=True)


def _piped() -> list[str]:
    """The lines of standard input. Raises UserError when there is nothing in them."""
    from voice_agent.errors import UserError

    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    lines = list(sys.stdin)
    if not any(line.strip() for line in lines):
        raise UserError("there are no words in it", place="stdin", cure="give a turn a line, or JSON Lines")
    return lines


def _cleaned(lines: Iterable[str]) -> Iterator[str]:
    from voice_agent.text import clean

    return (text for line in lines if (text := clean(line)))


def _texts(words: list[str]) -> Iterator[str]:
    """The words themselves, or the lines of a file."""
    from voice_agent.errors import UserError
    from voice_agent.text import clean

    path = Path(words[0])
    if len(words) == 1 and path.suffix in (".txt", ".md"):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                getattr(error, "strerror", None) or "is no text", place=words[0], cure="check the path"
            ) from error
        yield from _cleaned(lines)
        return
    text = clean(" ".join(words))
    if not text:
        raise UserError("there are no words in it", place="rate", cure='say what to rate: voice-agent rate "..."')
    yield text


async def _print_lines(
    items: Iterable[TurnToRate], rater: Rater, advisor: Advisor | None, scenario: Scenario | None
) -> None:
    """JSON Lines in, JSON Lines out, one for one."""
    import msgspec

    from voice_agent.catalog.json_lines import to_line
    from voice_agent.text import clean

    for item in items:
        line = await _rated(clean(item.utterance), clean(item.partner_line), rater, advisor, scenario, item.situation)
        typer.echo(to_line(msgspec.structs.replace(line, id=item.id)))


async def _print_recording(
    path: Path, rater: Rater, advisor: Advisor | None, scenario: Scenario | None, partner_line: str, *, as_json: bool
) -> None:
    import msgspec

    from voice_agent.catalog.profile import load_profile
    from voice_agent.errors import UserError
    from voice_agent.feedback.sounding import measure
    from voice_agent.feedback.sounding_notes import notes
    from voice_agent.pipeline.transcribe import turns_of

    turns = await turns_of(path, scenario=scenario)
    if not turns:
        raise UserError(
            "no words were understood in it", place=str(path), cure="check that it holds clear English speech"
        )
    baseline = load_profile().baseline
    for turn in turns:
        line = await _rated(turn.transcript.text, partner_line, rater, advisor, scenario, None)
        told = notes(measure(turn.samples, turn.transcript), baseline, turn.transcript.text)
        _print(msgspec.structs.replace(line, prosody_notes=tuple(note.sentence for note in told)), as_json=as_json)


async def _rated(
    said: str,
    partner_line: str,
    rater: Rater,
    advisor: Advisor | None,
    scenario: Scenario | None,
    situation: Situation | None,
) -> RatedLine:
    from voice_agent.annotation import RatedLine
    from voice_agent.dearman import Skill
    from voice_agent.feedback.protocols import AdvisedTurn, RatedTurn

    reading = rater.read(RatedTurn(said=said, partner_line=partner_line, scenario=scenario))
    line = RatedLine(
        utterance=said,
        labels={skill: reading.ratings.level(skill) for skill in Skill},
        confidences={skill: reading.ratings.of(skill).confidence or 0.0 for skill in Skill},
        next_skill=reading.next_skill,
        acts=reading.acts,
        rater=reading.rater,
    )
    if advisor is None or not said:
        return line
    turn = AdvisedTurn(said=said, partner_line=partner_line, scenario=scenario, situation=situation, reading=reading)
    import msgspec

    async for advice in advisor.advise(turn):
        shown = (advice.example.weaker, advice.example.stronger) if advice.example else None
        line = msgspec.structs.replace(
            line, skill=advice.skill, reason=advice.reason, suggestion=advice.words, example=shown
        )
    return line


def _print(line: RatedLine, *, as_json: bool) -> None:
    from voice_agent.catalog.json_lines import to_line

    typer.echo(to_line(line) if as_json else "\n".join(_shown(line)))


def _shown(line: RatedLine) -> Iterable[str]:
    from voice_agent.dearman import Skill

    yield f"Turn: {line.utterance}"
    for skill in Skill:
        yield f"  {skill.full_name + ':':17} {line.labels[skill].word:6} ({line.confidences[skill]:.2f})"
    yield f"  Would help next: {line.next_skill.full_name}."
    if line.skill is not None:
        yield f"  {line.skill.full_name}: {line.reason}"
    if line.suggestion:
        yield f"  You could say: {line.suggestion}"
    if line.example is not None:
        yield f'  Somebody else said "{line.example[0]}", then better: "{line.example[1]}"'
    for note in line.prosody_notes:
        yield f"  Voice: {note}"
