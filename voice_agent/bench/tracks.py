"""Builds tracks of utterances: plain turns, turns with pauses inside, and turns that interrupt the reply.

Between turns there is room for a reply. Everything lies in faint noise, since no microphone is ever still; a pause
inside a turn is made where the sound is quietest between two words, and is as long as it says, sound to sound, give
or take 0.1 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.audio.queue_microphone import ROOM_NOISE
from voice_agent.bench.utterances import FRAME, Utterance, levels
from voice_agent.errors import UserError
from voice_agent.speech.truth import SpokenTurn, SpokenWord, write_truth

PAUSES_S = (0.4, 0.7, 1.0)
REPLY_S = 9.0
"""Between turns; the stub server's longest reply takes 7 s with the bench's voice."""
LEAD_S, TAIL_S = 1.0, 3.5
BARGE_IN_AFTER_S = 2.5
"""From the end of a turn to the turn that interrupts its reply, which has begun by then and is not over."""
LONG_S = 4.0
"""An utterance from here on gets two pauses, a shorter one gets one."""
GROUPS = (1, 1, 2)
"""Utterances in a turn with pauses, in turn; between the two of a turn there is such a pause, too."""
_FADE = 80
"""Samples: a cut in the middle of a wave clicks."""


class Tape:
    """A track as it grows."""

    def __init__(self, *, seed: int = 0) -> None:
        self._noise = np.random.default_rng(seed)
        self._parts: list[Int16Array] = []
        self._length = 0
        self.turns: list[SpokenTurn] = []

    @property
    def at_s(self) -> float:
        return self._length / MIC_RATE_HZ

    def silence(self, seconds: float) -> None:
        self._add(np.zeros(round(seconds * MIC_RATE_HZ), np.int16))

    def turn(self, utterances: Sequence[Utterance], *, pause_s: float = 0.0, barge_in: bool = False) -> None:
        """One turn of these utterances, with such pauses inside and between them."""
        start_s, end_s, words = None, 0.0, []
        for utterance in utterances:
            if start_s is not None:
                # What the utterances bring of still room counts to the pause.
                still_s = self.at_s - end_s + utterance.start_s
                self.silence(max(0.0, pause_s - still_s))
            whole = paused(utterance, pause_s) if pause_s else utterance
            at_s = self.at_s
            self._add(whole.samples)
            words += [SpokenWord(one.word, one.start + at_s, one.end + at_s) for one in whole.words]
            start_s = at_s + whole.start_s if start_s is None else start_s
            end_s = at_s + whole.end_s
        assert start_s is not None
        known = words if all(one.words for one in utterances) else []
        self.turns.append(SpokenTurn(start_s, end_s, tuple(known), barge_in))

    def write(self, path: Path) -> None:
        """PATH.wav and PATH.json. Raises UserError when they can't be written."""
        import soundfile  # carries libsndfile, 30 ms

        sound = np.concatenate(self._parts).astype(np.int32)
        sound += self._noise.integers(-ROOM_NOISE, ROOM_NOISE + 1, len(sound), dtype=np.int32)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(
                path.with_name(f"{path.name}.wav"), np.clip(sound, -32768, 32767).astype(np.int16), MIC_RATE_HZ
            )
            write_truth(path.with_name(f"{path.name}.json"), tuple(self.turns))
        except (OSError, soundfile.LibsndfileError) as error:
            raise UserError("can't be written", place=str(path), cure="choose another folder") from error

    def _add(self, samples: Int16Array) -> None:
        self._parts.append(samples)
        self._length += len(samples)


def paused(utterance: Utterance, pause_s: float) -> Utterance:
    """The utterance with one or two pauses of so many seconds between its words."""
    length = utterance.end_s - utterance.start_s
    regions = ((0.2, 0.45), (0.55, 0.85)) if length >= LONG_S else ((0.3, 0.75),)
    for low, high in reversed(regions):
        between = (utterance.start_s + low * length, utterance.start_s + high * length)
        utterance = _with_pause(utterance, between, pause_s)
    return utterance


