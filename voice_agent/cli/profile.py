"""`voice-agent profile`: how you usually sound and pause, so that you are compared with yourself and not cut off."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.audio.protocols import Int16Array
    from voice_agent.catalog.profile import Profile
    from voice_agent.conversation import Transcript

app = typer.Typer(
    help="How you usually sound and pause: learn, show, forget. Kept on this machine, as numbers, never as sound.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
RECORD_S = 12.0


@app.command("learn")
def learn(
    mic: Annotated[
        str | None, typer.Option(help="Another microphone by name or number; or a recording of you talking calmly.")
    ] = None,
) -> int:
    """Read two sentences aloud; pace, loudness and melody are remembered as your own."""
    import msgspec

    from voice_agent.catalog.profile import load_profile, profile_file, save_profile
    from voice_agent.cli.sound import is_file
    from voice_agent.errors import UserError
    from voice_agent.feedback.baseline import LEAST_SPEECH_S, baseline_of
    from voice_agent.feedback.sounding import measure

    profile = load_profile()  # a broken file is told before anybody reads aloud
    if is_file(mic):
        from voice_agent.pipeline.transcribe import turns_of

        heard = [(turn.samples, turn.transcript) for turn in asyncio.run(turns_of(Path(str(mic))))]
    else:
        heard = [asyncio.run(_record(mic))]
    measured = [found for samples, transcript in heard if (found := measure(samples, transcript)) is not None]
    baseline = baseline_of(measured)
    if baseline is None:
        raise UserError(
            f"less than {LEAST_SPEECH_S:.0f} seconds of speech were heard",
            place=f"microphone {mic}" if mic else "microphone",
            cure="speak for longer, closer to the microphone, or choose another one with --mic",
        )
    profile = msgspec.structs.replace(profile, baseline=baseline)
    save_profile(profile)
    typer.echo(f"Remembered in {profile_file()}.")
    for line in _shown(profile):
        typer.echo(line)
    return 0


@app.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show what is remembered."""
    import msgspec

    from voice_agent.catalog.profile import load_profile

    profile = load_profile()
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(profile), indent=2))
    else:
        for line in _shown(profile) or ["Nothing is remembered. Run: voice-agent profile learn"]:
            typer.echo(line)


@app.command("forget")
def forget() -> None:
    """Delete what is remembered."""
    from voice_agent.catalog.profile import profile_file

    profile_file().unlink(missing_ok=True)
    typer.echo("Forgotten.")


async def _record(mic: str | None) -> tuple[Int16Array, Transcript]:
    """Some seconds of the microphone, and no words: none are needed for how it sounds."""
    from contextlib import aclosing

    import numpy as np

    from voice_agent.audio.protocols import BLOCK_S
    from voice_agent.cli.sound import open_microphone
    from voice_agent.clock import SystemClock
    from voice_agent.conversation import Transcript as Words
    from voice_agent.errors import UserError
    from voice_agent.rehearsal.sound_check import READ_ALOUD

    microphone = open_microphone(mic, SystemClock())
    if microphone is None:
        raise UserError(
            "there is no microphone", place="profile", cure="connect one, or give a recording with --mic FILE"
        )
    typer.echo(f"Read this aloud, as you would to a friend ({RECORD_S:.0f} seconds):\n{READ_ALOUD}")
    blocks = []
    async with aclosing(microphone.blocks()) as arriving:
        async for block in arriving:
            blocks.append(block.samples)
            if len(blocks) * BLOCK_S >= RECORD_S:
                break
    return np.concatenate(blocks), Words(READ_ALOUD)


def _shown(profile: Profile) -> list[str]:
    from voice_agent.pipeline.turn_end.pauses import told

    names = {
        "syllables_per_s": "Pace: {:.1f} syllables a second.",
        "pause_share": "Pauses: {:.0%} of the time.",
        "loudness_dbfs": "Loudness: {:.0f} dBFS.",
        "loudness_spread_db": "Steadiness: syllables differ by {:.1f} dB.",
        "pitch_hz": "Pitch: {:.0f} Hz.",
        "pitch_range_st": "Melody: {:.1f} semitones.",
    }
    lines = [
        text.format(value)
        for name, text in names.items()
        if (value := getattr(profile.baseline, name, None)) is not None
    ]
    return [*lines, pauses] if (pauses := told(profile.pauses)) else lines
