"""`voice-agent sound-check`: the room, the echo, your voice; in lines."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer


def sound_check(
    mic: Annotated[str | None, typer.Option(help="Another microphone by name or number, or a recording.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Another speaker by name or number, or 'none'.")] = None,
) -> int:
    """Half a minute: is it quiet, does the microphone hear the loudspeaker, are you heard and understood.

    How you usually sound is remembered on this machine as a few numbers; nothing is recorded. Exit code 1 when
    nobody was heard.
    """
    return asyncio.run(_check(mic, speaker))


async def _check(mic: str | None, speaker: str | None) -> int:
    from voice_agent.catalog.preferences import load_preferences
    from voice_agent.cli.home import check_sound
    from voice_agent.rehearsal.sound_findings import Step, Verdict

    likes = load_preferences()
    failed = False
    async for one in check_sound(mic or likes.microphone or None, speaker or likes.speaker or None):
        if isinstance(one, Step):
            reads = "Read aloud: " if one.name == "read" else ""
            typer.echo(f"{reads}{one.says}")
        else:
            failed = failed or one.verdict is Verdict.FAILED
            typer.echo(f"{one.name}, {one.verdict.value}: {one.told} {one.cure}".rstrip())
    return 1 if failed else 0
