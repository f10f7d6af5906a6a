"""`voice-agent doctor`: what works on this machine, what does not, and the cure."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from voice_agent.doctor.findings import Finding
    from voice_agent.doctor.gaps import Estimate


def doctor(
    pipeline: Annotated[str | None, typer.Argument(help="Id of a pipeline, or a file. None: yours.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Name or number of a speaker.")] = None,
    no_sound: Annotated[bool, typer.Option("--no-sound", help="Play and record nothing.")] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Measure also pipelines that send words elsewhere (invented words).")
    ] = False,
) -> int:
    """Look at each component, time it, and say what is wrong and what to do.

    \b
    voice-agent doctor                # the pipeline that you use
    voice-agent doctor local --json
    voice-agent doctor --no-sound     # leave microphone and speaker alone

    Ends with what a reply waits for on this machine, for each pipeline. A short sound is played, the microphone is
    listened to for some seconds and nothing of it is kept. Exit code 0 when nothing failed that the pipeline needs.
    """
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.doctor.examination import Examination
    from voice_agent.doctor.findings import is_healthy
    from voice_agent.doctor.gaps import advised

    plan = chosen_pipeline(pipeline)
    scenario = load_scenario(next(iter(scenario_files())))
    findings: list[Finding] = []
    estimates: list[Estimate] = []
    with Examination(
        plan=plan,
        scenario=scenario,
        output=sys.stdout,
        mic=mic,
        speaker=speaker,
        makes_sound=not no_sound,
        asks_others=online,
        ready=lambda: typer.echo("Say a sentence into the microphone.", err=True),
    ) as examination:
        for finding in examination.findings():
            findings.append(finding)
            if not as_json:
                typer.echo(_line(finding))
        if not as_json:
            typer.echo("\nWhat a reply waits for here once your turn is over; patience comes before it:")
        for one in examination.estimates():
            estimates.append(one)
            if not as_json:
                typer.echo(_gap_line(one))
    best = advised(estimates)
    healthy = is_healthy(findings)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "pipeline": plan.id,
                    "healthy": healthy,
                    "findings": [asdict(finding) | {"verdict": finding.verdict.value} for finding in findings],
                    "gaps": [_gap(one) for one in estimates],
                    "advised": best.pipeline if best else None,
                },
                indent=2,
            )
        )
    else:
        for line in _advice(best, plan.id):
            typer.echo(line)
    return 0 if healthy else 1


def _line(finding: Finding) -> str:
    told = "; ".join(part for part in (finding.told, finding.cure) if part)
    return f"{finding.component}: {finding.verdict.value}, {finding.seconds:.2f} s: {told}"


def _gap_line(one: Estimate) -> str:
    if one.gap is None:
        return f"{one.pipeline}: {'; '.join(part for part in (one.why, one.cure) if part)}"
    gap = one.gap
    return (
        f"{one.pipeline}: {gap.total_s:.2f} s (words {gap.words_s:.2f}, rating {gap.rating_s:.2f}, "
        f"reply {gap.text_s:.2f}, first sound {gap.sound_s:.2f})"
        + (f"; asks {one.host}" if one.host else "")
        + (f"; {one.why}" if one.why else "")
    )


def _gap(one: Estimate) -> dict[str, Any]:
    gap = {name: round(value, 4) for name, value in asdict(one.gap).items()} if one.gap is not None else {}
    total = {"total_s": round(one.gap.total_s, 4)} if one.gap is not None else {}
    return {"pipeline": one.pipeline, "host": one.host, "why": one.why, "cure": one.cure, **gap, **total}


def _advice(best: Estimate | None, chosen: str) -> list[str]:
    if best is None:
        return ["No pipeline could be measured: cure what failed above."]
    if best.pipeline == chosen:
        return [f"Advised: {best.pipeline}, which you use."]
    return [f"Advised: {best.pipeline}: voice-agent practice --pipeline {best.pipeline}, or VOICE_AGENT_PIPELINE."]
