"""The shipped catalogue: each voice is real, talks at an easy pace, and none shouts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from voice_agent.catalog.voices import all_voices, choose_voice, load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import engine
from voice_agent.scenario import Age, Sex, VoiceWish
from voice_agent.speech.protocols import Delivery
from voice_agent.voice import Voice

TALK = (
    "Okay, what do you want to talk about?",
    "I know it's my turn, but I had a long week and I fell asleep.",
    "You never said anything about that.",
    "Fine, I can do that on weekdays.",
    "Look, I was going to call you back, I just forgot.",
    "I hear you, and I still don't think it's fair.",
    "Why now?",
    "Let me think about it until tomorrow, all right?",
)
"""Eight turns as our partners take them: short sentences, a breath after each."""
WORDS = sum(len(sentence.split()) for sentence in TALK)


@cache
def talk(name: str, volume: float = 1.0) -> tuple[np.ndarray, int]:
    """All turns of a voice, one after another, and their sample rate."""
    voice = load_voice(name)
    spec = engine("synthesizer", voice.engine)
    try:
        synthesizer = spec.open(spec.options(), voice)
    except EngineError as error:
        pytest.skip(str(error))
    delivery = Delivery(volume=volume)
    blocks = [block.samples for text in TALK for block in synthesizer.speak(text, delivery, threading.Event())]
    return np.concatenate(blocks).astype(float), synthesizer.sample_rate_hz


@pytest.fixture(params=[voice.id for voice in all_voices()])
def voice(request: pytest.FixtureRequest) -> Voice:
    return load_voice(request.param)


def test_every_voice_talks_at_an_easy_pace(voice: Voice) -> None:
    samples, rate_hz = talk(voice.id)
    assert 150 < WORDS / (len(samples) / rate_hz / 60) < 185, "words per minute, breaths included"


def test_no_voice_is_much_louder_than_another(voice: Voice) -> None:
    samples, _ = talk(voice.id)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    frame_levels = np.sqrt(np.mean(frames**2, axis=1))
    level_dbfs = 20 * np.log10(np.sqrt(np.mean(frame_levels[frame_levels > 200] ** 2)) / 32_768)
    assert -24 < level_dbfs < -18


def test_no_voice_clips_when_it_is_raised(voice: Voice) -> None:
    samples, _ = talk(voice.id, volume=1.5)
    assert np.abs(samples).max() < 32_700


def test_every_voice_tells_where_it_comes_from_and_is_judged_soberly(voice: Voice) -> None:
    assert voice.licence
    assert voice.source
    assert voice.naturalness <= {"espeak-ng": 2, "flite": 3}.get(voice.engine, 5)


def test_without_flite_there_is_still_a_voice_for_each_sex_and_age() -> None:
    kinds = {(voice.sex, voice.age) for voice in all_voices() if voice.engine == "espeak-ng"}
    assert kinds >= {(sex, age) for sex in (Sex.FEMALE, Sex.MALE) for age in (Age.YOUNG, Age.ADULT, Age.OLD)}


def test_the_accents_of_the_catalogue_differ() -> None:
    assert {voice.language for voice in all_voices()} >= {"en-us", "en-gb", "en-gb-scotland"}


def test_the_wish_chooses_sex_before_beauty_and_skips_what_does_not_work() -> None:
    def chosen(wish: VoiceWish, works: Callable[[Voice], bool] = lambda _: True) -> str:
        return choose_voice(wish, all_voices(), works).id

    assert chosen(VoiceWish(sex=Sex.FEMALE)) == "flite-slt"
    assert chosen(VoiceWish(sex=Sex.MALE)) == "flite-rms"
    assert chosen(VoiceWish(sex=Sex.FEMALE), lambda v: v.engine != "flite").startswith("espeak")
    assert "woman" in chosen(VoiceWish(sex=Sex.FEMALE, age=Age.OLD), lambda v: v.engine != "flite")
    with pytest.raises(UserError, match="no voice of the catalogue works here"):
        chosen(VoiceWish(), lambda _: False)
