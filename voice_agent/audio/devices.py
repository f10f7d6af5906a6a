"""The sound devices of the machine, by name; and PortAudio's absence in one clear line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from weakref import WeakSet

from voice_agent.audio.alsa import quieten_alsa
from voice_agent.errors import UserError, nearest
from voice_agent.text import clean

Direction = Literal["input", "output"]

_INSTALL = {
    "linux": "install it (Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; "
    "Arch: pacman -S portaudio)",
    "darwin": "reinstall sounddevice: pip install --force-reinstall sounddevice",
    "win32": "reinstall sounddevice: pip install --force-reinstall sounddevice",
}
_LIST = "`voice-agent devices` lists them"


@dataclass(frozen=True, slots=True)
class SoundDevice:
    index: int
    """Its number in PortAudio's list; changes when devices come and go."""
    name: str
    host: str
    """The operating system's sound interface: ALSA, Core Audio, Windows WASAPI."""
    inputs: int
    """Channels that can be recorded at once; 0 for a device that only plays."""
    outputs: int
    sample_rate_hz: int
    """The device's own default."""
    is_default_input: bool
    is_default_output: bool


def portaudio() -> Any:
    """The sounddevice module. Raises UserError when PortAudio is not installed."""
    try:
        import sounddevice  # loads PortAudio, 60 ms
    except OSError as error:
        raise UserError("PortAudio is not installed", cure=_INSTALL.get(sys.platform, _INSTALL["linux"])) from error
    if sys.platform == "linux":
        quieten_alsa()
    return sounddevice


class Suspendable(Protocol):
    """A stream that lets go of its device while PortAudio starts anew."""

    def suspend(self) -> None: ...

    def resume(self) -> None: ...


open_streams: WeakSet[Suspendable] = WeakSet()
"""Streams add themselves while they are open; PortAudio's own state is one for the process, too."""


def refresh() -> None:
    """Look for devices anew: PortAudio keeps the list that it found when it started. Blocking, about 0.1 s.

    Open streams would be freed under their owners: they let go before and go on after, or end when their
    device has gone. Raises UserError without PortAudio.
    """
    sounddevice = portaudio()
    streams = list(open_streams)
    for stream in streams:
        stream.suspend()
    sounddevice._terminate()
    sounddevice._initialize()
    for stream in streams:
        stream.resume()


def sound_devices() -> list[SoundDevice]:
    """All devices; empty when the machine has none. Raises UserError without PortAudio."""
    sounddevice = portaudio()
    default_input, default_output = sounddevice.default.device
    hosts = sounddevice.query_hostapis()
    return [
        SoundDevice(
            index=index,
            name=clean(device["name"]),
            host=hosts[device["hostapi"]]["name"],
            inputs=device["max_input_channels"],
            outputs=device["max_output_channels"],
            sample_rate_hz=round(device["default_samplerate"]),
            is_default_input=index == default_input,
            is_default_output=index == default_output,
        )
        for index, device in enumerate(sounddevice.query_devices())
    ]


def find_device(wanted: str | None, direction: Direction) -> SoundDevice:
    """By number, by name or a part of it in any case, or the default for None.

    Raises UserError naming the nearest device, or that there is none, or that the name fits several.
    """
    devices = [d for d in sound_devices() if (d.inputs if direction == "input" else d.outputs)]
    kind = "microphone" if direction == "input" else "speaker"
    if not devices:
        raise UserError(f"no {kind} was found", cure="plug one in, or type your turns with --mic typed")
    preferred = [d for d in devices if (d.is_default_input if direction == "input" else d.is_default_output)]
    usual = (preferred or devices)[0]
    if wanted is None:
        return usual
    if wanted.isdecimal():
        for device in devices:
            if device.index == int(wanted):
                return device
        raise UserError(f"there is no {kind} number {wanted}", cure=_LIST)
    found = [d for d in devices if d.name.lower() == wanted.lower()]
    found = found or [d for d in devices if wanted.lower() in d.name.lower()]
    if not found:
        near = nearest(wanted, {d.name for d in devices})
        raise UserError(f'{kind} "{wanted}" not found', cure=f"{near} ({_LIST})")
    # Windows lists each device once for every interface: the default's interface is the one meant.
    found = [d for d in found if d.host == usual.host] or found
    if len(found) > 1:
        raise UserError(f'{kind} "{wanted}" fits {len(found)} devices', cure=f"give its number; {_LIST}")
    return found[0]
