"""`voice-agent eval`: how well ratings and advice agree with annotators."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.evaluation.llm_methods import Prompt
    from voice_agent.evaluation.measures import Measures
    from voice_agent.evaluation.methods import Told

ALL_LOCAL = "majority,tfidf,nearest,local"


def evaluate(
    turns: Annotated[Path, typer.Argument(help="Annotated turns, JSON Lines (docs/rater.md has the format).")],
    methods: Annotated[
        str,
        typer.Option(
            help="Comma between: majority, tfidf, nearest, local; zero-shot, rubric, reasoning, random, knn, "
            "contrasting (these six ask a chat server or read --answers)."
        ),
    ] = ALL_LOCAL,
    split: Annotated[str, typer.Option(help="The turns to rate, where the file has splits.")] = "test",
    train: Annotated[Path | None, typer.Option(help="Turns to learn from; else the file's own train split.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Rate only so many turns; 0: all.")] = 0,
    prompts: Annotated[Path | None, typer.Option(help="Write the prompts here and ask nobody.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Read answers from here: id, way, answer a line.")] = None,
    base_url: Annotated[str, typer.Option(help="The chat server's /v1; the turns go there.")] = "",
    model: Annotated[str, typer.Option(help="Its model.")] = "",
    pairwise: Annotated[
        Path | None, typer.Option(help="Write local advice against the experts' words, to be judged.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="With --pairwise: compare with these, printed by `rate` for the turns."),
    ] = None,
    judge: Annotated[
        Path | None, typer.Option(help="Let the chat server judge a file of --pairwise (also --prompts, --answers).")
    ] = None,
    judged: Annotated[Path | None, typer.Option(help="Count a judged file of --pairwise, and stop.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One method a line, everything measured.")] = False,
) -> int:
    """Measure ratings against annotated turns: kappa, accuracy, macro-F1, confusion, next skill.

    voice-agent eval training/data/turns.jsonl
    voice-agent eval turns.jsonl --methods local,contrasting --base-url http://localhost:11434/v1 --model llama3.1
    voice-agent eval turns.jsonl --methods rubric,contrasting --prompts prompts.jsonl     (off-line: then --answers)
    voice-agent eval turns.jsonl --pairwise two.jsonl; voice-agent eval turns.jsonl --judge two.jsonl --model llama3.1
    """
    import msgspec

    from voice_agent.evaluation.measures import confusions, table
    from voice_agent.evaluation.pairwise import shares

    if judge is not None and prompts is not None:
        return _write_judge_prompts(judge, prompts)
    if judge is not None:
        asyncio.run(_judge(judge, answers, base_url, model))
    if (counted := judge or judged) is not None:
        for question, won in shares(counted).items():
            typer.echo(f"{question}: " + ", ".join(f"{name} {share:.2f}" for name, share in sorted(won.items())))
        return 0
    learn, test = _turns(turns, train, split, limit)
    if pairwise is not None:
        return _write_pairwise(test, pairwise, against)
    names = _names(methods)
    if prompts is not None:
        return _write_prompts(names, test, prompts)
    found = asyncio.run(_all(names, learn, test, answers, base_url, model))
    if as_json:
        for one in found:
            typer.echo(msgspec.json.encode(one).decode())
        return 0
    typer.echo(
        f"{len(test)} turns rated; {len(learn)} to learn from. Mean of quadratic-weighted kappas, then per skill."
    )
    for line in table(found):
        typer.echo(line)
    for one in found:
        if one.method == "local" or len(found) == 1:
            typer.echo(f"\n{one.method}:")
            for line in confusions(one):
                typer.echo(line)
        if one.unanswered:
            typer.echo(f"{one.method}: no usable answer for {one.unanswered} of {one.turns} turns")
    return 0


def _turns(path: Path, train: Path | None, split: str, limit: int) -> tuple[list[AnnotatedTurn], list[AnnotatedTurn]]:
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.errors import UserError, nearest

    everything = read_lines(path, AnnotatedTurn)
    splits = {turn.split for turn in everything}
    learn = read_lines(train, AnnotatedTurn) if train else [turn for turn in everything if turn.split == "train"]
    test = everything
    if splits != {None}:
        test = [turn for turn in everything if turn.split == split]
        if not test:
            known = [one for one in splits if one is not None]
            raise UserError(f'no turn is in the split "{split}"', place=str(path), cure=nearest(split, known))
    if not test:
        raise UserError("there is no turn in it", place=str(path), cure="give a file with one annotated turn a line")
    return learn, test[:limit] if limit else test


def _names(methods: str) -> list[str]:
    from voice_agent.errors import UserError, nearest
    from voice_agent.evaluation.llm_methods import WAYS
    from voice_agent.evaluation.methods import METHODS

    names = [name.strip() for name in methods.split(",") if name.strip()]
    for name in names:
        if name not in METHODS and name not in WAYS:
            raise UserError(f'no method is named "{name}"', place="eval", cure=nearest(name, [*METHODS, *WAYS]))
    return names


def _write_prompts(names: list[str], test: Sequence[AnnotatedTurn], path: Path) -> int:
    from voice_agent.evaluation.llm_methods import WAYS, prompts, write_prompts
    from voice_agent.feedback.bank import shipped_bank

    wanted = [prompt for name in names if name in WAYS for prompt in prompts(name, test, shipped_bank())]
    write_prompts(path, wanted)
    typer.echo(f"{len(wanted)} prompts written to {path}; answer each as a line with id, way and answer.")
    return 0


async def _all(
    names: list[str],
    learn: Sequence[AnnotatedTurn],
    test: Sequence[AnnotatedTurn],
    answers: Path | None,
    base_url: str,
    model: str,
) -> list[Measures]:
    from voice_agent.errors import UserError
    from voice_agent.evaluation.measures import measured
    from voice_agent.evaluation.methods import METHODS

    found = []
    for name in names:
        if name not in METHODS:
            told = await _llm(name, test, answers, base_url, model)
            found.append(measured(name, test, told))
            continue
        if not learn and name != "local":
            raise UserError(f"{name} has nothing to learn from", place="eval", cure="give --train FILE")
        found.append(measured(name, test, METHODS[name](learn, test)))
    return found


async def _llm(
    way: str, test: Sequence[AnnotatedTurn], answers: Path | None, base_url: str, model: str
) -> list[Told | None]:
    from voice_agent.evaluation.llm_methods import prompts, read_answers, told_by
    from voice_agent.feedback.bank import shipped_bank

    wanted = prompts(way, test, shipped_bank())
    if answers is not None:
        known = read_answers(answers)

        async def read(prompt: Prompt) -> str:
            return known.get((prompt.way, prompt.id), "")

        return await told_by(wanted, read, lambda done, total: None)
    from voice_agent.feedback.llm_prompts import RATING_TOKENS, rating_schema

    schema = rating_schema(reasoning=way not in ("zero-shot", "rubric"))
    ask, close = _server(base_url, model, schema, RATING_TOKENS)
    try:
        return await told_by(wanted, ask, _progress(way))
    finally:
        await close()


def _server(
    base_url: str, model: str, schema: Mapping[str, Any], max_tokens: int
) -> tuple[Callable[[Prompt], Awaitable[str]], Callable[[], Awaitable[None]]]:
    from voice_agent.chat.options import ChatOptions
    from voice_agent.chat.server import ChatServer

    server = ChatServer(
        ChatOptions(base_url=base_url, model=model, temperature=0.0, first_token_s=60, next_token_s=30, whole_s=180),
        component="eval",
    )

    async def ask(prompt: Prompt) -> str:
        return await server.complete(prompt.messages, max_tokens=max_tokens, schema=schema)

    return ask, server.close


def _progress(way: str) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{way}: {done} of {total}", end="\n" if done == total else "", file=sys.stderr)  # noqa: T201

    return told


def _write_judge_prompts(pairs: Path, path: Path) -> int:
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.evaluation.judging import judge_prompts
    from voice_agent.evaluation.llm_methods import write_prompts
    from voice_agent.evaluation.pairwise import Comparison

    wanted = judge_prompts(read_lines(pairs, Comparison))
    write_prompts(path, wanted)
    typer.echo(f"{len(wanted)} prompts written to {path}; answer each as a line with id, way and answer.")
    return 0


async def _judge(pairs: Path, answers: Path | None, base_url: str, model: str) -> None:
    """Fill in the file's verdicts."""
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.evaluation.judging import JUDGE_TOKENS, WAY, judge_schema, judged_by
    from voice_agent.evaluation.llm_methods import read_answers
    from voice_agent.evaluation.pairwise import Comparison, write_comparisons

    shown = read_lines(pairs, Comparison)
    if answers is not None:
        known = read_answers(answers)

        async def read(prompt: Prompt) -> str:
            return known.get((WAY, prompt.id), "")

        write_comparisons(pairs, await judged_by(shown, read))
        return
    ask, close = _server(base_url, model, judge_schema(shown), JUDGE_TOKENS)
    try:
        write_comparisons(pairs, await judged_by(shown, ask))
    finally:
        await close()


