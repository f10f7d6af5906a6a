"""Engines of a fixed cost: what is said is known, and when it is told."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.errors import UserError
from voice_agent.registry import engine
from voice_agent.speech.fixed_cost_recognizer import FixedCostRecognizer, FixedCostRecognizerOptions
from voice_agent.speech.protocols import Delivery
from voice_agent.speech.truth import SpokenTurn, SpokenWord, write_truth

LINE = "would you please wash your dishes"
TURN = SpokenTurn(
    1.0, 4.0, tuple(SpokenWord(word, 1.0 + 0.5 * place, 1.4 + 0.5 * place) for place, word in enumerate(LINE.split()))
)
UNWORDED = SpokenTurn(6.0, 7.0)


@pytest.fixture(scope="module")
def track(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Int16Array]:
    """Ten seconds: six words from the first second on, one every half second; then a turn whose words nobody knows."""
    folder = tmp_path_factory.mktemp("track")
    sound = np.random.default_rng(1).integers(-12, 13, 10 * MIC_RATE_HZ).astype(np.int16)
    for start_s, end_s in [*((word.start, word.end) for word in TURN.words), (6.0, 7.0)]:
        sound[round(start_s * MIC_RATE_HZ) : round(end_s * MIC_RATE_HZ)] *= 300
    soundfile.write(folder / "talk.wav", sound, MIC_RATE_HZ)
    write_truth(folder / "talk.json", (TURN, UNWORDED))
    return folder / "talk.wav", sound


def opened(path: Path, delay_s: float = 0.0) -> FixedCostRecognizer:
    options = FixedCostRecognizerOptions(delay_s=delay_s, track=str(path), truth=str(path.with_suffix(".json")))
    return FixedCostRecognizer(options)


def blocks(sound: Int16Array, start_s: float, stop_s: float) -> list[Int16Array]:
    first, last = (round(at_s * MIC_RATE_HZ) // BLOCK_SAMPLES for at_s in (start_s, stop_s))
    return [sound[at * BLOCK_SAMPLES : (at + 1) * BLOCK_SAMPLES] for at in range(first, last)]


def test_words_come_as_they_are_spoken_each_after_the_delay(track: tuple[Path, Int16Array]) -> None:
    path, sound = track
    recognizer = opened(path, delay_s=0.12)
    recognizer.begin()
    told_at = {}
    for number, block in enumerate(blocks(sound, 0.6, 4.5), start=1):
        if (partial := recognizer.feed(block)) is not None:
            told_at[partial] = 0.6 + number * 0.02
    assert list(told_at) == [" ".join(LINE.split()[:count]) for count in range(1, 7)]
    for word, at_s in zip(TURN.words, told_at.values(), strict=True):
        assert word.end + 0.12 <= at_s + 1e-9 < word.end + 0.12 + 0.03
    heard = recognizer.finish()
    assert heard.text == LINE
    assert [round(word.start_s + 0.6, 2) for word in heard.words] == [word.start for word in TURN.words]


def test_the_end_waits_for_the_delay_and_no_longer(track: tuple[Path, Int16Array]) -> None:
    path, sound = track
    recognizer = opened(path, delay_s=0.15)
    recognizer.begin()
    recognizer.feed(np.concatenate(blocks(sound, 0.6, 3.0)))
    start = time.monotonic()
    assert recognizer.finish().text == "would you please wash"
    assert 0.149 <= time.monotonic() - start < 0.6


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cuts=st.lists(st.floats(0.9, 4.2), max_size=4, unique=True), roll_s=st.floats(0, 0.4))
def test_however_a_turn_is_cut_each_word_is_heard_once(
    track: tuple[Path, Int16Array], cuts: list[float], roll_s: float
) -> None:
    path, sound = track
    recognizer = opened(path)
    heard = []
    edges = [0.6, *sorted(cuts), 4.5]
    for number, (start_s, stop_s) in enumerate(pairwise(edges)):
        recognizer.begin(continues=bool(number))
        for block in blocks(sound, start_s - (roll_s if number else 0), stop_s):
            recognizer.feed(block)
        heard.append(recognizer.finish().text)
    assert " ".join(text for text in heard if text) == LINE


def test_a_turn_without_known_words_is_the_fixed_sentence_and_silence_is_nothing(
    track: tuple[Path, Int16Array],
) -> None:
    path, sound = track
    recognizer = opened(path)
    for (start_s, stop_s), wanted in (
        ((5.8, 7.3), FixedCostRecognizerOptions().sentence),
        ((8.0, 9.0), ""),
        ((4.1, 5.0), ""),
    ):
        recognizer.begin()
        recognizer.feed(np.concatenate(blocks(sound, start_s, stop_s)))
        assert recognizer.finish().text == wanted


def test_sound_that_is_not_of_the_track_is_the_fixed_sentence(track: tuple[Path, Int16Array]) -> None:
    recognizer = opened(track[0])
    recognizer.begin()
    recognizer.feed((np.random.default_rng(9).normal(size=MIC_RATE_HZ) * 3000).astype(np.int16))
    assert recognizer.finish().text == FixedCostRecognizerOptions().sentence


def test_a_track_without_its_truth_is_refused() -> None:
    with pytest.raises(ValueError, match="track and truth belong together"):
        FixedCostRecognizerOptions(track="talk.wav")
    with pytest.raises(UserError, match=r"nowhere\.wav: there is no such file"):
        FixedCostRecognizer(FixedCostRecognizerOptions(track="nowhere.wav", truth="nowhere.json"))


def test_the_first_samples_take_the_delay_and_the_rest_follow_at_once() -> None:
    spec = engine("synthesizer", "fixed-cost")
    voice = spec.open(spec.options(first_chunk_s=0.1, words_per_s=3.0), spec.own_voice)
    start = time.monotonic()
    made = voice.speak("six words that take two seconds", Delivery(), threading.Event())
    first = next(made)
    first_s = time.monotonic() - start
    rest = list(made)
    assert 0.099 <= first_s < 0.5
    assert time.monotonic() - start - first_s < 0.1
    seconds = sum(len(block.samples) for block in [first, *rest]) / voice.sample_rate_hz
    assert seconds == pytest.approx(2.0 + 0.3, abs=0.1)
