"""A transcription server as a recognizer: POST /audio/transcriptions of any server that speaks the OpenAI protocol.

One request at the end of each segment, with the part of the sound that holds a voice, as a WAV in memory; nothing
is sent while the learner speaks, and nothing at all when there was no voice. Waits are bounded, and every failure is
one sentence with a cure. Source: OpenAI's API reference, "Create transcription".
"""

from __future__ import annotations

import asyncio
import io
import os
import threading
import wave
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Annotated, Any

import msgspec
import numpy as np

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript, Word
from voice_agent.errors import EngineError
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario
from voice_agent.servers.faults import PassingError, backoff_s, told
from voice_agent.servers.options import ServerOptions
from voice_agent.speech.hallucinations import Decoded, believed
from voice_agent.speech.hotwords import hotwords
from voice_agent.speech.voiced_span import VoicedSpan
from voice_agent.text import bare, clean

COMPONENT = "recognizer"
LONGEST_ANSWER_BYTES = 2_000_000
"""Three minutes of speech with a time for each word take 100 kB."""
LONGEST_PROMPT_CHARS = 600
"""Whisper looks at the last 224 tokens of it."""


class TranscriptionOptions(ServerOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the openai engine for recognition."""

    model: str = ""
    """Empty: the variable VOICE_AGENT_TRANSCRIPTION_MODEL, else whisper-1."""
    language: str = ""
    """Code such as `en`; empty: the situation's; `auto`: left to the server."""
    hotwords: bool = True
    """Whether the server is told the situation's names and topics."""
    word_times: bool = True
    """Whether a time for each word and the model's own doubts are asked for; a server that has none is asked again
    without, once."""
    least_confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.25
    """Mean token probability under which a stretch of words is not believed, where the server tells it."""
    whole_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 15.0
    """Longest wait for the words of a segment, in seconds, over all tries."""

    @property
    def model_name(self) -> str:
        return self.model or os.environ.get("VOICE_AGENT_TRANSCRIPTION_MODEL", "") or "whisper-1"


class _HeardWord(msgspec.Struct):
    word: str
    start: float
    end: float
    probability: float | None = None
    """Some servers tell it."""


class _Segment(msgspec.Struct):
    text: str
    avg_logprob: float | None = None
    no_speech_prob: float | None = None


class _Answer(msgspec.Struct):
    """What is read of an answer; the rest is left unread."""

    text: str
    segments: list[_Segment] | None = None
    words: list[_HeardWord] | None = None


class OpenaiRecognizer:
    """See `Recognizer`. It gives no words while the learner speaks."""

    name = "openai"

    def __init__(self, options: TranscriptionOptions, scenario: Scenario | None) -> None:
        """Loads the client (0.5 s) and asks the server nothing.

        Raises UserError when a needed key is missing, EngineError when the voice detector can't be loaded.
        """
        key = options.key()
        from openai import AsyncOpenAI

        self._options = options
        language = options.language or (scenario.partner.voice.language.partition("-")[0] if scenario else "en")
        self._language = "" if language == "auto" else language
        self._hint = hotwords(scenario) if options.hotwords else ""
        self._word_times = options.word_times
        self._voiced = VoicedSpan()
        self._parts: list[Int16Array] = []
        self._earlier = ""
        self._open = False
        self._dropped = threading.Event()
        self._request: Future[_Answer] | None = None
        # Retries are ours: they have to fit into one wait.
        self._client = AsyncOpenAI(api_key=key, base_url=options.address, max_retries=0, timeout=options.whole_s)
        # A loop of its own: waits can be bounded and ended at any moment, and the connection stays open.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="transcription-server", daemon=True)
        self._thread.start()

    def begin(self, *, continues: bool = False) -> None:
        if not continues:
            self._earlier = ""
        self._parts = []
        self._voiced.reset()
        self._dropped.clear()
        self._open = True

    def feed(self, samples: Int16Array) -> str | None:
        if self._open:
            self._parts.append(samples)
            self._voiced.feed(samples)
        return None

    def finish(self) -> Transcript:
        """Raises EngineError when the server fails."""
        was_open, self._open = self._open, False
        span = self._voiced.find()
        if not was_open or span is None or not self._thread.is_alive():
            return Transcript("")
        sound, self._parts = np.concatenate(self._parts)[slice(*span)], []
        prompt = f"{self._hint}. {self._earlier}".strip(". ")[-LONGEST_PROMPT_CHARS:]
        self._request = asyncio.run_coroutine_threadsafe(self._ask(wav(sound), prompt), self._loop)
        if self._dropped.is_set():
            self._request.cancel()
        try:
            heard = self._believed(self._request.result(), span[0] / MIC_RATE_HZ, prompt)
        except CancelledError:
            return Transcript("")
        finally:
            self._request = None
        self._earlier = f"{self._earlier} {heard.text}".strip()
        return heard

    def cancel(self) -> None:
        self._dropped.set()
        request = self._request
        if request is not None:
            request.cancel()

    def close(self) -> None:
        """Blocking: ends what is under way and the connection."""
        self.cancel()
        self._open = False
        if not self._thread.is_alive():
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result(timeout=5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ask(self, sound: bytes, prompt: str) -> _Answer:
        """Raises EngineError for anything that goes wrong; tries again while that may help and time is left."""
        options, attempt = self._options, 0
        try:
            async with asyncio.timeout(options.whole_s):
                while True:
                    try:
                        return await self._once(sound, prompt)
                    except PassingError:
                        if attempt == options.retries:
                            raise
                    await asyncio.sleep(backoff_s(attempt))
                    attempt += 1
        except TimeoutError as error:
            raise EngineError(
                COMPONENT,
                f"{options.host} sent no words in time",
                cure="check the server, or choose a faster model",
            ) from error
        except PassingError as error:
            raise EngineError(error.component, error.cause, cure=error.cure) from error

    async def _once(self, sound: bytes, prompt: str) -> _Answer:
        import openai

        try:
            return await self._post(sound, prompt)
        except openai.APIStatusError as error:
            if error.status_code not in (400, 415, 422) or not self._word_times:
                raise told(error, COMPONENT, self._options, self._options.model_name) from error
            # Newer models know no times of words: from now on they are not asked for.
            self._word_times = False
        except openai.OpenAIError as error:
            raise told(error, COMPONENT, self._options, self._options.model_name) from error
        return await self._once(sound, prompt)

    async def _post(self, sound: bytes, prompt: str) -> _Answer:
        request: dict[str, Any] = {
            "file": ("turn.wav", sound, "audio/wav"),
            "model": self._options.model_name,
            "response_format": "verbose_json" if self._word_times else "json",
            "temperature": 0.0,
        }
        if self._word_times:
            request["timestamp_granularities"] = ["word", "segment"]
        if self._language:
            request["language"] = self._language
        if prompt:
            request["prompt"] = prompt
        host = self._options.host
        body = b""
        try:
            async with self._client.audio.transcriptions.with_streaming_response.create(**request) as response:
                async for piece in response.iter_bytes():
                    body += piece
                    if len(body) > LONGEST_ANSWER_BYTES:
                        break
            return msgspec.json.decode(body, type=_Answer)
        except msgspec.MsgspecError as error:
            raise EngineError(
                COMPONENT, f"{host} sent what is no transcript", cure="choose a server that has /audio/transcriptions"
            ) from error
        except Exception as error:
            if type(error).__module__.startswith("httpx"):
                raise told(error, COMPONENT, self._options, self._options.model_name) from error
            raise

    def _believed(self, answer: _Answer, at_s: float, prompt: str) -> Transcript:
        """at_s: where the sound that was sent begins in the segment."""
        segments = answer.segments or [_Segment(answer.text)]
        tokens: list[str] = []
        kept: list[int] = []
        confidences: list[float | None] = []
        for segment in segments:
            decoded = Decoded(
                words=tuple(clean(segment.text).split()),
                log_prob=segment.avg_logprob,
                no_speech=segment.no_speech_prob,
                voiced_s=self._voiced.voiced_s,
            )
            places = believed(decoded, least_confidence=self._options.least_confidence, hint=prompt)
            kept += [len(tokens) + place for place in places]
            tokens += decoded.words
            confidences += [decoded.confidence] * len(decoded.words)
        words = _words(answer.words or [], tokens, kept, confidences, at_s)
        sure = [word.confidence for word in words] or [confidences[place] for place in kept]
        known = [confidence for confidence in sure if confidence is not None]
        return Transcript(
            text=" ".join(tokens[place] for place in kept),
            words=words,
            confidence=sum(known) / len(known) if known else None,
        )


def wav(samples: Int16Array) -> bytes:
    """A WAV file of 16 kHz mono samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(MIC_RATE_HZ)
        writer.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _words(
    heard: Sequence[_HeardWord],
    tokens: Sequence[str],
    kept: Sequence[int],
    confidences: Sequence[float | None],
    at_s: float,
) -> tuple[Word, ...]:
    """The kept tokens' words with times; none where the server's words are not those of its text."""
    spoken = [place for place, token in enumerate(tokens) if bare(token)]
    if len(heard) != len(spoken):
        return ()
    word_of = dict(zip(spoken, heard, strict=True))
    found = []
    for place in kept:
        if (word := word_of.get(place)) is not None:
            confidence = word.probability if word.probability is not None else confidences[place]
            start_s = max(0.0, at_s + word.start)
            found.append(
                Word(
                    bare(tokens[place]),
                    round(start_s, 2),
                    round(max(start_s, at_s + word.end), 2),
                    None if confidence is None else round(min(1.0, max(0.0, confidence)), 4),
                )
            )
    return tuple(found)


def _open(options: TranscriptionOptions, scenario: Scenario | None) -> OpenaiRecognizer:
    return OpenaiRecognizer(options, scenario)


SPEC = EngineSpec(options=TranscriptionOptions, open=_open, leaves_machine=True)
