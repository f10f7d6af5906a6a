"""The contract of `voice_agent.speech.protocols.Synthesizer`, as checks that any engine can run.

```python
import pytest
from voice_agent.testing.synthesizer import CHECKS

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_my_engine_keeps_the_contract(check):
    check(open_my_engine())
```
Each check takes an opened synthesizer, which it leaves usable, and raises `BrokenContractError`. Sound is judged
by measures (level, length, pitch), never by ear: whether the words are understood is not checked here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from voice_agent.speech.protocols import Delivery, SpeechBlock, Synthesizer
from voice_agent.testing.claims import claim, terminal_silent

LINE = "I came home at nine, and the plates were still in the sink."
"""Twelve words: about four seconds at an easy pace."""
Samples = npt.NDArray[np.float64]
Check = Callable[[Synthesizer], None]
_HEARD = 500
"""Of 32768: above it, there is sound."""


def spoken(synthesizer: Synthesizer, text: str = LINE, **delivery: float) -> list[SpeechBlock]:
    """All blocks of a text."""
    return list(synthesizer.speak(text, Delivery(**delivery), threading.Event()))


def sound(synthesizer: Synthesizer, text: str = LINE, **delivery: float) -> Samples:
    """All samples of a text."""
    blocks = [block.samples for block in spoken(synthesizer, text, **delivery)]
    return np.concatenate(blocks).astype(np.float64) if blocks else np.zeros(0)


def level(samples: Samples) -> float:
    """RMS, of 32768; 0 for no samples."""
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    """Median over voiced frames of the strongest period between 60 and 350 Hz."""
    size = rate_hz // 20
    found = []
    for start in range(0, len(samples) - size, size):
        frame = samples[start : start + size]
        similarity = np.correlate(frame, frame, "full")[size - 1 :]
        shortest, longest = rate_hz // 350, rate_hz // 60
        period = shortest + int(similarity[shortest:longest].argmax())
        if similarity[0] > 0 and similarity[period] > 0.5 * similarity[0]:
            found.append(rate_hz / period)
    return float(np.median(found)) if found else 0.0


def sound_comes_in_short_blocks(synthesizer: Synthesizer) -> None:
    blocks = [block.samples for block in spoken(synthesizer)]
    claim(bool(blocks), "a line of words is sound")
    claim(all(block.dtype == np.int16 and block.ndim == 1 for block in blocks), "blocks are mono 16-bit samples")
    longest_s = max(len(block) for block in blocks) / synthesizer.sample_rate_hz
    claim(longest_s <= 0.1, "a block is at most a tenth of a second, so that stopping is quick", f"{longest_s:.3f} s")


def a_line_takes_an_easy_pace_and_level(synthesizer: Synthesizer) -> None:
    samples = sound(synthesizer)
    seconds = len(samples) / synthesizer.sample_rate_hz
    claim(3.0 < seconds < 6.0, "twelve words take three to six seconds", f"{seconds:.1f} s")
    claim(1_000 < level(samples) < 6_000, "speech has an RMS of 1,000 to 6,000", round(level(samples)))


def sound_begins_at_once(synthesizer: Synthesizer) -> None:
    samples = sound(synthesizer)
    sounding = np.flatnonzero(np.abs(samples) > _HEARD)
    claim(len(sounding) > 0, "a line of words can be heard")
    first_s = sounding[0] / synthesizer.sample_rate_hz
    claim(first_s < 0.06, "the first sound comes within 60 ms of the first sample", f"{first_s:.3f} s")


def a_line_ends_with_a_breath(synthesizer: Synthesizer) -> None:
    samples = sound(synthesizer)
    last = np.flatnonzero(np.abs(samples) > _HEARD)[-1]
    silence_s = (len(samples) - 1 - last) / synthesizer.sample_rate_hz
    claim(0.2 < silence_s < 0.6, "a line ends with 0.2 to 0.6 s of silence", f"{silence_s:.2f} s")


def rate_changes_how_long_a_line_takes(synthesizer: Synthesizer) -> None:
    plain = len(sound(synthesizer))
    faster, slower = (len(sound(synthesizer, rate=rate)) / plain for rate in (1.4, 0.75))
    claim(faster < 0.85, "at rate 1.4 a line is clearly shorter", f"{faster:.2f} of its length")
    claim(slower > 1.2, "at rate 0.75 a line is clearly longer", f"{slower:.2f} of its length")


def volume_changes_how_loud_a_line_is(synthesizer: Synthesizer) -> None:
    plain = level(sound(synthesizer))
    half, more, none = (level(sound(synthesizer, volume=volume)) / plain for volume in (0.5, 1.5, 0.0))
    claim(0.42 < half < 0.58, "volume is a linear gain", f"{half:.2f} at 0.5")
    claim(more > 1.15, "volume raises the level", f"{more:.2f} at 1.5")
    claim(none < 0.01, "volume 0 is silence", f"{none:.3f}")


def the_loudest_line_does_not_clip(synthesizer: Synthesizer) -> None:
    peak = np.abs(sound(synthesizer, volume=1.5)).max()
    claim(peak < 32_700, "peaks are bent, not cut", peak)


def pitch_moves_the_melody(synthesizer: Synthesizer) -> None:
    rate_hz = synthesizer.sample_rate_hz
    plain = pitch_hz(sound(synthesizer), rate_hz)
    claim(plain > 0, "speech has a pitch")
    for pitch in (1.25, 0.85):
        moved = pitch_hz(sound(synthesizer, pitch=pitch), rate_hz) / plain
        claim(abs(moved / pitch - 1) < 0.12, f"pitch {pitch} moves the melody by that factor", f"{moved:.2f}")


def stopping_ends_within_one_block(synthesizer: Synthesizer) -> None:
    stop = threading.Event()
    blocks = synthesizer.speak(f"{LINE} " * 40, Delivery(), stop)
    next(blocks)
    stop.set()
    after = len(list(blocks))
    claim(after <= 1, "once stopped, at most one more block comes", after)
    again_s = len(sound(synthesizer)) / synthesizer.sample_rate_hz
    claim(again_s > 1.0, "it speaks again after it was stopped", f"{again_s:.1f} s")


def a_line_stopped_before_it_began_is_silent(synthesizer: Synthesizer) -> None:
    stop = threading.Event()
    stop.set()
    claim(list(synthesizer.speak(LINE, Delivery(), stop)) == [], "a line that was stopped before is silent")


def leaving_a_line_half_way_leaves_no_thread(synthesizer: Synthesizer) -> None:
    sound(synthesizer)  # threads that live as long as the engine are there now
    before = threading.active_count()
    blocks: Any = synthesizer.speak(f"{LINE} " * 40, Delivery(), threading.Event())
    next(blocks)
    claim(hasattr(blocks, "close"), "`speak` is a generator: closing it ends its work")
    blocks.close()
    claim(threading.active_count() == before, "an abandoned line leaves no thread", threading.enumerate())


def nothing_to_say_is_no_error(synthesizer: Synthesizer) -> None:
    for text in ("", "  ", "...", "?!", "\x00", "😀" * 3):
        seconds = len(sound(synthesizer, text)) / synthesizer.sample_rate_hz
        claim(seconds < 4, f"{text!r} is nothing to say", f"{seconds:.1f} s")


def odd_text_is_read_as_text(synthesizer: Synthesizer) -> None:
    odd = (
        "hello <speak><break time='9s'/></speak>",
        "hello [[h@l'oU]]",
        "hello \x01150P \x00 \x1b[2J there",
        "hello na\u00efve \u201ccaf\u00e9\u201d \u65e5\u672c \U0001f600",
        "hello \ud800 %n%s &amp; C:\\x",
        "yk Ykz tyk y-k zh-ng",
        "x" * 700,
    )
    with terminal_silent():
        for text in odd:
            claim(level(sound(synthesizer, text)) > 100, f"{text[:40]!r} is spoken as text")


def a_long_text_is_spoken_whole(synthesizer: Synthesizer) -> None:
    many = 12
    ratio = len(sound(synthesizer, f"{LINE} " * many)) / (many * len(sound(synthesizer)))
    claim(0.85 < ratio < 1.15, "twelve lines take twelve times as long as one", f"{ratio:.2f} of that")


def a_line_is_the_same_taken_block_by_block(synthesizer: Synthesizer) -> None:
    blocks = synthesizer.speak(LINE, Delivery(), threading.Event())
    taken: list[SpeechBlock | BaseException | None] = []

    def take() -> None:
        try:
            taken.append(next(blocks, None))
        except Exception as error:  # noqa: BLE001 - told by the caller's thread
            taken.append(error)

    while not taken or isinstance(taken[-1], SpeechBlock):  # each block on another thread
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    if isinstance(taken[-1], Exception):
        raise taken[-1]
    samples = sum(len(block.samples) for block in taken if isinstance(block, SpeechBlock))
    ratio = samples / len(sound(synthesizer))
    # Some engines draw their durations a little differently each time.
    claim(0.9 < ratio < 1.1, "any thread may take the next block", f"{ratio:.2f} of the line")


def places_in_the_text_follow_the_sound(synthesizer: Synthesizer) -> None:
    text = "I hear you. Na\u00efve people say \u2014 well, never mind."
    places = [block.chars_spoken for block in spoken(synthesizer, text)]
    known = [place for place in places if place is not None]
    claim(known == sorted(known), "places grow", known)
    claim(not known or known[-1] == len(text), "the last place told is the end of the text", known[-1:])


CHECKS: tuple[Check, ...] = (
    sound_comes_in_short_blocks,
    a_line_takes_an_easy_pace_and_level,
    sound_begins_at_once,
    a_line_ends_with_a_breath,
    rate_changes_how_long_a_line_takes,
    volume_changes_how_loud_a_line_is,
    the_loudest_line_does_not_clip,
    pitch_moves_the_melody,
    stopping_ends_within_one_block,
    a_line_stopped_before_it_began_is_silent,
    leaving_a_line_half_way_leaves_no_thread,
    nothing_to_say_is_no_error,
    odd_text_is_read_as_text,
    a_long_text_is_spoken_whole,
    a_line_is_the_same_taken_block_by_block,
    places_in_the_text_follow_the_sound,
)
"""Leave out `pitch_moves_the_melody` for an engine that can't move its pitch, and say so in its docstring."""
