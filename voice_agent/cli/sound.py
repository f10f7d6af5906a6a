"""What `--mic` and `--speaker` name: a device, a file, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from voice_agent.audio.cancelling_microphone import CancellingMicrophone
from voice_agent.audio.devices import find_device, refresh, sound_devices
from voice_agent.audio.echo_canceller import WebrtcCanceller
from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.audio.paced_speaker import FileSpeaker, SilentSpeaker, Tap
from voice_agent.audio.played import Played
from voice_agent.audio.protocols import Int16Array, Microphone, Speaker
from voice_agent.clock import Clock
from voice_agent.errors import EngineError, UserError

if TYPE_CHECKING:
    from voice_agent.cli.kept_audio import KeptAudio

T = TypeVar("T")

TYPED, NO_SPEAKER = "typed", "none"
_SOUND_FILES = {".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif"}


def is_file(name: str | None) -> bool:
    return name is not None and (Path(name).suffix.lower() in _SOUND_FILES or Path(name).is_file())


def open_microphone(name: str | None, clock: Clock, *, runs_on: bool = False) -> Microphone | None:
    """None for typed turns. Raises UserError for an unknown device or a broken file.

    runs_on: a file goes on while the partner speaks.
    """
    if name == TYPED:
        return None
    if name is not None and is_file(name):
        return FileMicrophone(Path(name), clock, waits=not runs_on)
    from voice_agent.audio.device_microphone import DeviceMicrophone

    return DeviceMicrophone(find_device(name, "input"))


def make_speaker(name: str | None, clock: Clock, *, tap: Tap | None = None) -> Speaker | None:
    """Not opened yet; None when replies are only shown. Raises UserError for an unknown device."""
    if name == NO_SPEAKER:
        return None
    if name is not None and Path(name).suffix.lower() == ".wav":
        return FileSpeaker(Path(name), clock, tap=tap)
    if name is not None and is_file(name):
        raise UserError("only WAV can be written", place=name, cure="end the name in .wav")
    from voice_agent.audio.device_speaker import DeviceSpeaker

    return DeviceSpeaker(find_device(name, "output"), clock, tap=tap)


def joined(*taps: Tap | None) -> Tap | None:
    """One tap for all of them."""
    wanted = [tap for tap in taps if tap is not None]

    def every(samples: Int16Array) -> None:
        for tap in wanted:
            tap(samples)

    return every if wanted else None


def silent_speaker(clock: Clock, *, tap: Tap | None = None) -> SilentSpeaker:
    return SilentSpeaker(clock, tap=tap)


class EchoPath:
    """Takes the loudspeaker out of the microphone beside it; also when another of the two is chosen."""

    def __init__(self) -> None:
        """Blocking, 0.4 s. Raises EngineError when there is no canceller."""
        self._played = Played()
        self._canceller = WebrtcCanceller()

    def tap(self, samples: Int16Array) -> None:
        """For the speaker."""
        self._played(samples)

    def speaker(self, speaker: Speaker | None) -> None:
        """It is this one from now on."""
        if speaker is not None:
            self._played.set_rate(speaker.sample_rate_hz)

    def microphone(self, microphone: Microphone) -> Microphone:
        return CancellingMicrophone(microphone, self._played, self._canceller) if microphone.is_live else microphone


class SoundDevices:
    """Opens what the user chooses while a rehearsal runs; see `Devices`."""

    def __init__(self, clock: Clock, kept: KeptAudio | None = None, echo: EchoPath | None = None) -> None:
        """kept: records what is opened. echo: lies between microphones and speakers."""
        self._clock = clock
        self._kept = kept
        self._echo = echo

    def microphone(self, device: str) -> Microphone:
        microphone = self._found(device, lambda: open_microphone(device or None, self._clock))
        if microphone is None:
            raise UserError("typing needs no microphone", cure="just type your turn")
        if self._echo is not None:
            microphone = self._echo.microphone(microphone)
        return self._kept.microphone(microphone) if self._kept else microphone

    def speaker(self, device: str) -> Speaker:
        tap = self._kept.tap() if self._kept else None
        every = joined(tap, self._echo.tap if self._echo else None)
        speaker = self._found(device, lambda: make_speaker(device or None, self._clock, tap=every))
        made = speaker or SilentSpeaker(self._clock, tap=every)
        if tap is not None:
            tap.set_rate(made.sample_rate_hz)
        if self._echo is not None:
            self._echo.speaker(made)
        return made

    def names(self) -> tuple[list[str], list[str]]:
        try:
            found = sound_devices()
        except (EngineError, UserError):
            return [], []
        return [one.name for one in found if one.inputs], [one.name for one in found if one.outputs]

    def _found(self, device: str, make: Callable[[], T]) -> T:
        """Among the known devices first: looking anew closes every stream that is open."""
        try:
            return make()
        except UserError:
            if is_file(device):
                raise
            refresh()
            return make()