def _write_pairwise(test: Sequence[AnnotatedTurn], path: Path, against: Path | None) -> int:
    from voice_agent.annotation import RatedLine
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.errors import UserError
    from voice_agent.evaluation.pairwise import comparisons, write

    if against is not None:
        theirs = {line.id: line.suggestion for line in read_lines(against, RatedLine)}
        chosen = [turn for turn in test if theirs.get(turn.id)]
        other = (against.stem, [theirs[turn.id] for turn in chosen])
        missing = f"{against} holds no suggestion for these turns"
    else:
        chosen = [turn for turn in test if turn.suggestion]
        other = ("expert", [turn.suggestion or "" for turn in chosen])
        missing = 'no turn has an expert\'s "suggestion"'
    if not chosen:
        raise UserError(missing, place="eval", cure="add them to the turns to compare, or give --against FILE")
    shown, keys = comparisons(chosen, ("local", _local_words(chosen)), other)
    write(path, shown, keys)
    typer.echo(
        f"{len(shown)} comparisons written to {path}; fill in judged (or --judge), then: "
        f"voice-agent eval ... --judged {path}"
    )
    return 0


def _local_words(turns: Sequence[AnnotatedTurn]) -> list[str]:
    from voice_agent.feedback.local_advisor import LocalAdvisor
    from voice_agent.feedback.protocols import AdvisedTurn, RatedTurn
    from voice_agent.pipeline.stages import open_feedback

    rater, advisor = open_feedback("local")
    assert isinstance(advisor, LocalAdvisor)
    words = []
    for turn in turns:
        reading = rater.read(RatedTurn(said=turn.utterance, partner_line=turn.partner_line))
        advised = AdvisedTurn(
            said=turn.utterance, partner_line=turn.partner_line, situation=turn.situation, reading=reading
        )
        words.append(advisor.advice(advised).words)
    return words
