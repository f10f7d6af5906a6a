"""The contract of `voice_agent.speech.protocols.Recognizer`, as checks that any engine can run.

```python
import pytest
from voice_agent.testing.recognizer import CHECKS

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_my_engine_keeps_the_contract(check):
    check(open_my_engine())
```
Each check takes an opened recognizer and raises `BrokenContractError`; the last one closes it, so give each check
its own. The speech comes from the embedded voice. How many words are right is not checked here: see
`benchmarks/recognition.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.conversation import Transcript
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery, Recognizer
from voice_agent.testing.claims import claim, terminal_silent

VOICE = "espeak-us-man"
LINE = "would you please wash your dishes before you go to bed and leave the sink empty"
"""Sixteen words: about four seconds."""
Check = Callable[[Recognizer], None]


@cache
def speech(line: str = LINE, voice_id: str = VOICE) -> Int16Array:
    """A line at 16 kHz, half a second of a still room around it."""
    voice = load_voice(voice_id)
    spec = engine("synthesizer", voice.engine)
    synthesizer = spec.open(spec.options(), voice)
    blocks = [block.samples for block in synthesizer.speak(line, Delivery(), threading.Event())]
    synthesizer.close()
    said = np.pad(resampled(np.concatenate(blocks), synthesizer.sample_rate_hz, MIC_RATE_HZ), MIC_RATE_HZ // 2)
    return (said + room(len(said))).astype(np.int16)


def room(samples: int, *, loudest: int = 12) -> Int16Array:
    """A still room."""
    return np.random.default_rng(0).integers(-loudest, loudest + 1, samples, dtype=np.int16)


def hear(recognizer: Recognizer, sound: Int16Array, *, continues: bool = False) -> tuple[list[str], Transcript]:
    """(words so far each time that they changed, final words) of a segment fed in blocks of 20 ms."""
    recognizer.begin(continues=continues)
    partials = [
        partial
        for start in range(0, len(sound), BLOCK_SAMPLES)
        if (partial := recognizer.feed(sound[start : start + BLOCK_SAMPLES])) is not None
    ]
    return partials, recognizer.finish()


def speech_becomes_words(recognizer: Recognizer) -> None:
    _, heard = hear(recognizer, speech())
    claim(len(heard.text.split()) >= 3, "a line of sixteen words is heard as words", heard.text)
    claim(heard.text == " ".join(heard.text.split()), "words stand one space apart", repr(heard.text))


def words_have_times_in_order(recognizer: Recognizer) -> None:
    sound = speech()
    _, heard = hear(recognizer, sound)
    times = [time_s for word in heard.words for time_s in (word.start_s, word.end_s)]
    claim(times == sorted(times), "words follow one another", times)
    inside = not times or (times[0] >= 0 and times[-1] <= len(sound) / MIC_RATE_HZ)
    claim(inside, "times lie in the segment", times)
    claim(all(word.text.strip() for word in heard.words), "a word is not empty")


def confidences_are_probabilities(recognizer: Recognizer) -> None:
    _, heard = hear(recognizer, speech())
    told = [heard.confidence, *(word.confidence for word in heard.words)]
    claim(all(one is None or 0 <= one <= 1 for one in told), "confidences lie in [0, 1]", told)


def words_so_far_grow_with_the_sound(recognizer: Recognizer) -> None:
    """An engine may tell none until the end."""
    partials, heard = hear(recognizer, speech())
    claim(all(one != other for one, other in pairwise(partials)), "told only when changed")
    if partials:
        first, last = len(partials[0].split()), len(partials[-1].split())
        claim(first <= last, "words so far grow", partials)
        claim(
            last <= 1.5 * len(heard.text.split()) + 3,
            "the end has the words that were shown",
            (partials[-1], heard.text),
        )


def a_segment_says_nothing_of_the_one_before(recognizer: Recognizer) -> None:
    first = hear(recognizer, speech())[1].text
    claim(hear(recognizer, room(MIC_RATE_HZ))[1].text == "", "a still room after a line is no words")
    again = hear(recognizer, speech())[1].text
    # An engine may have got used to the voice: word for word the same is not asked.
    few, many = sorted((len(first.split()), len(again.split())))
    claim(few > 0 and many <= 1.5 * few, "the same sound has about as many words", (first, again))


def a_turn_goes_on_in_a_second_segment(recognizer: Recognizer) -> None:
    first = hear(recognizer, speech())[1].text
    second = hear(recognizer, speech(), continues=True)[1].text
    claim(bool(first) and bool(second), "each segment has its own words", (first, second))
    claim(len(second.split()) < 2 * len(first.split()), "a segment tells only its own words", (first, second))


def silence_is_no_words(recognizer: Recognizer) -> None:
    for sound in (np.zeros(2 * MIC_RATE_HZ, np.int16), room(2 * MIC_RATE_HZ)):
        partials, heard = hear(recognizer, sound)
        claim(heard.text == "" and heard.words == (), "silence is no words", heard.text)
        claim(not any(partials), "silence is no words so far either", partials)


def no_sound_is_no_words(recognizer: Recognizer) -> None:
    recognizer.begin()
    claim(recognizer.finish() == Transcript(""), "a segment without sound is an empty transcript")
    recognizer.begin()
    claim(recognizer.feed(np.zeros(0, np.int16)) is None, "no sound changes no words")
    claim(recognizer.finish().text == "", "no sound is no words")


def calls_out_of_order_do_no_harm(recognizer: Recognizer) -> None:
    claim(recognizer.finish() == Transcript(""), "an end without a beginning is an empty transcript")
    claim(recognizer.feed(speech()[:BLOCK_SAMPLES]) is None, "sound without a beginning is not heard")
    recognizer.cancel()
    recognizer.begin()
    recognizer.begin()
    recognizer.finish()
    claim(recognizer.finish() == Transcript(""), "a second end is an empty transcript")
    claim(bool(hear(recognizer, speech())[1].text), "it still hears")


def a_cancelled_segment_has_no_words(recognizer: Recognizer) -> None:
    recognizer.begin()
    recognizer.feed(speech())
    recognizer.cancel()
    claim(recognizer.feed(speech()[:BLOCK_SAMPLES]) is None, "a cancelled segment hears nothing more")
    claim(recognizer.finish() == Transcript(""), "a cancelled segment is an empty transcript")
    recognizer.cancel()
    claim(bool(hear(recognizer, speech())[1].text), "the next segment is heard")


def cancelling_from_another_thread_ends_the_work(recognizer: Recognizer) -> None:
    recognizer.begin()
    recognizer.feed(speech())
    ended = threading.Event()

    def finish() -> None:
        recognizer.finish()
        ended.set()

    thread = threading.Thread(target=finish)
    thread.start()
    start = time.monotonic()
    recognizer.cancel()
    claim(ended.wait(20), "a cancelled segment ends", f"{time.monotonic() - start:.0f} s")
    thread.join()
    claim(bool(hear(recognizer, speech())[1].text), "the next segment is heard")


def any_block_size_will_do(recognizer: Recognizer) -> None:
    sound = speech()
    texts = []
    for sizes in ([len(sound)], [1, 7, 333, 4_096, 50_000]):
        recognizer.begin()
        for start, stop in _pieces(len(sound), sizes):
            recognizer.feed(sound[start:stop])
        texts.append(recognizer.finish().text)
    claim(all(texts), "words don't depend on how the sound is cut", texts)


def sound_of_a_wrong_rate_does_no_harm(recognizer: Recognizer) -> None:
    for rate_hz in (8_000, 44_100):
        heard = hear(recognizer, resampled(speech()[: 2 * MIC_RATE_HZ], MIC_RATE_HZ, rate_hz))[1]
        claim(isinstance(heard.text, str), "sound of another rate is no crash")
    claim(bool(hear(recognizer, speech())[1].text), "it still hears")


def odd_sound_does_no_harm(recognizer: Recognizer) -> None:
    second = np.arange(MIC_RATE_HZ)
    loudest = np.iinfo(np.int16)
    sounds = (
        np.full(MIC_RATE_HZ, loudest.min, np.int16),
        np.where(second % 50 < 25, loudest.max, loudest.min).astype(np.int16),
        (20_000 * np.sin(second * 0.3)).astype(np.int16),
        room(MIC_RATE_HZ, loudest=30_000),
        speech()[:200],
        speech()[::-1],
    )
    for sound in sounds:
        hear(recognizer, sound)
    claim(bool(hear(recognizer, speech())[1].text), "it still hears")


def nothing_is_written_to_the_terminal(recognizer: Recognizer) -> None:
    with terminal_silent():
        hear(recognizer, speech())
        hear(recognizer, room(MIC_RATE_HZ))
        recognizer.begin()
        recognizer.cancel()


def closing_twice_does_no_harm(recognizer: Recognizer) -> None:
    recognizer.begin()
    recognizer.feed(speech())
    recognizer.close()
    recognizer.close()
    recognizer.cancel()


def _pieces(length: int, sizes: Sequence[int]) -> list[tuple[int, int]]:
    """[start, stop) of pieces whose sizes come in turn."""
    found, start, count = [], 0, 0
    while start < length:
        stop = min(length, start + sizes[count % len(sizes)])
        found.append((start, stop))
        start, count = stop, count + 1
    return found


CHECKS: tuple[Check, ...] = (
    speech_becomes_words,
    words_have_times_in_order,
    confidences_are_probabilities,
    words_so_far_grow_with_the_sound,
    a_segment_says_nothing_of_the_one_before,
    a_turn_goes_on_in_a_second_segment,
    silence_is_no_words,
    no_sound_is_no_words,
    calls_out_of_order_do_no_harm,
    a_cancelled_segment_has_no_words,
    cancelling_from_another_thread_ends_the_work,
    any_block_size_will_do,
    sound_of_a_wrong_rate_does_no_harm,
    odd_sound_does_no_harm,
    nothing_is_written_to_the_terminal,
    closing_twice_does_no_harm,
)
