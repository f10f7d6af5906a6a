"""Piper: real loading and synthesis, on small voices that the tests write."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.piper_voice import write_voice
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.models.sums import SHA256, digests, remember
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.testing.synthesizer import LINE, level, pitch_hz, sound, spoken
from voice_agent.voice import Voice

BREATHLESS = " ".join([LINE.replace(",", "")[:-1]] * 3)
"""One part without a place to cut: more phonemes at a time than the line by which a voice is measured."""


@pytest.fixture
def models(home: Path) -> Path:
    return home / "data" / "models" / "piper"


def voice(engine_voice: str = "en_US-buzz-medium", **fields: Any) -> Voice:
    plain = load_voice("piper-us-joe")
    known = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return Voice(**known | {"id": "mine", "engine_voice": engine_voice, "files": ()} | fields)


def opened(chosen: Voice, **options: Any) -> Synthesizer:
    spec = engine("synthesizer", "piper")
    synthesizer: Synthesizer = spec.open(spec.options(**options), chosen)
    return synthesizer


def test_a_voice_that_is_not_installed_names_its_cure() -> None:
    with pytest.raises(EngineError, match="en_US-joe-medium is not installed; run `voice-agent setup piper-us-joe`"):
        opened(load_voice("piper-us-joe"))


def test_a_model_without_its_settings_is_not_installed(models: Path) -> None:
    write_voice(models).with_name("en_US-buzz-medium.onnx.json").unlink()
    with pytest.raises(EngineError, match="is not installed"):
        opened(voice())


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("en_US-buzz-medium.onnx", b""),
        ("en_US-buzz-medium.onnx", b"<html>404</html>"),
        ("en_US-buzz-medium.onnx.json", b"{"),
        ("en_US-buzz-medium.onnx.json", b"[1]"),
        ("en_US-buzz-medium.onnx.json", b'{"audio": {}}'),
        ("en_US-buzz-medium.onnx.json", b"\xff\xfe"),
    ],
)
def test_a_broken_file_is_named_with_its_cure(models: Path, file: str, content: bytes) -> None:
    write_voice(models)
    (models / file).write_bytes(content)
    with pytest.raises(
        EngineError, match=r"en_US-buzz-medium\.onnx(\.json)? is broken .*; run `voice-agent setup en_US-buzz-medium`"
    ) as told:
        opened(voice())
    assert "\n" not in str(told.value)


def test_a_sound_that_a_model_lacks_is_left_out_without_a_word_on_the_terminal(models: Path) -> None:
    settings = write_voice(models).with_name("en_US-buzz-medium.onnx.json")
    config = json.loads(settings.read_text(encoding="utf-8"))
    del config["phoneme_id_map"]["i"]
    settings.write_text(json.dumps(config), encoding="utf-8")
    code = "from tests.speech.test_piper import opened, voice; from voice_agent.testing.synthesizer import sound; print(len(sound(opened(voice()), 'Please leave me in peace.')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert int(ran.stdout) > 10_000, ran.stderr
    assert ran.stderr == ""


def test_a_model_cut_off_half_way_is_broken(models: Path) -> None:
    path = write_voice(models)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EngineError, match="is broken"):
        opened(voice())


def test_a_fetched_file_that_has_changed_since_is_not_loaded(models: Path) -> None:
    path = write_voice(models)
    remember({f"piper/{path.name}": digests(path, [SHA256])[SHA256]})
    opened(voice())
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(EngineError, match="it has changed since it was fetched"):
        opened(voice())


def test_a_model_without_a_sound_is_no_voice(models: Path) -> None:
    write_voice(models, loudness=0.0)
    with pytest.raises(EngineError, match="the voice mine makes no sound"):
        opened(voice(), noise=0.0)


def test_a_model_may_lie_anywhere_the_voice_file_says(tmp_path: Path) -> None:
    path = write_voice(tmp_path / "elsewhere", "own")
    assert len(sound(opened(voice(str(path))))) > 10_000
    with pytest.raises(EngineError, match=r"there is no file .*other\.onnx; check engine_voice"):
        opened(voice(str(path.with_name("other.onnx"))))


@pytest.mark.parametrize("name", ["../../secret", "a/b", "", ".hidden"])
def test_a_name_that_is_no_model_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="voice mine: piper has no voice"):
        opened(voice(name))


def test_a_speaker_is_chosen_by_the_name_that_the_model_gives_it(models: Path) -> None:
    write_voice(models, speakers={"p245": 1, "p283": 0, "17": 2})
    heard = {
        name: pitch_hz(sound(opened(voice(f"en_US-buzz-medium{name}"))), 22_050)
        for name in ("", "#p283", "#p245", "#17")
    }
    assert heard[""] == pytest.approx(120, rel=0.05)
    assert heard["#p283"] == pytest.approx(120, rel=0.05)
    assert heard["#p245"] == pytest.approx(180, rel=0.05)
    assert heard["#17"] == pytest.approx(240, rel=0.05)


def test_a_speaker_without_names_is_chosen_by_number(models: Path) -> None:
    write_voice(models, several=3)
    assert pitch_hz(sound(opened(voice("en_US-buzz-medium#2"))), 22_050) == pytest.approx(240, rel=0.05)


@pytest.mark.parametrize(
    ("model", "speaker", "cure"),
    [
        ({"speakers": {"p245": 1, "p283": 0}}, "p246", 'did you mean "p245"'),
        ({"speakers": {"p245": 1, "p283": 0}}, "1", "choose one of: p245, p283"),
        ({"speakers": {f"r{n}": n for n in range(40)}}, "x", "choose one of its 40: r0, r1"),
        ({"several": 3}, "3", "choose 0 to 2"),
        ({"several": 3}, "one", "choose 0 to 2"),
        ({}, "7", "leave out the #"),
    ],
)
def test_a_speaker_that_the_model_lacks_is_named(models: Path, model: Any, speaker: str, cure: str) -> None:
    write_voice(models, **model)
    with pytest.raises(UserError, match=f'voice mine: en_US-buzz-medium has no speaker "{speaker}"; {cure}'):
        opened(voice(f"en_US-buzz-medium#{speaker}"))


def test_voices_of_any_loudness_and_pace_come_out_alike(models: Path) -> None:
    heard = []
    for name, loudness, length in (("a", 0.05, 0.8), ("b", 0.3, 1.0), ("c", 0.9, 1.25)):
        write_voice(models, name, loudness=loudness, length=length)
        samples = sound(opened(voice(name)))
        heard.append((level(samples[np.abs(samples) > 100]), len(samples)))
    levels, lengths = zip(*heard, strict=True)
    assert max(levels) < 1.1 * min(levels)
    assert max(lengths) < 1.1 * min(lengths)


def test_a_voice_files_own_rate_and_pitch_count_on_top(models: Path) -> None:
    write_voice(models)
    plain, changed = sound(opened(voice())), sound(opened(voice(rate=0.8, pitch=0.9)))
    assert len(changed) == pytest.approx(len(plain) / 0.8, rel=0.1)
    assert pitch_hz(changed, 22_050) == pytest.approx(0.9 * pitch_hz(plain, 22_050), rel=0.05)


def test_more_noise_is_asked_of_the_model_when_a_line_is_louder(models: Path) -> None:
    write_voice(models, loudness=0.02)

    def hiss(volume: float, **options: float) -> float:
        samples = sound(opened(voice(), **options), volume=volume) / volume
        return level(np.diff(samples, 2))

    assert hiss(1.2) > 1.1 * hiss(0.85)
    assert hiss(1.0, noise=1.8) > 1.5 * hiss(1.0)


def test_the_first_sound_waits_for_a_clause_only(models: Path) -> None:
    write_voice(models, slow_from_ids=180)
    text = f"I told you that last week, {BREATHLESS}."
    stop = threading.Event()
    blocks = opened(voice()).speak(text, Delivery(), stop)
    for block in blocks:
        if block.chars_spoken is not None:
            assert text[: block.chars_spoken] == "I told you that last week, "
            break
    else:
        pytest.fail("the clause was not told")
    stop.set()
    assert len(list(blocks)) <= 1


def test_a_model_that_is_lost_in_thought_is_ended_when_nobody_listens(models: Path) -> None:
    """The network runs for ever here; only ending its run from outside lets this test end."""
    write_voice(models, slow_from_ids=180)
    synthesizer = opened(voice())
    stop = threading.Event()
    blocks: Any = synthesizer.speak(f"Hello there. {BREATHLESS}", Delivery(), stop)
    next(blocks)
    stop.set()
    assert len(list(blocks)) <= 1
    left: Any = synthesizer.speak(f"Hello there. {BREATHLESS}", Delivery(), threading.Event())
    next(left)
    left.close()
    assert len(sound(synthesizer, "Hello there.")) > 10_000, "and it speaks again"


def test_a_model_that_fails_while_it_speaks_is_an_error_with_a_cure(models: Path) -> None:
    write_voice(models, fails_from_ids=180)
    synthesizer = opened(voice())
    with pytest.raises(EngineError, match=r"the voice mine failed \(\w+\); choose another voice") as told:
        spoken(synthesizer, BREATHLESS)
    assert "\n" not in str(told.value)
    assert spoken(synthesizer, "Hello there.")


def test_places_are_told_at_the_end_of_each_part(models: Path) -> None:
    write_voice(models)
    text = "I hear you. Well, never mind. Good night."
    places = [block.chars_spoken for block in spoken(opened(voice()), text) if block.chars_spoken is not None]
    assert sorted(set(places)) == [len("I hear you. "), len("I hear you. Well, never mind. "), len(text)]


def test_two_lines_of_one_voice_can_be_made_at_once(models: Path) -> None:
    write_voice(models)
    synthesizer = opened(voice())
    first, second = (synthesizer.speak(LINE, Delivery(), threading.Event()) for _ in range(2))
    lengths = [0, 0]
    for one, other in zip(first, second, strict=True):
        lengths[0] += len(one.samples)
        lengths[1] += len(other.samples)
    assert lengths[0] == lengths[1] > 50_000


@pytest.mark.parametrize("options", [{"threads": 65}, {"first_chars": 5}, {"noise": -1.0}, {"loud": 1}])
def test_options_are_checked(options: Any) -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, engine("synthesizer", "piper").options)
