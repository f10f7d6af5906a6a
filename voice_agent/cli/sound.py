"""What `--mic` and `--speaker` name: a device, a file, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from voice_agent.audio.devices import find_device, refresh
from voice_agent.audio.file_microphone import FileMicrophone
from voice_agent.audio.paced_speaker import FileSpeaker, SilentSpeaker, Tap
from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.clock import Clock
from voice_agent.errors import UserError

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


def silent_speaker(clock: Clock, *, tap: Tap | None = None) -> SilentSpeaker:
    return SilentSpeaker(clock, tap=tap)


class SoundDevices:
    """Opens what the user chooses while a rehearsal runs; see `Devices`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def microphone(self, device: str) -> Microphone:
        microphone = self._found(device, lambda: open_microphone(device or None, self._clock))
        if microphone is None:
            raise UserError("typing needs no microphone", cure="just type your turn")
        return microphone

    def speaker(self, device: str) -> Speaker:
        speaker = self._found(device, lambda: make_speaker(device or None, self._clock))
        return speaker or SilentSpeaker(self._clock)

    def _found(self, device: str, make: Callable[[], T]) -> T:
        """Among the known devices first: looking anew closes every stream that is open."""
        try:
            return make()
        except UserError:
            if is_file(device):
                raise
            refresh()
            return make()
