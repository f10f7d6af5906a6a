"""The transcription client against a server that writes well, badly, late, half or never."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from tests.fakes.transcription_server import Answer, TranscriptionServerFake, transcription_server
from tests.fakes.whisper_model import WORDS
from tests.scenes import situation
from voice_agent.audio.protocols import MIC_RATE_HZ
from voice_agent.conversation import Transcript
from voice_agent.errors import EngineError, UserError
from voice_agent.registry import engine
from voice_agent.speech.openai_recognizer import OpenaiRecognizer, TranscriptionOptions
from voice_agent.testing.recognizer import hear, room, speech

pytestmark = pytest.mark.loopback
LINE = speech()


@contextmanager
def opened(*answers: Answer, **options: Any) -> Iterator[tuple[OpenaiRecognizer, TranscriptionServerFake]]:
    with transcription_server(*answers) as server:
        chosen = TranscriptionOptions(base_url=server.url, **{"whole_s": 3.0, **options})
        recognizer = OpenaiRecognizer(chosen, situation())
        try:
            yield recognizer, server
        finally:
            recognizer.close()


def test_the_part_with_a_voice_is_sent_once_at_the_end() -> None:
    with opened() as (recognizer, server):
        recognizer.begin()
        assert recognizer.feed(np.concatenate([room(3 * MIC_RATE_HZ), LINE, room(3 * MIC_RATE_HZ)])) is None
        assert server.uploads == []
        recognizer.finish()
        (upload,) = server.uploads
    assert (upload.rate_hz, upload.channels) == (MIC_RATE_HZ, 1)
    assert 3.5 < upload.seconds < 5.5
    assert upload.head.startswith("POST /v1/audio/transcriptions ")
    assert upload.fields["model"] == ["whisper-1"]
    assert upload.fields["language"] == ["en"]
    assert upload.fields["prompt"][0].startswith("Sam, dishes")
    assert upload.fields["response_format"] == ["verbose_json"]
    assert upload.fields["timestamp_granularities"] == ["word", "segment"]


def test_the_text_keeps_its_punctuation_and_words_have_times_in_the_segment() -> None:
    with opened() as (recognizer, _):
        _, heard = hear(recognizer, np.concatenate([room(MIC_RATE_HZ), LINE]))
    assert heard.text.startswith("Please wash your dishes")
    assert heard.text.endswith(".")
    assert [word.text.lower() for word in heard.words] == [word.lower() for word in WORDS[: len(heard.words)]]
    assert 1.0 < heard.words[0].start_s < 1.6
    assert heard.words[1].start_s - heard.words[0].start_s == pytest.approx(0.5)
    assert heard.confidence == pytest.approx(np.exp(-0.2), abs=0.01)


def test_a_server_that_has_no_times_is_asked_for_them_once() -> None:
    with opened(Answer(only_json=True)) as (recognizer, server):
        for _ in range(2):
            _, heard = hear(recognizer, LINE)
            assert heard.text.startswith("Please wash")
            assert heard.words == ()
            assert heard.confidence is None
        asked = [upload.fields["response_format"][0] for upload in server.uploads]
    assert asked == ["verbose_json", "json", "json"]


def test_options_choose_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_AGENT_TRANSCRIPTION_MODEL", "whisper-large")
    with opened(language="auto", hotwords=False, word_times=False) as (recognizer, server):
        hear(recognizer, LINE)
        (upload,) = server.uploads
    assert upload.fields["model"] == ["whisper-large"]
    assert upload.fields["response_format"] == ["json"]
    assert "language" not in upload.fields
    assert "prompt" not in upload.fields


def test_silence_is_never_sent() -> None:
    with opened() as (recognizer, server):
        assert hear(recognizer, room(3 * MIC_RATE_HZ, loudest=300))[1] == Transcript("")
        assert server.uploads == []


def test_a_turn_that_goes_on_tells_the_server_what_came_before() -> None:
    with opened() as (recognizer, server):
        _, first = hear(recognizer, LINE)
        hear(recognizer, LINE, continues=True)
        hear(recognizer, LINE)
        prompts = [upload.fields["prompt"][0] for upload in server.uploads]
    assert [first.text.rstrip(".") in prompt for prompt in prompts] == [False, True, False]


def written(text: str, **evidence: float) -> Answer:
    segment = {"id": 0, "text": text, "avg_logprob": -0.2, "no_speech_prob": 0.01, **evidence}
    return Answer(body=json.dumps({"text": text, "segments": [segment]}).encode())


@pytest.mark.parametrize(
    "answer",
    [
        written("Thank you for watching!"),
        written("and then he went", no_speech_prob=0.95, avg_logprob=-1.4),
        written("mumble", avg_logprob=-3.0),
        written(""),
        Answer(body=b'{"text": ""}'),
        Answer(body=b'{"text": "Thanks for watching."}'),
    ],
)
def test_what_a_server_has_made_up_is_not_heard(answer: Answer) -> None:
    with opened(answer) as (recognizer, _):
        assert hear(recognizer, LINE)[1] == Transcript("")


def test_what_a_server_writes_is_cleaned() -> None:
    with opened(written("wash \x1b[31mup\x1b[0m\u202e please\n")) as (recognizer, _):
        assert hear(recognizer, LINE)[1].text == "wash up please"


@pytest.mark.parametrize(
    ("answer", "cause", "requests"),
    [
        (Answer(status=401), "refused the key", 1),
        (Answer(status=404), "knows no model", 1),
        (Answer(status=413), "refused the request (413)", 1),
        (Answer(status=429), "no capacity", 2),
        (Answer(status=500), "failed (500)", 2),
        (Answer(body=b"<html>It works!</html>"), "sent what is no transcript", 1),
        (Answer(body=b""), "sent what is no transcript", 1),
        (Answer(body=b'{"text": 7}'), "sent what is no transcript", 1),
        (Answer(body=b'{"text": "' + b"a" * 2_100_000 + b'"}'), "sent what is no transcript", 1),
        (Answer(breaks_off_after=40), "broke off its answer", 2),
        (Answer(silent_s=5), "sent no words in time", 1),
        (Answer(drip_s=0.02), "sent no words in time", 1),
    ],
)
def test_what_fails_is_one_error_with_a_cure_and_the_next_turn_is_heard(
    answer: Answer, cause: str, requests: int
) -> None:
    with opened(*[answer] * requests, Answer(), whole_s=2.0) as (recognizer, server):
        with pytest.raises(EngineError) as told:
            hear(recognizer, LINE)
        assert len(server.uploads) == requests
        assert cause in told.value.cause
        assert told.value.cure
        assert told.value.component == "recognizer"
        assert "secret" not in str(told.value)
        assert hear(recognizer, LINE)[1].text.startswith("Please wash")


def test_a_failure_that_passes_is_not_noticed() -> None:
    with opened(Answer(status=503), Answer()) as (recognizer, server):
        assert hear(recognizer, LINE)[1].text.startswith("Please wash")
        assert len(server.uploads) == 2


def test_a_server_that_is_not_there_is_told_with_its_address() -> None:
    with transcription_server() as server:
        url = server.url
    recognizer = OpenaiRecognizer(TranscriptionOptions(base_url=url, retries=0), None)
    with pytest.raises(EngineError, match="can't be reached") as told:
        hear(recognizer, LINE)
    recognizer.close()
    assert told.value.cure == f"start the server at {url}"


def test_a_cancel_ends_the_request_at_once() -> None:
    heard: list[Transcript] = []
    with opened(Answer(silent_s=60), whole_s=60.0) as (recognizer, server):
        recognizer.begin()
        recognizer.feed(LINE)
        thread = threading.Thread(target=lambda: heard.append(recognizer.finish()))
        thread.start()
        assert server.asked.wait(10)
        recognizer.cancel()
        thread.join(10)
        assert heard == [Transcript("")]
        assert server.left.wait(10)


def test_the_key_goes_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-very-private")
    with opened(Answer(status=401), key_variable="MY_KEY") as (recognizer, server):
        with pytest.raises(EngineError) as told:
            hear(recognizer, LINE)
        assert "sk-very-private" in server.uploads[0].head
    assert "sk-very-private" not in str(told.value) + repr(told.value.__cause__)
    assert told.value.cure == "set the environment variable MY_KEY to a key that it takes"


def test_sound_that_leaves_the_machine_is_known_and_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    spec = engine("recognizer", "openai")
    assert spec.leaves_machine
    options = spec.options()
    assert (options.host, options.is_local) == ("api.openai.com", False)
    assert spec.options(base_url="http://127.0.0.1:8000/v1").is_local
    with pytest.raises(UserError, match=r"no key for api\.openai\.com"):
        spec.open(options, None)
