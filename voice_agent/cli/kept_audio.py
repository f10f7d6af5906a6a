"""Both voices of a rehearsal beside the store, when the user asked for it: the learner left, the partner right.

Written as WAV while the talk goes on, so that a killed program leaves a whole file; packed as FLAC at its end.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array, Microphone
from voice_agent.audio.recording import RecordedMicrophone, StereoRecording
from voice_agent.audio.resampling import StreamResampler
from voice_agent.errors import EngineError
from voice_agent.sessions.backup import audio_folder

if TYPE_CHECKING:
    from voice_agent.rehearsal.rehearsal import Rehearsal
    from voice_agent.sessions.store import SessionStore

PACKED_SAMPLES = 1 << 20
"""Samples a side that are packed at once: 1 MiB of each, whatever the length of the talk."""


class KeptAudio:
    """One run of a session. Used on the event loop, except `pack`."""

    def __init__(self, store: SessionStore, session: str) -> None:
        self._store, self._session = store, session
        self._part = 0
        self._recording: StereoRecording | None = None
        self.path = Path()
        """The file that grows while the talk goes on."""

    def open(self) -> None:
        """Blocking. Raises UserError when the file can't be written."""
        self._part = len(self._store.keepsakes.recordings(self._session))
        self.path = audio_folder() / f"{self._session}-{self._part}.wav"
        self._opened = StereoRecording(self.path, speaker_rate_hz=MIC_RATE_HZ)

    def microphone(self, microphone: Microphone) -> Microphone:
        """The same one, heard here too."""
        return RecordedMicrophone(microphone, self)

    def tap(self) -> PartnerTap:
        """For one speaker; set its rate once the speaker is made."""
        return PartnerTap(self)

    async def begin(self, rehearsal: Rehearsal) -> None:
        """Record from the run's first event on, so that its times are times of the recording. Run as a task."""
        async with aclosing(rehearsal.events()) as events:
            async for stamped in events:
                self._recording = self._opened
                await asyncio.to_thread(
                    self._store.keepsakes.add_recording, self._session, self.path, first_seq=stamped.seq
                )
                return

    def heard_learner(self, samples: Int16Array) -> None:
        """16 kHz mono."""
        if self._recording is not None:
            self._recording.heard_learner(samples)

    def heard_partner(self, samples: Int16Array) -> None:
        """16 kHz mono."""
        if self._recording is not None:
            self._recording.heard_partner(samples)

    def pack(self) -> None:
        """End the recording and make it half as large. Blocking.

        Raises EngineError when not everything could be recorded; what there is stays.
        """
        self._opened.close()
        if self._recording is None:
            self.path.unlink(missing_ok=True)
            return
        packed = pack(self.path)
        self._store.keepsakes.move_recording(self._session, self._part, packed)
        self.path.unlink()


class PartnerTap:
    """Brings one speaker's blocks to the recording's rate."""

    def __init__(self, kept: KeptAudio) -> None:
        self._kept = kept
        self._resampler = StreamResampler(MIC_RATE_HZ, MIC_RATE_HZ)

    def set_rate(self, rate_hz: int) -> None:
        self._resampler = StreamResampler(rate_hz, MIC_RATE_HZ)

    def __call__(self, samples: Int16Array) -> None:
        self._kept.heard_partner(self._resampler.feed(samples))


def pack(wav: Path) -> Path:
    """The same sound as FLAC beside it. Raises EngineError; the WAV stays."""
    import soundfile  # 40 ms

    flac = wav.with_suffix(".flac")
    flac.unlink(missing_ok=True)
    flac.touch(mode=0o600)
    try:
        with (
            soundfile.SoundFile(wav) as source,
            soundfile.SoundFile(
                flac, "w", samplerate=source.samplerate, channels=source.channels, subtype="PCM_16"
            ) as target,
        ):
            while len(block := source.read(PACKED_SAMPLES, dtype="int16")):
                target.write(block)
    except (soundfile.LibsndfileError, OSError) as error:
        flac.unlink(missing_ok=True)
        raise EngineError(
            "recording", f"{wav.name} can't be packed: {error}", cure="make room on the disk"
        ) from error
    return flac
