"""One PortAudio stream: opened and closed off the event loop, and kept when the device list is refreshed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from voice_agent.audio.devices import Direction, SoundDevice, open_streams, portaudio, sound_devices
from voice_agent.audio.protocols import BLOCK_S
from voice_agent.errors import EngineError

STARTING_S = 6.0
"""A sound server or a Bluetooth headset may take seconds to begin; PulseAudio takes one block at once and
the next after up to two seconds."""
SILENT_DRIVER_S = 4.0
"""Sound servers pause for up to two seconds when another stream opens. After this long without a callback the
device is gone, even when the driver does not say so; an end that it tells is noticed at once."""


def longest_silence_s(open_s: float) -> float:
    """Seconds without a callback after which a stream is lost, when the last one came `open_s` after opening."""
    return max(SILENT_DRIVER_S, STARTING_S - open_s)


class CardStream:
    """A raw 16-bit stream of a device at its own rate, in blocks of 20 ms.

    `on_block` is sounddevice's callback, on PortAudio's thread; `on_end` is called there once when the device
    ends the stream by itself.
    """

    def __init__(
        self,
        device: SoundDevice,
        direction: Direction,
        *,
        channels: int,
        on_block: Callable[[Any, int, Any, Any], None],
        on_end: Callable[[], None],
    ) -> None:
        self._device = device
        self._direction = direction
        self._channels = channels
        self._on_block = on_block
        self._on_end = on_end
        self._stream: Any = None
        self._is_wanted = True
        # open, close, suspend and resume come from different threads.
        self._lock = threading.Lock()

    def open(self) -> None:
        """Blocking, up to seconds. Raises EngineError when the device refuses. Nothing after `close`."""
        with self._lock:
            if self._is_wanted:
                self._start()
                open_streams.add(self)

    def close(self) -> None:
        """Blocking. Whatever state the device is in; also one that `open` is just starting."""
        with self._lock:
            self._is_wanted = False
            open_streams.discard(self)
            self._stop()

    @property
    def latency_s(self) -> float:
        """Between the callback and the air, as the driver tells; 0 while closed."""
        stream = self._stream
        return float(stream.latency) if stream is not None else 0.0

    def suspend(self) -> None:
        """Let go of the device, so that PortAudio can start anew."""
        with self._lock:
            self._stop()

    def resume(self) -> None:
        """Take the device again, by its name: numbers change with the list. Ends when it is gone."""
        with self._lock:
            if not self._is_wanted:
                return
            try:
                self._device = _same_device(self._device, self._direction)
                self._start()
            except (LookupError, EngineError):
                self._on_end()

    def _start(self) -> None:
        sounddevice = portaudio()
        kind = sounddevice.RawInputStream if self._direction == "input" else sounddevice.RawOutputStream
        stream: Any = None
        try:
            stream = kind(
                samplerate=self._device.sample_rate_hz,
                blocksize=round(self._device.sample_rate_hz * BLOCK_S),
                device=self._device.index,
                channels=self._channels,
                dtype="int16",
                latency="low",
                callback=self._on_block,
                finished_callback=self._ended,
            )
            self._stream = stream
            stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            self._stop()
            component = "microphone" if self._direction == "input" else "speaker"
            cure = f"plug it in again or choose another {component}"
            raise EngineError(component, f"{self._device.name} can't be opened: {error}", cure=cure) from error

    def _stop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        # abort, not stop: a device that is gone never drains.
        with suppress(Exception):
            stream.abort(ignore_errors=True)
        with suppress(Exception):
            stream.close(ignore_errors=True)

    def _ended(self) -> None:
        # `_stop` has forgotten the stream before it aborts it: then the end is our own.
        if self._stream is not None:
            self._on_end()


def _same_device(device: SoundDevice, direction: Direction) -> SoundDevice:
    for other in sound_devices():
        channels = other.inputs if direction == "input" else other.outputs
        if (other.name, other.host) == (device.name, device.host) and channels:
            return other
    raise LookupError(device.name)
