"""`voice-agent sessions listen`: a turn again, both voices, where the sound was kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.look_back import ID
from voice_agent.cli.stores import opened

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from voice_agent.review.listening import Span
    from voice_agent.sessions.store import SessionStore

_FORMATS = {".wav": "WAV", ".flac": "FLAC"}


def listen(
    session: Annotated[str, ID] = "last",
    turn: Annotated[int | None, typer.Argument(help="A turn's number, as in `sessions debrief`; none: all.")] = None,
    speaker: Annotated[
        str | None, typer.Option(help="Name or number of a speaker, or a stereo WAV file to write.")
    ] = None,
) -> None:
    """Listen to a turn of yours and the answer, or to the whole talk."""
    from voice_agent.review.listening import span_of

    with opened(reads_only=True) as store:
        chosen = store.find(session).id
        if turn is None:
            spans = whole(store, chosen)
        else:
            whole(store, chosen)  # tells when nothing was kept
            spans = [span_of(turn, store.events(chosen), store.keepsakes.recordings(chosen))]
        if speaker is not None and Path(speaker).suffix.lower() == ".wav":
            keep_sound(store, chosen, spans, Path(speaker))
            return
    asyncio.run(play(spans, speaker))


def whole(store: SessionStore, session: str) -> list[Span]:
    """All that was kept of a session. Raises UserError when that is nothing."""
    from voice_agent.errors import UserError
    from voice_agent.review.listening import Span

    recordings = store.keepsakes.recordings(session)
    if not recordings:
        raise UserError(
            f"the sound of session {session} was not kept", cure="add --keep-audio to `voice-agent practice`"
        )
    spans = [Span(one.path, 0.0, float("inf")) for one in recordings if one.path.exists()]
    if not spans:
        raise UserError("the recordings are gone", cure="run `voice-agent sessions check`")
    return spans


def keep_sound(store: SessionStore, session: str, spans: list[Span], target: Path) -> None:
    """Write it, and remember the file so that it goes with the session. Raises UserError."""
    write_sound(spans, target)
    if target.is_file() and store.database.writes:
        store.keepsakes.note_export(session, target, target.read_bytes())


def write_sound(spans: list[Span], target: Path) -> None:
    """Stereo, as it was recorded, one piece after another; WAV or FLAC. Raises UserError."""
    import soundfile

    from voice_agent.errors import UserError

    try:
        target.touch(mode=0o600)
        first, rate_hz = _read(spans[0])
        with soundfile.SoundFile(
            target,
            "w",
            samplerate=rate_hz,
            channels=first.shape[1],
            format=_FORMATS.get(target.suffix.lower(), "FLAC"),
        ) as out:
            out.write(first)
            for span in spans[1:]:
                out.write(_read(span)[0])
    except (soundfile.LibsndfileError, OSError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise UserError(cause, place=str(target), cure="choose a folder that exists and has room") from error


async def play(spans: list[Span], speaker_name: str | None) -> None:
    """On a speaker; None for the usual one. Raises UserError or EngineError."""
    from voice_agent.audio.resampling import resampled, to_mono_int16
    from voice_agent.cli.sound import make_speaker
    from voice_agent.clock import SystemClock
    from voice_agent.errors import UserError

    speaker = make_speaker(speaker_name, SystemClock())
    if speaker is None:
        raise UserError("there is nothing to hear it with", place="speaker", cure="name one, or a WAV file to write")
    await speaker.open()
    try:
        for span in spans:
            samples, rate_hz = await asyncio.to_thread(_read, span)
            await speaker.write(resampled(to_mono_int16(samples), rate_hz, speaker.sample_rate_hz))
        await speaker.drained()
    finally:
        await speaker.close()


def _read(span: Span) -> tuple[npt.NDArray[np.int16], int]:
    """Samples of the piece, shape (n, 2), and their rate. Raises UserError."""
    import soundfile

    from voice_agent.errors import UserError

    try:
        with soundfile.SoundFile(span.path) as file:
            start = min(file.frames, round(span.start_s * file.samplerate))
            stop = file.frames if span.end_s == float("inf") else round(span.end_s * file.samplerate)
            file.seek(start)
            return file.read(max(0, min(stop, file.frames) - start), dtype="int16", always_2d=True), file.samplerate
    except (soundfile.LibsndfileError, OSError) as error:
        raise UserError(str(error), place=str(span.path), cure="check the file") from error
