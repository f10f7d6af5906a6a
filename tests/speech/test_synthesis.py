"""What is particular to espeak-ng and Flite, and engines side by side; the rest is in the contract."""

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
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.testing.synthesizer import LINE, sound, spoken
from voice_agent.voice import Voice
from voice_agent.worker import Worker

VOICES = ["espeak-us-man", "espeak-gb-woman", "flite-slt", "flite-rms", "flite-awb", "flite-kal16"]


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


def test_a_command_to_espeak_hidden_in_the_text_is_read_out_instead_of_obeyed() -> None:
    espeak = opened("espeak-us-man")
    plain = len(sound(espeak, " 450S hello there"))
    assert len(sound(espeak, "\x01450S hello there")) == pytest.approx(plain, rel=0.05)


def test_espeak_tells_the_place_of_every_word() -> None:
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


def test_a_line_of_flite_sounds_the_same_each_time() -> None:
    synthesizer = opened("flite-slt")
    first = sound(synthesizer, LINE)
    sound(synthesizer, "Something else in between.")
    assert np.array_equal(first, sound(synthesizer, LINE))


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
    # Flite draws its durations a little differently each time.
    assert samples == pytest.approx(len(whole), rel=0.05)


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
