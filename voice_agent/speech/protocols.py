"""What the program asks of a recognizer and a synthesizer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voice_agent.audio.protocols import Int16Array
from voice_agent.conversation import Transcript
from voice_agent.speech.spoken_command import Asked, HeardCommand


class Recognizer(Protocol):
    """Speech to words. Blocking: called on its own worker thread, never on the event loop.

    A turn is one or more segments: `begin`, `feed` and `finish` for each. A segment ends at each provisional
    end of the turn, so that its words are final by the time the end is committed.
    """

    name: str

    def begin(self, *, continues: bool = False) -> None:
        """Start a segment; `continues` when the learner went on after a provisional end of the same turn."""
        ...

    def feed(self, samples: Int16Array) -> str | None:
        """Hear more (16 kHz mono); the segment's words so far when they changed, else None."""
        ...

    def finish(self) -> Transcript:
        """End the segment and tell its final words; times count from the segment's first sample."""
        ...

    def cancel(self) -> None:
        """Drop the segment. It may come from another thread while `feed` or `finish` is at work, which then ends
        soon, without words; engines that answer at once may finish."""
        ...

    def close(self) -> None:
        """Free what is held; again does nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a line is to be spoken, relative to the voice's own way (1.0)."""

    rate: float = 1.0
    """Speech rate, 0.5 to 2.0."""
    pitch: float = 1.0
    """Mean pitch, 0.5 to 2.0."""
    volume: float = 1.0
    """Linear gain, 0.0 to 1.5; the synthesizer or the caller limits so that nothing clips."""


@dataclass(frozen=True, slots=True)
class SpeechBlock:
    """A piece of synthesized speech."""

    samples: Int16Array
    """Mono at the synthesizer's `sample_rate_hz`; at most about 0.1 s, so that stopping is quick."""
    chars_spoken: int | None = None
    """Characters of the text spoken by the end of this block; None where the engine does not tell."""


class Synthesizer(Protocol):
    """Words to speech. Blocking: its iterator is advanced on its own worker thread."""

    name: str
    sample_rate_hz: int

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        """Blocks of one sentence or clause as they are made; once `stop` is set, ends within one block.

        Raises EngineError("synthesizer", ...) when the engine fails.
        """
        ...

    def close(self) -> None: ...


class CommandEar(Protocol):
    """Hears whether a short utterance is a spoken command. Blocking: called on its own worker thread."""

    def understand(self, samples: Int16Array) -> HeardCommand | None:
        """The command in 16 kHz mono samples of a whole utterance; None for ordinary speech."""
        ...


class AnswerEar(Protocol):
    """Hears the answer to a check-in or a choice. Blocking: called on its own worker thread."""

    def understand(self, samples: Int16Array, asked: Asked) -> str | None:
        """The answer's words, such as `seventy five` or `fear seven anger three`; None for anything else."""
        ...
