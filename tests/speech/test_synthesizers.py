"""What every synthesizer must do; further engines join by an entry in ENGINES."""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import Any

import numpy as np
import pytest

from voice_agent.catalog.voices import all_voices, choose_voice, load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import engine
from voice_agent.scenario import Age, Sex, VoiceWish
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.voice import Voice

ENGINES = ["espeak-us-man", "espeak-gb-woman", "flite-slt", "flite-rms", "flite-kal16"]
LINE = "I came home at nine and the plates were still there."


def opened(name: str) -> Synthesizer:
    voice = load_voice(name)
    spec = engine("synthesizer", voice.engine)
    try:
        synthesizer: Synthesizer = spec.open(spec.options(), voice)
    except EngineError as error:
        pytest.skip(str(error))
    return synthesizer


def speak(synthesizer: Synthesizer, text: str = LINE, **delivery: float) -> Any:
    blocks = list(synthesizer.speak(text, Delivery(**delivery), threading.Event()))
    return np.concatenate([block.samples for block in blocks]) if blocks else np.zeros(0, np.int16)


def level(samples: Any) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


@pytest.mark.parametrize("name", ENGINES)
def test_speech_is_sound_in_short_blocks(name: str) -> None:
    synthesizer = opened(name)
    blocks = list(synthesizer.speak(LINE, Delivery(), threading.Event()))
    seconds = sum(len(block.samples) for block in blocks) / synthesizer.sample_rate_hz
    assert 2 < seconds < 6
    assert all(block.samples.dtype == np.int16 for block in blocks)
    assert max(len(block.samples) for block in blocks) <= 0.101 * synthesizer.sample_rate_hz
    assert 300 < level(np.concatenate([block.samples for block in blocks])) < 12_000


@pytest.mark.parametrize("name", ENGINES)
def test_rate_and_volume_do_what_they_say_and_nothing_clips(name: str) -> None:
    synthesizer = opened(name)
    plain = speak(synthesizer)
    assert len(speak(synthesizer, rate=1.3)) < 0.9 * len(plain) < 0.9 * len(speak(synthesizer, rate=0.8))
    assert level(speak(synthesizer, volume=0.5)) < 0.7 * level(plain)
    loud = speak(synthesizer, volume=1.2)
    assert level(loud) >= level(plain)
    assert np.mean(np.abs(loud.astype(int)) >= 32_760) < 0.0005


@pytest.mark.parametrize("name", ENGINES)
def test_stopping_ends_within_one_block(name: str) -> None:
    synthesizer = opened(name)
    stop = threading.Event()
    blocks = synthesizer.speak(LINE * 20, Delivery(), stop)
    assert next(blocks) is not None
    stop.set()
    assert len(list(blocks)) <= 1
    assert len(speak(synthesizer)) > 10_000, "it speaks again afterwards"


@pytest.mark.parametrize("name", ENGINES)
def test_leaving_the_blocks_early_frees_the_engine(name: str) -> None:
    synthesizer = opened(name)
    before = threading.active_count()
    blocks = synthesizer.speak(LINE * 20, Delivery(), threading.Event())
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
    assert len(speak(synthesizer)) > 10_000


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    "text",
    ["", "   ", "...", "<speak>hello</speak>", "[[h@'loU]] hello", "naïve — café “quote”", "日本 hello", "a" * 3000],
)
def test_odd_text_is_spoken_or_left_out_but_never_fails(name: str, text: str) -> None:
    synthesizer = opened(name)
    speak(synthesizer, text)
    assert len(speak(synthesizer)) > 10_000


@pytest.mark.parametrize("name", ["espeak-us-man"])
def test_the_place_in_the_text_grows_with_the_sound(name: str) -> None:
    synthesizer = opened(name)
    places = [block.chars_spoken for block in synthesizer.speak(LINE, Delivery(), threading.Event())]
    known = [place for place in places if place is not None]
    assert known == sorted(known)
    assert known[0] < 5
    assert len(LINE) - 8 < known[-1] <= len(LINE)


def test_two_voices_take_turns_without_mixing() -> None:
    man, woman = opened("espeak-us-man"), opened("espeak-us-woman")
    alone = speak(man)
    mixed = list(zip(man.speak(LINE, Delivery(), threading.Event()), range(3), strict=False))
    speak(woman)
    assert len(mixed) == 3
    assert len(speak(man)) == pytest.approx(len(alone), rel=0.02)


def test_first_sound_comes_long_before_the_last() -> None:
    synthesizer = opened("flite-slt")
    speak(synthesizer, "warm up")
    long = "And then I said that it could not go on like this, and you said you would think about it. " * 6
    start = time.perf_counter()
    blocks = synthesizer.speak(long, Delivery(), threading.Event())
    next(blocks)
    first_s = time.perf_counter() - start
    list(blocks)
    assert first_s < 0.5 * (time.perf_counter() - start), "a ratio within one run"


def test_every_voice_of_the_catalogue_names_a_real_voice_or_says_what_is_missing() -> None:
    voices = all_voices()
    assert len(voices) >= 12
    for voice in voices:
        spec = engine("synthesizer", voice.engine)
        try:
            assert len(speak(spec.open(spec.options(), voice), "hello there")) > 1000
        except EngineError as error:
            assert error.cure
        assert voice.licence
        assert voice.source


def test_an_unknown_voice_is_named() -> None:
    voice = load_voice("espeak-us-man")
    broken = Voice(**{name: getattr(voice, name) for name in voice.__struct_fields__} | {"engine_voice": "xx-nobody"})
    with pytest.raises(UserError, match='espeak-ng has no voice "xx-nobody"'):
        engine("synthesizer", "espeak-ng").open(None, broken)


@cache
def _all() -> list[Voice]:
    return all_voices()


def test_the_wish_chooses_sex_before_beauty_and_skips_what_does_not_work() -> None:
    def chosen(wish: VoiceWish, works: Any = lambda _: True) -> str:
        return choose_voice(wish, _all(), works).id

    assert chosen(VoiceWish(sex=Sex.FEMALE)) == "flite-slt"
    assert chosen(VoiceWish(sex=Sex.MALE)) == "flite-rms"
    assert chosen(VoiceWish(sex=Sex.FEMALE), lambda v: v.engine != "flite").startswith("espeak")
    assert "woman" in chosen(VoiceWish(sex=Sex.FEMALE, age=Age.OLD), lambda v: v.engine != "flite")
    with pytest.raises(UserError, match="no voice of the catalogue works here"):
        chosen(VoiceWish(), lambda _: False)
