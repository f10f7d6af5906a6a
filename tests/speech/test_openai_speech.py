"""A speech server: streamed, bounded, and every fault one sentence with a cure."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tests.fakes.speech_server import RATE_HZ, Speech, SpeechServerFake, speech_server
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery, Synthesizer
from voice_agent.testing.synthesizer import LINE, level, sound, spoken

pytestmark = pytest.mark.loopback
NOVA = load_voice("openai-nova")


@contextmanager
def talking_to(*answers: Speech, **options: Any) -> Iterator[tuple[Synthesizer, SpeechServerFake]]:
    with speech_server(*answers) as server:
        spec = engine("synthesizer", "openai")
        # Long waits, since a busy machine is no fault; the tests of faults ask for short ones.
        waits = {"first_audio_s": 60.0, "next_audio_s": 60.0, "retries": 0}
        chosen = spec.options(**{"base_url": server.url} | waits | options)
        synthesizer: Synthesizer = spec.open(chosen, NOVA)
        try:
            yield synthesizer, server
        finally:
            synthesizer.close()


def fault(*answers: Speech, **options: Any) -> tuple[EngineError, SpeechServerFake, int]:
    """The error, the server, and the blocks that came before it."""
    blocks = 0
    waits = {"first_audio_s": 0.8, "next_audio_s": 0.4, "whole_s": 4.0}
    with talking_to(*answers, **waits | options) as (synthesizer, server):
        with pytest.raises(EngineError) as told:
            for _ in synthesizer.speak(LINE, Delivery(), threading.Event()):
                blocks += 1
        assert "\n" not in str(told.value)
        assert "secret" not in str(told.value)
        assert told.value.component == "synthesizer"
        assert told.value.cure
        return told.value, server, blocks


def test_the_request_says_what_to_speak_with_which_voice_and_how_fast() -> None:
    with talking_to(model="tts-x", instructions="Speak tiredly.") as (synthesizer, server):
        sound(synthesizer, LINE, rate=1.2)
    [request] = server.requests
    assert request == {
        "model": "tts-x",
        "voice": "nova",
        "input": LINE,
        "response_format": "pcm",
        "speed": 1.2,
        "instructions": "Speak tiredly.",
    }
    assert server.heads[0].startswith("POST /v1/audio/speech ")


def test_sound_is_handed_on_while_the_server_still_speaks() -> None:
    with talking_to(Speech(gap_s=0.02)) as (synthesizer, server):
        blocks: Any = synthesizer.speak(f"{LINE} " * 20, Delivery(), threading.Event())
        next(blocks)
        blocks.close()
        assert server.cut_off.wait(5), "and a line that nobody hears is ended at the server"


def test_the_next_sentence_is_asked_for_while_the_one_before_sounds() -> None:
    text = "I came home at nine. The plates were still there. Why?"
    with talking_to() as (synthesizer, server):
        blocks: Any = synthesizer.speak(text, Delivery(), threading.Event())
        next(blocks)
        assert server.asked(2)
        assert [request["input"] for request in server.requests] == [
            "I came home at nine. ",
            "The plates were still there. ",
        ]
        assert len(list(blocks)) > 20
        assert [request["input"] for request in server.requests][2:] == ["Why?"]


def test_a_line_that_is_stopped_ends_its_request() -> None:
    stop = threading.Event()
    with talking_to(Speech(gap_s=0.02)) as (synthesizer, server):
        blocks = synthesizer.speak(f"{LINE} " * 20, Delivery(), stop)
        next(blocks)
        stop.set()
        assert len(list(blocks)) <= 1
        assert server.cut_off.wait(5)


def test_a_server_that_is_silent_can_be_left_at_once() -> None:
    stop = threading.Event()
    with talking_to(Speech(silent_s=0.6), first_audio_s=600, whole_s=600) as (synthesizer, server):
        threading.Timer(0.1, stop.set).start()
        assert list(synthesizer.speak(LINE, Delivery(), stop)) == []
        assert server.cut_off.wait(5)


def test_one_connection_serves_many_lines() -> None:
    with talking_to() as (synthesizer, server):
        for _ in range(3):
            assert level(sound(synthesizer)) > 500
        assert len(server.requests) == 3
        assert server.connections == 1


@pytest.mark.parametrize("chunk_bytes", [1, 3, 4_801, 1_000_000])
def test_samples_torn_apart_by_the_network_are_whole_again(chunk_bytes: int) -> None:
    tone = np.rint(9_000 * np.sin(np.arange(RATE_HZ // 8) / 30) + 3_000).astype("<i2")
    with talking_to(Speech(raw=tone.tobytes() + b"\x01", chunk_bytes=chunk_bytes)) as (synthesizer, _):
        heard = sound(synthesizer)
    breath = len(heard) - len(tone)
    assert np.abs(heard[:-breath] - tone).max() <= 1
    assert not heard[-breath:].any()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Speech(status=401), "127.0.0.1 refused the key"),
        (Speech(status=403), "127.0.0.1 refused the key"),
        (Speech(status=404), 'knows no model "gpt-4o-mini-tts"'),
        (Speech(status=400), r"refused the request \(400\)"),
        (Speech(status=429), "has no capacity"),
        (Speech(status=500), r"failed \(500\)"),
        (Speech(status=503), r"failed \(503\)"),
        (Speech(silent_s=5), "did not speak in time"),
        (Speech(raw=b""), "sent no sound"),
        (Speech(raw=b'{"error": "secret"}', kind="application/json"), "something else than bare samples"),
        (Speech(raw=b"<html>secret</html>" * 500, kind="text/html; charset=utf-8"), "something else"),
        (Speech(raw=b"<html>secret</html>" * 500), "something else"),
        (Speech(raw=b"RIFF\x00\x00\x00\x00WAVEfmt " * 500, kind="audio/wav"), "something else"),
        (Speech(raw=b"ID3\x04" * 2000, kind="audio/mpeg"), "something else"),
        (Speech(raw=b"\x00\x00", chunk_bytes=2, breaks_off_after=0), "broke off|can't be reached"),
    ],
)
def test_what_fails_before_the_first_sound_is_one_error_with_a_cure(answer: Speech, cause: str) -> None:
    told, _, blocks = fault(answer)
    assert blocks == 0
    assert re.search(cause, told.cause)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Speech(breaks_off_after=12), "broke off its answer"),
        (Speech(raw=b"\x10\x10" * RATE_HZ, chunk_bytes=24_000, gap_s=0.9), "stopped in the middle of a sentence"),
    ],
)
def test_what_fails_in_the_middle_keeps_what_was_spoken(answer: Speech, cause: str) -> None:
    told, server, blocks = fault(answer, retries=3)
    assert blocks > 0
    assert cause in told.cause
    assert len(server.requests) == 1, "a sentence that has begun is not begun again"


def test_a_slow_drip_is_too_slow_however_steady_it_is() -> None:
    told, _, blocks = fault(Speech(raw=b"\x10\x10" * RATE_HZ, chunk_bytes=64, gap_s=0.02))
    assert "did not speak in time" in told.cause
    assert blocks == 0


def test_a_whole_sentence_has_its_own_limit() -> None:
    told, _, blocks = fault(Speech(raw=b"\x10\x10" * RATE_HZ * 5, chunk_bytes=4_800, gap_s=0.1), whole_s=1.0)
    assert "stopped in the middle" in told.cause
    assert blocks > 0


def test_a_server_that_babbles_on_is_cut_off() -> None:
    with talking_to(Speech(raw=b"\x10\x10" * RATE_HZ * 150, chunk_bytes=200_000), whole_s=60) as (synthesizer, _):
        assert 100 < len(sound(synthesizer)) / RATE_HZ < 125


def test_a_request_that_is_refused_names_the_voice() -> None:
    told, _, _ = fault(Speech(status=422))
    assert told.cure == 'check the names of the model and of the voice "nova"'


def test_a_passing_failure_is_tried_again() -> None:
    with talking_to(Speech(status=500), Speech(raw=b""), Speech(), retries=2) as (synthesizer, server):
        assert level(sound(synthesizer)) > 500
    assert len(server.requests) == 3


def test_a_refused_key_is_not_tried_again() -> None:
    _, server, _ = fault(Speech(status=401), Speech(), retries=3)
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    spec = engine("synthesizer", "openai")
    synthesizer = spec.open(spec.options(base_url="http://127.0.0.1:9/v1", retries=0), NOVA)
    with pytest.raises(
        EngineError, match=r"127\.0\.0\.1 can't be reached; start the server at http://127\.0\.0\.1:9/v1"
    ):
        spoken(synthesizer)
    synthesizer.close()


def test_it_speaks_again_after_every_failure() -> None:
    with talking_to(Speech(status=500), Speech(breaks_off_after=3), Speech()) as (synthesizer, _):
        for _ in range(2):
            with pytest.raises(EngineError):
                spoken(synthesizer)
        assert level(sound(synthesizer)) > 500


def test_a_key_is_needed_elsewhere_and_stays_out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = engine("synthesizer", "openai")
    assert spec.leaves_machine
    options = spec.options(base_url="https://api.example.com/v1", key_variable="MY_KEY")
    with pytest.raises(UserError, match=r"no key for api\.example\.com; set the environment variable MY_KEY"):
        spec.open(options, NOVA)
    monkeypatch.setenv("MY_KEY", "sk-secret")
    synthesizer = spec.open(options, NOVA)
    assert "sk-secret" not in repr((options, vars(synthesizer)))
    synthesizer.close()


def test_the_key_goes_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
    with talking_to(Speech(status=401)) as (synthesizer, server):
        with pytest.raises(EngineError) as told:
            spoken(synthesizer)
        assert "Bearer sk-secret-key" in server.heads[0]
    assert "sk-secret" not in f"{told.value!r} {told.value.__cause__!r}"


def test_closing_twice_is_no_error_and_leaves_no_thread() -> None:
    before = threading.active_count()
    spec = engine("synthesizer", "openai")
    synthesizer = spec.open(spec.options(base_url="http://127.0.0.1:9/v1"), NOVA)
    synthesizer.close()
    synthesizer.close()
    assert threading.active_count() == before


def test_a_model_and_an_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with speech_server() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("VOICE_AGENT_SPEECH_MODEL", "kokoro")
        spec = engine("synthesizer", "openai")
        synthesizer = spec.open(spec.options(), NOVA)
        spoken(synthesizer, "Hello.")
        synthesizer.close()
        assert server.requests[0]["model"] == "kokoro"
