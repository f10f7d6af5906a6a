"""`voice-agent bench`: measures turn-taking on tracks, in real time."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voice_agent.settings import Patience

if TYPE_CHECKING:
    from voice_agent.bench.report import TrackReport
    from voice_agent.bench.run import TrackRun
    from voice_agent.bench.utterances import Utterance

app = typer.Typer(
    help="Measure turn-taking: build tracks, run them in real time, serve a stand-in for a language model.",
    no_args_is_help=True,
)


@app.command()
def turns(
    track: Annotated[Path, typer.Argument(help="A WAV, or a folder in which each NAME.wav has its NAME.json.")],
    truth: Annotated[
        Path | None, typer.Argument(help="What is said in it, and when; default: the same name with .json.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="Id of a pipeline, or a file; default: engines of a fixed cost.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="The chat server's /v1; the track's words go there.")] = "",
    server: Annotated[str, typer.Option(help="'stub': a stand-in on this machine, 150 ms, then 40 words/s.")] = "",
    model: Annotated[str, typer.Option(help="The server's model, with --base-url.")] = "",
    patience: Annotated[Patience | None, typer.Option(help="Default: the pipeline's.")] = None,
    ahead: Annotated[
        int | None,
        typer.Option(min=0, max=8, help="Replies prepared for one turn before it is surely over; default: 3."),
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="On a virtual clock: only set costs and the program's own waits take time.")
    ] = False,
    scenario: Annotated[str, typer.Option(help="The situation that is talked about.")] = "roommate-dishes",
    output: Annotated[Path | None, typer.Option("--json", help="Write everything measured here.")] = None,
    stages: Annotated[bool, typer.Option("--stages", help="Also where the time of a turn went.")] = False,
) -> int:
    """Run tracks and measure each turn's gap, cut-ins, wasted calls and interruptions; in real time, or --fast.

    \b
    voice-agent bench tracks --voice flite-slt -o tracks
    voice-agent bench turns tracks
    voice-agent bench turns tracks --fast --patience quick
    voice-agent bench turns tracks/plain.wav tracks/plain.json --pipeline offline --patience quick
    voice-agent bench turns tracks --base-url http://localhost:11434/v1 --model llama3.1 --json measured.json
    """
    from voice_agent.bench import choosing
    from voice_agent.bench.run import TrackRun, bench_settings, neutral
    from voice_agent.bench.stub_server import UNUSED_URL, StubServer, stub_server_thread
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.errors import UserError

    if server not in ("", "stub"):
        raise UserError(f'no server is named "{server}"', cure="give --server stub, or --base-url")
    plan, tracks = choosing.bench_plan(pipeline), choosing.tracks_at(track, truth)
    wished: dict[str, Any] = {"patience": patience} if patience else {}
    if ahead is not None:
        wished["replies_ahead"] = ahead
    settings = bench_settings(plan, **wished)
    situation = neutral(load_scenario(scenario))
    needs_stub = choosing.wants_stub(plan, base_url=base_url, server=server)
    if fast and not needs_stub and choosing.asks_chat_server(plan):
        raise UserError("a real server keeps real time", cure="leave out --fast, or let the stub answer")
    _tell(f"{sum(one.seconds for one in tracks):.0f} s of sound, {'on a virtual clock' if fast else 'in real time'}.")
    with ExitStack() as stack:
        stub = StubServer(url=UNUSED_URL) if fast and needs_stub else None
        if needs_stub and not fast:
            stub = stack.enter_context(stub_server_thread())
        found = []
        for one in tracks:
            run = TrackRun(
                track=one.sound,
                seconds=one.seconds,
                truth=one.turns,
                plan=choosing.with_track(plan, one, base_url=stub.url if stub else base_url, model=model),
                scenario=situation,
                settings=settings,
                stub_calls=stub.calls if stub else None,
                is_virtual=fast,
            )
            found.append(_run(run, stages=stages))
    _summary(found)
    if output is not None:
        import msgspec

        output.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        _tell(f"Everything measured: {output}")
    return 0


def _run(run: TrackRun, *, stages: bool) -> TrackReport:
    from voice_agent.bench.run import run_track
    from voice_agent.bench.tables import cost_line, stage_table, turn_table

    report = asyncio.run(run_track(run))
    typer.echo(f"{report.track}: pipeline {report.pipeline}, patience {report.patience}, ", nl=False)
    typer.echo(f"replies ahead {report.replies_ahead}")
    for line in turn_table(report) + (["", *stage_table(report)] if stages else []):
        typer.echo(line)
    typer.echo(cost_line(report))
    for fault in report.faults:
        _tell(f"Fault: {fault}")
    if report.ended != "microphone_ended":
        _tell(f"The talk ended before the track did: {report.ended}.")
    typer.echo()
    return report


def _summary(found: list[TrackReport]) -> None:
    from voice_agent.bench.tables import barge_in_table, summary_table

    for line in summary_table(found):
        typer.echo(line)
    for line in barge_in_table(found):
        typer.echo(line)


@app.command()
def tracks(
    folder: Annotated[
        Path | None, typer.Argument(help="Recordings: WAVs, with their words in NAME.txt or a table in README.md.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the tracks.")] = Path("tracks"),
    voice: Annotated[str, typer.Option(help="Instead of a folder: a voice's id; it says a situation's lines.")] = "",
    scenario: Annotated[str, typer.Option(help="The situation whose lines are said.")] = "roommate-dishes",
    pauses: Annotated[str, typer.Option(help="Pauses inside turns, in seconds, comma between.")] = "0.4,0.7,1.0",
    reply_s: Annotated[float, typer.Option(min=1, max=60, help="Room for a reply between turns, seconds.")] = 9.0,
    most: Annotated[int, typer.Option(min=0, help="Take only so many utterances; 0: all.")] = 0,
) -> int:
    """Build tracks with their truth: plain turns, pauses inside turns, interruptions.

    \b
    voice-agent bench tracks recordings/ -o tracks
    voice-agent bench tracks --voice flite-slt --scenario boss-raise -o tracks
    """
    from voice_agent.bench.tracks import build
    from voice_agent.bench.utterances import recorded
    from voice_agent.errors import UserError

    if (folder is None) == (not voice):
        raise UserError("tracks are made of recordings or of a voice", cure="give a folder, or --voice ID")
    said = recorded(folder) if folder is not None else _said_by(voice, scenario)
    tapes = build(said[: most or None], pauses_s=_seconds(pauses), reply_s=reply_s)
    for name, tape in tapes.items():
        tape.write(output / name)
        worded = sum(bool(turn.words) for turn in tape.turns)
        typer.echo(f"{output / name}.wav: {len(tape.turns)} turns, {worded} with words, {tape.at_s:.0f} s")
    return 0


def _said_by(voice: str, scenario: str) -> list[Utterance]:
    from voice_agent.bench.utterances import spoken
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.catalog.voices import load_voice
    from voice_agent.errors import UserError
    from voice_agent.pipeline.stages import open_voice

    situation = load_scenario(scenario)
    opened, faults = open_voice(situation, [load_voice(voice)], keep_order=True, options={})
    if opened is None:
        raise UserError(f"voice {faults[0].happened}", cure=faults[0].cure)
    found = list(spoken(opened[1], situation.demo or situation.practice))
    opened[1].close()
    return found


def _seconds(told: str) -> list[float]:
    from voice_agent.errors import UserError

    try:
        found = [float(one) for one in told.split(",") if one.strip()]
    except ValueError:
        found = [-1.0]
    if not all(0 < one <= 10 for one in found):
        raise UserError(f'--pauses is "{told}"', cure="give seconds up to 10, comma between: 0.4,0.7,1.0")
    return found


@app.command()
def server(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any that is free.")] = 8089,
    first_token_s: Annotated[float, typer.Option(min=0, max=60, help="From a request to the first word.")] = 0.15,
    words_per_s: Annotated[float, typer.Option(min=0.1, max=10_000, help="Words a second from there.")] = 40.0,
) -> int:
    """Serve a stand-in for a language model: OpenAI's protocol at a fixed cost, with replies from a list.

    voice-agent bench server --port 8089
    """
    from voice_agent.bench.stub_server import StubCosts, stub_server

    async def serve() -> None:
        async with stub_server(StubCosts(first_token_s=first_token_s, words_per_s=words_per_s), port=port) as stub:
            _tell(f"{stub.url} answers; Ctrl-C stops it.")
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except OSError as error:
        from voice_agent.errors import UserError

        raise UserError(f"port {port} can't be had: {error.strerror}", cure="choose another --port") from error
    return 0


def _tell(line: str) -> None:
    """A word to the user that is no data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201
