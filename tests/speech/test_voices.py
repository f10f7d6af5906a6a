"""The shipped catalogue: each voice is real, talks at an easy pace, and none shouts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from voice_agent.catalog.voices import all_voices, choose_voice, is_installed, load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.model_file import ModelFile
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


@pytest.fixture(params=[voice.id for voice in all_voices() if voice.engine in ("espeak-ng", "flite")])
def voice(request: pytest.FixtureRequest) -> Voice:
    return load_voice(request.param)


def test_every_voice_talks_at_an_easy_pace(voice: Voice) -> None:
    samples, rate_hz = talk(voice.id)
    # Flite draws its durations: slt comes to 184 to 185.
    assert 150 < WORDS / (len(samples) / rate_hz / 60) < 188, "words per minute, breaths included"


def test_no_voice_is_much_louder_than_another(voice: Voice) -> None:
    samples, _ = talk(voice.id)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    frame_levels = np.sqrt(np.mean(frames**2, axis=1))
    level_dbfs = 20 * np.log10(np.sqrt(np.mean(frame_levels[frame_levels > 200] ** 2)) / 32_768)
    assert -24 < level_dbfs < -18


def test_no_voice_clips_when_it_is_raised(voice: Voice) -> None:
    samples, _ = talk(voice.id, volume=1.5)
    assert np.abs(samples).max() < 32_700


@pytest.mark.parametrize("voice", all_voices(), ids=lambda voice: voice.id)
def test_every_voice_tells_where_it_comes_from_and_is_judged_soberly(voice: Voice) -> None:
    assert voice.licence
    assert voice.source
    assert voice.sample
    assert voice.naturalness <= {"espeak-ng": 2, "flite": 3, "piper": 4}.get(voice.engine, 5)


def test_without_flite_there_is_still_a_voice_for_each_sex_and_age() -> None:
    kinds = {(voice.sex, voice.age) for voice in all_voices() if voice.engine == "espeak-ng"}
    assert kinds >= {(sex, age) for sex in (Sex.FEMALE, Sex.MALE) for age in (Age.YOUNG, Age.ADULT, Age.OLD)}


def test_the_accents_of_the_catalogue_differ() -> None:
    assert {voice.language for voice in all_voices()} >= {"en-us", "en-gb", "en-gb-scotland"}


def test_the_wish_chooses_sex_before_beauty_and_skips_what_does_not_work() -> None:
    def chosen(wish: VoiceWish, works: Callable[[Voice], bool] = lambda _: True) -> str:
        return choose_voice(wish, all_voices(), works).id

    def embedded(voice: Voice) -> bool:
        return voice.engine in ("espeak-ng", "flite")

    assert chosen(VoiceWish(sex=Sex.FEMALE), embedded) == "flite-slt"
    assert chosen(VoiceWish(sex=Sex.MALE), embedded) == "flite-rms"
    assert chosen(VoiceWish(sex=Sex.FEMALE), lambda v: v.engine == "espeak-ng").startswith("espeak")
    assert "woman" in chosen(VoiceWish(sex=Sex.FEMALE, age=Age.OLD), lambda v: v.engine == "espeak-ng")
    assert load_voice(chosen(VoiceWish(sex=Sex.MALE, age=Age.OLD), lambda v: v.engine == "piper")).age is Age.OLD
    assert chosen(VoiceWish(sex=Sex.MALE, age=Age.YOUNG, language="en-ie"), lambda v: v.engine == "piper") == (
        "piper-ireland-man"
    )
    with pytest.raises(UserError, match="no voice of the catalogue works here"):
        chosen(VoiceWish(), lambda _: False)


PIPER = [voice for voice in all_voices() if voice.engine == "piper"]


def test_the_neural_voices_differ_in_sex_age_and_accent() -> None:
    assert len(PIPER) >= 12
    assert {(voice.sex, voice.age) for voice in PIPER} >= {
        (sex, age) for sex in (Sex.FEMALE, Sex.MALE) for age in (Age.YOUNG, Age.ADULT, Age.OLD)
    }
    assert {voice.language for voice in PIPER} >= {"en-us", "en-gb", "en-gb-scotland", "en-ie", "en-au", "en-in"}
    assert len({voice.sample for voice in PIPER}) == len(PIPER)


@pytest.mark.parametrize("voice", PIPER, ids=lambda voice: voice.id)
def test_a_neural_voice_tells_all_that_a_download_needs(voice: Voice) -> None:
    name = voice.engine_voice.partition("#")[0]
    model, settings = voice.files
    assert model.path == f"piper/{name}.onnx"
    assert settings.path == f"{model.path}.json"
    for file in voice.files:
        assert file.url.startswith("https://huggingface.co/rhasspy/piper-voices/resolve/v1.0.0/en/")
        assert file.url.endswith(file.path.removeprefix("piper"))
        assert file.sha256
        assert file.md5
    assert model.bytes > 60_000_000 > 25_000 > settings.bytes


def test_voices_of_one_model_agree_about_its_files() -> None:
    known: dict[str, ModelFile] = {}
    for voice in PIPER:
        for file in voice.files:
            assert known.setdefault(file.path, file) == file


def test_a_voice_is_installed_when_all_its_files_are_there_in_full(home: Path) -> None:
    voice = load_voice("piper-us-joe")
    assert not is_installed(voice)
    assert is_installed(load_voice("espeak-us-man"))
    for file in voice.files:
        path = home / "data" / "models" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as model:
            model.truncate(file.bytes)
    assert is_installed(voice)
    with path.open("wb") as model:
        model.truncate(file.bytes - 1)
    assert not is_installed(voice)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('path = "../x"', r':14: files\[1\].path: is "../x"; see the shipped files'),
        ('path = "/x"', "see the shipped files"),
        ('url = "ftp://x/y"', r":15: files\[1\].url"),
        ("bytes = 0", r":16: files\[1\].bytes: is 0; choose at least 1"),
        ('sha256 = "abc"', r":17: files\[1\].sha256"),
        ('crc = "abc"', r':18: files\[1\]: unknown key "crc"'),
    ],
)
def test_a_mistake_in_a_voices_files_is_told_with_its_line(home: Path, line: str, told: str) -> None:
    key = line.split(" ", maxsplit=1)[0]
    item = {"path": '"a/b"', "url": '"https://x/y"', "bytes": "5", "sha256": f'"{"0" * 64}"'}
    item[key] = line.split(" = ")[1]
    folder = home / "config" / "voices"
    folder.mkdir(parents=True)
    head = [
        "schema = 1", 'id = "own"', 'title = "Own"', 'engine = "piper"', 'engine_voice = "own"', 'language = "en-us"',
        'sex = "male"', 'age = "old"', 'manner = "m"', "naturalness = 3", 'licence = "x"', 'source = "y"', "[[files]]",
    ]  # fmt: skip
    text = "\n".join([*head, *(f"{key} = {value}" for key, value in item.items())])
    (folder / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=told):
        load_voice("own")
