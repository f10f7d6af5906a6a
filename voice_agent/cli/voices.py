"""`voice-agent voices`: the voices that partners speak with."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from voice_agent.voice import Voice

app = typer.Typer(help="Voices: list them, hear one.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_voices(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List all voices and whether they work here."""
    import msgspec

    from voice_agent.catalog.voices import all_voices

    rows = [(voice, _why_not(voice)) for voice in all_voices()]
    if as_json:
        typer.echo(json.dumps([msgspec.to_builtins(voice) | {"works": why is None} for voice, why in rows], indent=2))
        return
    for voice, why in rows:
        typer.echo(
            f"{voice.id}: {voice.title}. {voice.manner}. "
            f"{voice.language}, {voice.sex.value}, {voice.age.value}; {why or 'works'}"
        )


@app.command("play")
def play_voice(
    voice: Annotated[str, typer.Argument(help="A voice's id, or a voice file.")],
    text: Annotated[str | None, typer.Argument(help="What to say; without it, the voice's sample line.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Name or number of a speaker, or a WAV file to write.")] = None,
) -> None:
    """Let a voice speak.

    \b
    voice-agent voices play flite-slt
    voice-agent voices play espeak-gb-man "Can we talk?" --speaker sample.wav
    """
    from voice_agent.catalog.voices import load_voice

    loaded = load_voice(voice)
    asyncio.run(_play(loaded, text or loaded.sample, speaker))


def _open(voice: Voice) -> Any:
    from voice_agent.registry import engine

    spec = engine("synthesizer", voice.engine)
    return spec.open(spec.options(), voice)


def _why_not(voice: Voice) -> str | None:
    """Why it can't speak here; of a voice with files only their presence is looked at, since loading takes long."""
    from voice_agent.catalog.voices import is_installed
    from voice_agent.errors import EngineError, UserError

    if voice.files:
        size_mb = sum(file.bytes for file in voice.files) / 1e6
        return (
            None
            if is_installed(voice)
            else f"not installed: `voice-agent setup {voice.id}` downloads {size_mb:.0f} MB"
        )
    try:
        _open(voice).close()
    except (EngineError, UserError) as error:
        return f"not here: {error.cause}" + (f"; {error.cure}" if error.cure else "")
    return None


async def _play(voice: Voice, text: str, speaker_name: str | None) -> None:
    from voice_agent.audio.resampling import StreamResampler
    from voice_agent.cli.sound import make_speaker
    from voice_agent.clock import Clock, SystemClock, VirtualClock
    from voice_agent.speech.protocols import Delivery
    from voice_agent.speech.speakable import speakable
    from voice_agent.text import clean

    synthesizer = _open(voice)
    to_file = speaker_name is not None and Path(speaker_name).suffix.lower() == ".wav"
    clock: Clock = VirtualClock() if to_file else SystemClock()
    ticking = asyncio.create_task(clock.run()) if isinstance(clock, VirtualClock) else None
    speaker = make_speaker(speaker_name, clock)
    if speaker is None:
        return
    await speaker.open()
    try:
        resampler = StreamResampler(synthesizer.sample_rate_hz, speaker.sample_rate_hz)
        for block in synthesizer.speak(speakable(clean(text)), Delivery(), threading.Event()):
            await speaker.write(resampler.feed(block.samples))
        await speaker.write(resampler.finish())
        await speaker.drained()
    finally:
        await speaker.close()
        if ticking is not None:
            ticking.cancel()
