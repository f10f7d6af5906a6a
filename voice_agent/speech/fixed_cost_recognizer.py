"""A recognizer of a set delay, for measuring turn-taking: it knows what is said on a track from the track's truth.

It finds its place by the sound itself: what it is fed are pieces of the track, sample by sample, so nothing has
to tell it where in the stream it is. With a truth file that holds words it tells the words spoken so far, as a
perfect recognizer would, after its delay; else, and where it does not know the sound, a fixed sentence.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript, Word
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario
from voice_agent.speech.truth import SpokenTurn, SpokenWord, read_truth

LOUD = 500
"""Of 32768: samples above it are a voice, where there is nothing else to go by."""
LEAST_LOUD_S = 0.05
LOOKS_BACK_S = 2.0
"""A segment begins at most this long before the end of the one before: it takes its first syllable back."""


class FixedCostRecognizerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    delay_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.12
    """From the end of a segment to its words, and from the end of a word to its place among the words so far."""
    track: str = ""
    """The recording that is heard; empty: each segment with a voice in it is the fixed sentence."""
    truth: str = ""
    """Its truth file (voice_agent/speech/truth.py)."""
    sentence: str = "would you please wash your dishes in the evening"

    def __post_init__(self) -> None:
        if bool(self.track) != bool(self.truth):
            raise ValueError("track and truth belong together; name both, or none")


@dataclass(slots=True)
class _Segment:
    continues: bool
    cancelled: threading.Event = field(default_factory=threading.Event)
    fed: int = 0
    loud: int = 0
    start: int | None = None
    """Its first sample's place on the track; None until that is known."""
    tail: Int16Array = field(default_factory=lambda: np.zeros(0, np.int16))
    """The newest samples, too few yet to be looked for."""
    partial: str = ""


class FixedCostRecognizer:
    """See `Recognizer`."""

    name = "fixed-cost"

    def __init__(self, options: FixedCostRecognizerOptions) -> None:
        """Raises UserError when track or truth can't be read, or don't belong together."""
        self._options = options
        self._track = b""
        self._turns: tuple[SpokenTurn, ...] = ()
        if options.track:
            track = read_sound(Path(options.track))
            self._track = track.tobytes()
            self._turns = read_truth(Path(options.truth), track_s=len(track) / MIC_RATE_HZ)
        self._words = [word for turn in self._turns for word in turn.words]
        self.wait: Callable[[threading.Event, float], bool] = threading.Event.wait
        """How a thread waits; a bench on a virtual clock waits otherwise."""
        self._segment: _Segment | None = None
        self._heard_to = 0
        self._told = 0
        """Words of the track up to this one are told."""

    def begin(self, *, continues: bool = False) -> None:
        self._segment = _Segment(continues)

    def feed(self, samples: Int16Array) -> str | None:
        segment = self._segment
        if segment is None or not len(samples):
            return None
        segment.fed += len(samples)
        segment.loud += int(np.count_nonzero(np.abs(samples.astype(np.int32)) > LOUD))
        if segment.start is None:
            self._locate(segment, samples)
        if segment.start is None:
            return None
        self._heard_to = segment.start + segment.fed
        known = self._known(segment, self._heard_to - round(self._options.delay_s * MIC_RATE_HZ))
        partial = " ".join(word.word for word in known)
        if partial == segment.partial:
            return None
        segment.partial = partial
        return partial

    def finish(self) -> Transcript:
        segment, self._segment = self._segment, None
        if segment is None or self.wait(segment.cancelled, self._options.delay_s):
            return Transcript("")
        if segment.start is not None and (known := self._known(segment, segment.start + segment.fed)):
            self._told = self._words.index(known[-1]) + 1
            return _transcript(known, segment.start / MIC_RATE_HZ, segment.fed / MIC_RATE_HZ)
        if segment.loud < LEAST_LOUD_S * MIC_RATE_HZ or self._is_told(segment):
            return Transcript("")
        return Transcript(self._options.sentence)

    def cancel(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.cancelled.set()

    def close(self) -> None:
        self.cancel()

    def _known(self, segment: _Segment, heard_to: int) -> list[SpokenWord]:
        """Words of the segment that end before `heard_to`, a place on the track; each word is in one segment only."""
        start_s, stop_s = (segment.start or 0) / MIC_RATE_HZ, heard_to / MIC_RATE_HZ
        words = self._words
        if segment.continues:
            # Also a word that the pause cut in two, and no word that the segment before has told.
            words, start_s = words[self._told :], start_s - LOOKS_BACK_S
        return [word for word in words if start_s <= (word.start + word.end) / 2 and word.end <= stop_s]

    def _is_told(self, segment: _Segment) -> bool:
        """Whether the truth knows words of the turn in which the segment lies: then there are no others."""
        if segment.start is None:
            return False
        start_s, stop_s = segment.start / MIC_RATE_HZ, (segment.start + segment.fed) / MIC_RATE_HZ
        here = [turn for turn in self._turns if turn.start < stop_s and start_s < turn.end]
        return all(turn.words for turn in here)

    def _locate(self, segment: _Segment, samples: Int16Array) -> None:
        """Find the newest samples on the track; forward from where it was last first, since a line may come twice."""
        segment.tail = np.concatenate([segment.tail, samples])[-BLOCK_SAMPLES:]
        if len(segment.tail) < BLOCK_SAMPLES or not segment.tail.any():
            return
        for earliest in (max(0, self._heard_to - round(LOOKS_BACK_S * MIC_RATE_HZ)), 0):
            if (place := _find(self._track, segment.tail.tobytes(), earliest)) is not None:
                segment.start = place + BLOCK_SAMPLES - segment.fed
                return


def _find(track: bytes, piece: bytes, earliest: int) -> int | None:
    """Sample at which the piece stands on the track, from `earliest` on."""
    at = track.find(piece, 2 * earliest)
    while at % 2 == 1 and at > 0:
        at = track.find(piece, at + 1)
    return at // 2 if at >= 0 else None


def _transcript(words: Sequence[SpokenWord], start_s: float, length_s: float) -> Transcript:
    """Times count from the segment's first sample."""

    def within(time_s: float) -> float:
        return round(min(max(time_s - start_s, 0.0), length_s), 3)

    told = tuple(Word(word.word, within(word.start), within(word.end), 1.0) for word in words)
    return Transcript(" ".join(word.text for word in told), told, 1.0)


def _open(options: FixedCostRecognizerOptions, scenario: Scenario | None) -> FixedCostRecognizer:
    return FixedCostRecognizer(options)


SPEC = EngineSpec(options=FixedCostRecognizerOptions, open=_open)
