"""`voice-agent devices`: microphones and speakers of this machine."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def devices(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List microphones and speakers, with the numbers that --mic and --speaker take."""
    from voice_agent.audio.devices import sound_devices

    found = sound_devices()
    if as_json:
        typer.echo(json.dumps([asdict(device) for device in found], indent=2))
        return
    for title, key, default in (
        ("Microphones", "inputs", "is_default_input"),
        ("Speakers", "outputs", "is_default_output"),
    ):
        typer.echo(f"{title}:")
        usable = [device for device in found if getattr(device, key)]
        for device in usable:
            mark = " (default)" if getattr(device, default) else ""
            typer.echo(f"  {device.index}: {device.name}, {device.host}, {device.sample_rate_hz} Hz{mark}")
        if not usable:
            typer.echo("  none found")
