"""Utterances to build tracks of: recordings in a folder, or the lines of a situation in a synthetic voice.

Words get their times by forced alignment (PocketSphinx) where a recording's text is known, and from the engine's
own marks where the voice is synthetic.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.errors import UserError
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.speech.truth import SpokenWord

FRAME = MIC_RATE_HZ // 100
"""10 ms: what energy is looked at in."""
_AROUND_S = 0.1
"""Sound that is kept before the first and after the last word."""
_OVER_FLOOR, _UNDER_PEAK = 4.0, 0.03
"""A frame sounds when its level is over so many times the room's, and over such a share of the loudest."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Speech at 16 kHz. Times in seconds from its first sample."""

    name: str
    samples: Int16Array
    start_s: float
    end_s: float
    """Of the speech in it."""
    words: tuple[SpokenWord, ...] = ()
    """None where nothing tells them."""


def levels(samples: Int16Array) -> npt.NDArray[np.float64]:
    """RMS of each 10 ms."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    rms: npt.NDArray[np.float64] = np.sqrt(np.mean(frames**2, axis=1))
    return rms


def recorded(folder: Path) -> list[Utterance]:
    """One a WAV. Its words stand in NAME.txt, or in README.md's table `| file | words |`, if anywhere.

    Raises UserError when the folder holds no WAV with speech in it.
    """
    paths = sorted(folder.glob("*.wav"))
    if not paths:
        raise UserError("holds no WAV file", place=str(folder), cure="give a folder of recordings")
    texts = known_texts(folder, paths)
    found = [_utterance(path.stem, read_sound(path), texts.get(path.name, "")) for path in paths]
    return [one for one in found if one is not None]


def spoken(synthesizer: Synthesizer, lines: Sequence[str]) -> Iterator[Utterance]:
    """Lines in a synthetic voice. Blocking, some 50 ms a line."""
    for number, line in enumerate(lines, start=1):
        parts: list[Int16Array] = []
        marks: dict[int, float] = {}
        samples = 0
        for block in synthesizer.speak(line, Delivery(), threading.Event()):
            if block.chars_spoken is not None:
                # So much was spoken by the end of the block, less at its start: the word ends about there.
                marks.setdefault(block.chars_spoken, samples / synthesizer.sample_rate_hz)
            parts.append(block.samples)
            samples += len(block.samples)
        sound = resampled(np.concatenate(parts), synthesizer.sample_rate_hz, MIC_RATE_HZ)
        span = _sounding(sound)
        if span is None:
            continue
        words = _marked(line, marks, span) if len(marks) > 1 else _within(span, aligned(sound, line))
        yield _trimmed(f"line-{number:02}", sound, span, words)


def known_texts(folder: Path, paths: Sequence[Path]) -> dict[str, str]:
    """Words by file name; `…` in a name of the table stands for what is left out of it."""
    texts = {
        path.name: path.with_suffix(".txt").read_text(encoding="utf-8")
        for path in paths
        if path.with_suffix(".txt").is_file()
    }
    readme = folder / "README.md"
    for row in readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else ():
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) > 3 and cells[1].endswith(".wav"):
            start, _, end = cells[1].partition("…")
            for path in paths:
                if path.name.startswith(start) and path.name.endswith(end or start):
                    texts.setdefault(path.name, cells[2])
    return texts


def _utterance(name: str, sound: Int16Array, text: str) -> Utterance | None:
    span = _sounding(sound)
    if span is None:
        return None
    words = aligned(sound, text) if text else ()
    if words:
        # Alignment counts a breath to the last word; the level knows better where the voice ends.
        start_s = max(words[0].start, min(span[0], words[0].end))
        end_s = min(words[-1].end, max(span[1], words[-1].start))
        span = (start_s, end_s)
        words = _within(span, words)
    return _trimmed(name, sound, span, words)


def _trimmed(name: str, sound: Int16Array, span: tuple[float, float], words: Sequence[SpokenWord]) -> Utterance:
    before = max(0.0, span[0] - _AROUND_S)
    first, last = round(before * MIC_RATE_HZ), min(len(sound), round((span[1] + _AROUND_S) * MIC_RATE_HZ))
    kept = sound[first:last].astype(np.float64)
    # The recording's own room fades in and out: as a step it would sound like a voice.
    around = max(1, round(span[0] * MIC_RATE_HZ) - first), max(1, last - round(span[1] * MIC_RATE_HZ))
    kept[: around[0]] *= np.linspace(0, 1, around[0])
    kept[len(kept) - around[1] :] *= np.linspace(1, 0, around[1])
    shifted = tuple(SpokenWord(word.word, max(0.0, word.start - before), word.end - before) for word in words)
    return Utterance(name, kept.astype(np.int16), span[0] - before, span[1] - before, shifted)


def _sounding(sound: Int16Array) -> tuple[float, float] | None:
    """From the first to the last frame that sounds, in seconds; None when none does."""
    found = levels(sound)
    if not len(found) or found.max() < 50:
        return None
    floor = max(float(np.percentile(found, 5)), 1.0)
    loud = np.flatnonzero(found > max(_OVER_FLOOR * floor, _UNDER_PEAK * found.max()))
    if not len(loud):
        return None
    return float(loud[0]) * FRAME / MIC_RATE_HZ, float(loud[-1] + 1) * FRAME / MIC_RATE_HZ


def aligned(sound: Int16Array, text: str) -> tuple[SpokenWord, ...]:
    """The words of a known text with their times; none when they can't be found in the sound.

    Words that the dictionary lacks are spelled by none: a text with one can't be aligned.
    """
    from pocketsphinx import Config, Decoder  # 60 ms

    words = re.findall(r"[a-z']+", text.lower())
    decoder: Any = Decoder(Config(loglevel="FATAL", samprate=float(MIC_RATE_HZ), bestpath=False))
    if not words or any(decoder.lookup_word(word) is None for word in words):
        return ()
    try:
        decoder.set_align_text(" ".join(words))
        decoder.start_utt()
        decoder.process_raw(sound.tobytes(), False, True)
        decoder.end_utt()
        segments = [one for one in decoder.seg() or () if not one.word.startswith(("<", "[", "+"))]
    except RuntimeError:
        return ()
    found = tuple(
        SpokenWord(one.word.split("(")[0], one.start_frame / 100, (one.end_frame + 1) / 100) for one in segments
    )
    return found if [one.word for one in found] == words else ()


def _marked(line: str, marks: Mapping[int, float], span: tuple[float, float]) -> tuple[SpokenWord, ...]:
    """Word times from the engine's marks: the second at which so many characters have been spoken."""
    places = sorted(marks)
    times = [marks[place] for place in places]
    words = []
    for match in re.finditer(r"[\w'’]+", line):
        start_s, end_s = (float(np.interp(place, places, times)) for place in match.span())
        words.append(SpokenWord(match.group().lower(), start_s, end_s))
    if words:
        words[-1] = SpokenWord(words[-1].word, words[-1].start, max(words[-1].start, span[1]))
    return _within(span, words)


def _within(span: tuple[float, float], words: Sequence[SpokenWord]) -> tuple[SpokenWord, ...]:
    """Words that reach beyond the sound, shortened."""
    start_s, end_s = span
    return tuple(
        SpokenWord(one.word, min(max(one.start, start_s), end_s), min(max(one.end, start_s), end_s)) for one in words
    )