def _with_pause(utterance: Utterance, between: tuple[float, float], pause_s: float) -> Utterance:
    """With one pause, where the sound is quietest within these times."""
    loud = levels(utterance.samples)
    gaps = [(a.end, b.start) for a, b in pairwise(utterance.words) if between[0] <= a.end <= between[1]]
    if not gaps:
        gaps = [between]
    frames = [
        frame
        for start_s, end_s in gaps
        for frame in range(max(0, _frame(start_s) - 3), min(len(loud), _frame(end_s) + 4))
    ]
    at = min(frames, key=lambda frame: float(loud[frame]))
    # Where the words are known, what is still beyond the gap between them belongs to their sounds (a stop).
    known = [
        end_s - start_s
        for start_s, end_s in gaps
        if utterance.words and _frame(start_s) - 3 <= at <= _frame(end_s) + 3
    ]
    still = min([_still(loud, at) * FRAME / MIC_RATE_HZ, *known])
    added = round(max(0.0, pause_s - still) * MIC_RATE_HZ)
    if not added:
        return utterance
    cut, added_s = at * FRAME, added / MIC_RATE_HZ
    before, after = utterance.samples[:cut].copy(), utterance.samples[cut:].copy()
    fade = np.linspace(1.0, 0.0, _FADE)
    before[-_FADE:] = (before[-_FADE:] * fade).astype(np.int16)
    after[:_FADE] = (after[:_FADE] * fade[::-1]).astype(np.int16)
    samples = np.concatenate([before, np.zeros(added, np.int16), after])
    cut_s = cut / MIC_RATE_HZ
    words = tuple(_moved(word, cut_s, added_s) for word in utterance.words)
    return Utterance(utterance.name, samples, utterance.start_s, utterance.end_s + added_s, words)


def _moved(word: SpokenWord, cut_s: float, added_s: float) -> SpokenWord:
    """A word is before the pause or after it: alignment is not so exact that a cut through one means anything."""
    if (word.start + word.end) / 2 < cut_s:
        return SpokenWord(word.word, word.start, min(word.end, cut_s))
    return SpokenWord(word.word, max(word.start, cut_s) + added_s, word.end + added_s)


def _still(loud: np.ndarray[tuple[int], np.dtype[np.float64]], at: int) -> int:
    """Frames around `at` in which nothing sounds."""
    limit = max(3.0 * float(np.percentile(loud, 5)), 0.03 * float(loud.max()))
    if loud[at] > limit:
        return 0
    first = last = at
    while first > 0 and loud[first - 1] <= limit:
        first -= 1
    while last + 1 < len(loud) and loud[last + 1] <= limit:
        last += 1
    return last - first + 1


def _frame(seconds: float) -> int:
    return round(seconds * MIC_RATE_HZ / FRAME)


def build(
    utterances: Sequence[Utterance], *, pauses_s: Sequence[float] = PAUSES_S, reply_s: float = REPLY_S
) -> dict[str, Tape]:
    """Tracks by name: `plain`, one `pause-N` for each length, `barge-in`.

    Raises UserError when there are too few utterances.
    """
    if len(utterances) < 2:
        raise UserError(f"{len(utterances)} utterance is too few for a track", cure="give at least two")
    tapes = {"plain": Tape()}
    tapes["plain"].silence(LEAD_S)
    for utterance in utterances:
        tapes["plain"].turn([utterance])
        tapes["plain"].silence(reply_s)
    for pause_s in pauses_s:
        tape = tapes[f"pause-{pause_s:.1f}"] = Tape()
        tape.silence(LEAD_S)
        rest, sizes = list(utterances), cycle(GROUPS)
        while rest:
            size = next(sizes)
            tape.turn(rest[:size], pause_s=pause_s)
            rest = rest[size:]
            tape.silence(reply_s)
    tapes["barge-in"] = _barge_ins(utterances, reply_s)
    for tape in tapes.values():
        tape.silence(max(0.0, TAIL_S - reply_s))
    return tapes


def _barge_ins(utterances: Sequence[Utterance], reply_s: float) -> Tape:
    """Each utterance is answered, and the answer interrupted by the next one."""
    tape = Tape()
    tape.silence(LEAD_S)
    for first, second in zip(utterances, (*utterances[1:], utterances[0]), strict=True):
        tape.turn([first])
        tape.silence(BARGE_IN_AFTER_S)
        tape.turn([second], barge_in=True)
        tape.silence(reply_s)
    return tape
