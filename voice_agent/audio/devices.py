"""The sound devices of the machine, by name; and PortAudio's absence in one clear line."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

from voice_agent.errors import UserError, nearest

Direction = Literal["input", "output"]

_INSTALL = {
    "linux": "install it (Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; "
    "Arch: pacman -S portaudio)",
    "darwin": "reinstall sounddevice: pip install --force-reinstall sounddevice",
    "win32": "reinstall sounddevice: pip install --force-reinstall sounddevice",
}


@dataclass(frozen=True, slots=True)
class SoundDevice:
    index: int
    name: str
    host: str
    inputs: int
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
    return sounddevice


def refresh() -> None:
    """Look for devices anew: PortAudio keeps the list that it found when it started."""
    sounddevice = portaudio()
    sounddevice._terminate()
    sounddevice._initialize()


def sound_devices() -> list[SoundDevice]:
    """All devices; empty when the machine has none. Raises UserError without PortAudio."""
    sounddevice = portaudio()
    default_input, default_output = sounddevice.default.device
    hosts = sounddevice.query_hostapis()
    return [
        SoundDevice(
            index=index,
            name=device["name"],
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
    """By number, by name or a part of it, or the default for None.

    Raises UserError naming the nearest device, or saying that there is none.
    """
    devices = [d for d in sound_devices() if (d.inputs if direction == "input" else d.outputs)]
    kind = "microphone" if direction == "input" else "speaker"
    if not devices:
        raise UserError(f"no {kind} was found", cure="plug one in, or type your turns with --mic typed")
    if wanted is None:
        preferred = [d for d in devices if (d.is_default_input if direction == "input" else d.is_default_output)]
        return (preferred or devices)[0]
    if wanted.isdigit():
        for device in devices:
            if device.index == int(wanted):
                return device
        raise UserError(f"there is no {kind} number {wanted}", cure="see `voice-agent devices`")
    found = [d for d in devices if d.name.lower() == wanted.lower()]
    found = found or [d for d in devices if wanted.lower() in d.name.lower()]
    if not found:
        raise UserError(f'{kind} "{wanted}" not found', cure=nearest(wanted, {d.name for d in devices}))
    if len({d.name for d in found}) > 1:
        raise UserError(
            f'{kind} "{wanted}" fits {len(found)} devices', cure="give its number from `voice-agent devices`"
        )
    return found[0]
