"""What every synthesizer must do. Another engine joins by a voice of its own in VOICES."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import engine
from voice_agent.speech.flite import installed_voices
from voice_agent.speech.protocols import Delivery, SpeechBlock, Synthesizer
from voice_agent.voice import Voice
from voice_agent.worker import Worker

VOICES = ["espeak-us-man", "espeak-gb-woman", "flite-slt", "flite-rms", "flite-awb", "flite-kal16"]
PITCHED = [name for name in VOICES if name != "flite-rms"]
"""rms tells that it keeps its pitch."""
LINE = "I came home at nine, and the plates were still in the sink."


def opened(voice: str | Voice) -> Synthesizer:
    voice = load_voice(voice) if isinstance(voice, str) else voice
    spec = engine("synthesizer", voice.engine)
    try:
        synthesizer: Synthesizer = spec.open(spec.options(), voice)
    except EngineError as error:
        pytest.skip(str(error))  # this system has no such library; its cure is tested below
    return synthesizer


@pytest.fixture(params=VOICES)
def synthesizer(request: pytest.FixtureRequest) -> Synthesizer:
    return opened(request.param)


def changed(voice: Voice, **fields: Any) -> Voice:
    return Voice(**{name: getattr(voice, name) for name in voice.__struct_fields__} | fields)


def spoken(synthesizer: Synthesizer, text: str = LINE, **delivery: float) -> list[SpeechBlock]:
    return list(synthesizer.speak(text, Delivery(**delivery), threading.Event()))


def sound(synthesizer: Synthesizer, text: str = LINE, **delivery: float) -> Any:
    blocks = [block.samples for block in spoken(synthesizer, text, **delivery)]
    return np.concatenate(blocks).astype(float) if blocks else np.zeros(0)


def level(samples: Any) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def pitch_hz(samples: Any, rate_hz: int) -> float:
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
    return float(np.median(found))


def test_a_line_is_sound_in_blocks_of_at_most_a_tenth_of_a_second(synthesizer: Synthesizer) -> None:
    blocks = spoken(synthesizer)
    assert all(block.samples.dtype == np.int16 and block.samples.ndim == 1 for block in blocks)
    assert max(len(block.samples) for block in blocks) <= 0.1 * synthesizer.sample_rate_hz
    assert 3.0 < sum(len(block.samples) for block in blocks) / synthesizer.sample_rate_hz < 6.0
    assert 1_000 < level(sound(synthesizer)) < 6_000


def test_the_first_sound_comes_within_50_ms_of_speech(synthesizer: Synthesizer) -> None:
    sounding = np.flatnonzero(np.abs(sound(synthesizer)) > 500)
    assert sounding[0] < 0.05 * synthesizer.sample_rate_hz


def test_a_line_ends_with_a_breath(synthesizer: Synthesizer) -> None:
    samples = sound(synthesizer)
    silence_s = (len(samples) - 1 - np.flatnonzero(np.abs(samples) > 500)[-1]) / synthesizer.sample_rate_hz
    assert 0.2 < silence_s < 0.6


def test_rate_changes_how_long_a_line_takes(synthesizer: Synthesizer) -> None:
    plain = len(sound(synthesizer))
    assert len(sound(synthesizer, rate=1.4)) < 0.85 * plain
    assert len(sound(synthesizer, rate=0.75)) > 1.2 * plain


def test_volume_changes_how_loud_a_line_is(synthesizer: Synthesizer) -> None:
    plain = level(sound(synthesizer))
    assert level(sound(synthesizer, volume=0.5)) == pytest.approx(0.5 * plain, rel=0.15)
    assert level(sound(synthesizer, volume=1.5)) > 1.15 * plain
    assert level(sound(synthesizer, volume=0.0)) < 0.01 * plain


def test_the_loudest_voice_does_not_clip(synthesizer: Synthesizer) -> None:
    assert np.abs(sound(synthesizer, volume=1.5)).max() < 32_700


@pytest.mark.parametrize("name", PITCHED)
def test_pitch_moves_the_melody(name: str) -> None:
    synthesizer = opened(name)
    plain = pitch_hz(sound(synthesizer), synthesizer.sample_rate_hz)
    assert pitch_hz(sound(synthesizer, pitch=1.25), synthesizer.sample_rate_hz) == pytest.approx(
        1.25 * plain, rel=0.12
    )
    assert pitch_hz(sound(synthesizer, pitch=0.85), synthesizer.sample_rate_hz) == pytest.approx(
        0.85 * plain, rel=0.12
    )


def test_stopping_ends_within_one_block(synthesizer: Synthesizer) -> None:
    stop = threading.Event()
    blocks = synthesizer.speak(f"{LINE} " * 40, Delivery(), stop)
    next(blocks)
    stop.set()
    assert len(list(blocks)) <= 1
    assert len(sound(synthesizer)) > synthesizer.sample_rate_hz, "it speaks again afterwards"


def test_a_line_stopped_before_it_began_is_silent(synthesizer: Synthesizer) -> None:
    stop = threading.Event()
    stop.set()
    assert list(synthesizer.speak(LINE, Delivery(), stop)) == []


def test_leaving_a_line_half_way_leaves_no_thread_behind(synthesizer: Synthesizer) -> None:
    before = threading.active_count()
    blocks = synthesizer.speak(f"{LINE} " * 40, Delivery(), threading.Event())
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]  # every engine's iterator is a generator
    assert threading.active_count() == before


@pytest.mark.parametrize("text", ["", "  ", "...", "?!", "\x00", "😀" * 3])
def test_nothing_to_say_is_no_error(synthesizer: Synthesizer, text: str) -> None:
    assert len(sound(synthesizer, text)) < 4 * synthesizer.sample_rate_hz


@pytest.mark.parametrize(
    "text",
    [
        "hello <speak><break time='9s'/></speak>",
        "hello [[h@l'oU]]",
        "hello \x01150P \x00 \x1b[2J there",
        "hello na\u00efve \u201ccaf\u00e9\u201d \u65e5\u672c \U0001f600",
        "hello \ud800 %n%s &amp; C:\\x",
        "yk Ykz tyk y-k zh-ng",
        "x" * 700,
    ],
)
def test_odd_text_is_spoken_as_text_and_without_a_word_on_the_terminal(
    synthesizer: Synthesizer, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert level(sound(synthesizer, text)) > 100
    assert capfd.readouterr() == ("", "")


def test_a_command_to_espeak_hidden_in_the_text_is_read_out_instead_of_obeyed() -> None:
    espeak = opened("espeak-us-man")
    plain = len(sound(espeak, " 450S hello there"))
    assert len(sound(espeak, "\x01450S hello there")) == pytest.approx(plain, rel=0.05)


def test_a_very_long_text_is_spoken_whole_and_begins_like_a_short_one(synthesizer: Synthesizer) -> None:
    once, many = len(sound(synthesizer)), 12
    assert len(sound(synthesizer, f"{LINE} " * many)) == pytest.approx(many * once, rel=0.1)


def test_the_place_in_the_text_follows_the_sound_where_an_engine_tells_it() -> None:
    text = "I hear you. Na\u00efve people say \u2014 well, never mind."
    places = [block.chars_spoken for block in spoken(opened("espeak-us-man"), text)]
    known = [place for place in places if place is not None]
    assert known == sorted(known)
    assert known[0] == 0
    assert known[-1] == len(text)
    assert {text.index(word) for word in ("hear", "you", "Na", "say", "well", "mind")} <= set(known)


@pytest.mark.parametrize("other", ["espeak-gb-woman", "flite-slt"])
def test_a_voice_that_waits_half_way_lets_another_speak(synthesizer: Synthesizer, other: str) -> None:
    alone = len(sound(synthesizer))
    blocks = synthesizer.speak(f"{LINE} " * 20, Delivery(), threading.Event())
    next(blocks)
    assert len(sound(opened(other))) > 10_000
    assert sum(1 for _ in blocks) > 100
    assert len(sound(synthesizer)) == pytest.approx(alone, rel=0.05), "and its own way is kept"


def test_voices_on_many_threads_do_not_mix() -> None:
    synthesizers = [opened(name) for name in ("espeak-us-man", "espeak-gb-woman", "espeak-us-old-man")]
    alone = [len(sound(synthesizer)) for synthesizer in synthesizers]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda synthesizer: len(sound(synthesizer)), synthesizers * 4))
    assert together == pytest.approx(alone * 4, rel=0.05)


async def test_a_worker_thread_may_take_the_blocks_one_by_one(synthesizer: Synthesizer) -> None:
    worker = Worker("synthesizer")
    blocks = synthesizer.speak(LINE, Delivery(), threading.Event())
    samples = 0
    while (block := await worker.run(next, blocks, None)) is not None:
        samples += len(block.samples)
    whole = await worker.run(sound, synthesizer)
    worker.close()
    assert samples == pytest.approx(len(whole), rel=0.02)


@pytest.mark.parametrize("engine_voice", ["xx-nobody", "en-us+nobody", "en-us+", "../en", "en-us+f3+m1"])
def test_a_voice_that_espeak_lacks_is_named(engine_voice: str) -> None:
    voice = changed(load_voice("espeak-us-man"), engine_voice=engine_voice)
    with pytest.raises(UserError, match="espeak-us-man: espeak-ng has no voice") as told:
        engine("synthesizer", "espeak-ng").open(None, voice)
    assert engine_voice in str(told.value)


def test_a_voice_that_flite_never_had_is_named() -> None:
    with pytest.raises(UserError, match='flite has no voice "slx"; choose one of: slt, rms'):
        engine("synthesizer", "flite").open(None, changed(load_voice("flite-slt"), engine_voice="slx"))


def test_the_voices_told_as_installed_can_be_opened() -> None:
    if not installed_voices():
        with pytest.raises(EngineError, match="apt install flite"):
            engine("synthesizer", "flite").open(None, load_voice("flite-slt"))
    for name in installed_voices():
        assert len(sound(opened(f"flite-{name}"), "Hello.")) > 5_000
