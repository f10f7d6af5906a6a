"""A speech server as a synthesizer: POST /audio/speech of any server that speaks the OpenAI protocol, streamed.

Asked for bare samples (`pcm`), which come as they are made; waits are bounded, a try is repeated only while
nothing has been spoken, and every failure is one sentence with a cure. Source: OpenAI's API reference, "Create
speech"; `pcm` is 16-bit little-endian mono, at 24 kHz with OpenAI's own models.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
import numpy as np

from voice_agent.audio.protocols import Int16Array
from voice_agent.errors import EngineError
from voice_agent.registry import EngineSpec
from voice_agent.servers.faults import PassingError, backoff_s, told
from voice_agent.servers.options import ServerOptions
from voice_agent.speech.loudness import with_gain
from voice_agent.speech.pauses import Pauses
from voice_agent.speech.protocols import Delivery, SpeechBlock
from voice_agent.speech.sentences import split_sentences
from voice_agent.voice import Voice

COMPONENT = "synthesizer"
Put = Callable[[bytes | EngineError | None], None]
_PIECE_S = 0.1
"""Sound handed on at a time; a server has to make this much within one wait, however it drips."""
_LONGEST_S = 120.0
"""A server that babbles on is cut off here."""
_POLL_S = 0.05
_SPEED = (0.25, 4.0)
_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000)), " ")
_CONTAINERS = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"{", b"<")
"""How a WAV, MP3, Ogg or FLAC file begins, and what is no sound at all."""


class SpeechServerOptions(ServerOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of the openai engine for speech; the voice file names the server's voice."""

    model: str = ""
    """Empty: the variable VOICE_AGENT_SPEECH_MODEL, else gpt-4o-mini-tts."""
    sample_rate_hz: Annotated[int, msgspec.Meta(ge=8_000, le=48_000)] = 24_000
    """What the server's `pcm` has; servers differ, and the samples do not tell."""
    volume: Annotated[float, msgspec.Meta(gt=0, le=8)] = 1.0
    """Brings the server's level to that of the other voices."""
    instructions: str = ""
    """How to speak, for models that take it; empty sends none."""
    first_audio_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 6.0
    """Longest wait for the first tenth of a second of sound, in seconds."""
    next_audio_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 3.0
    """Longest wait for the next tenth of a second of sound, in seconds."""
    whole_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60.0
    """Longest time for a whole sentence, in seconds."""

    @property
    def model_name(self) -> str:
        return self.model or os.environ.get("VOICE_AGENT_SPEECH_MODEL", "") or "gpt-4o-mini-tts"


class OpenaiSynthesizer:
    """One voice of a speech server; see `Synthesizer`. It tells no places: blocks have no `chars_spoken`."""

    name = "openai"

    def __init__(self, options: SpeechServerOptions, voice: Voice) -> None:
        """Loads the client (0.5 s) and asks the server nothing. Raises UserError when a needed key is missing."""
        key = options.key()
        from openai import AsyncOpenAI

        self.sample_rate_hz = options.sample_rate_hz
        self._options = options
        self._voice = voice
        # Retries are ours: the client's own would also repeat speech that has begun.
        self._client = AsyncOpenAI(api_key=key, base_url=options.address, max_retries=0, timeout=options.whole_s)
        # A loop of its own: waits can be bounded and ended at any moment, and the connection stays open.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="speech-server", daemon=True)
        self._thread.start()

    def speak(self, text: str, delivery: Delivery, stop: threading.Event) -> Iterator[SpeechBlock]:
        """See `Synthesizer`. Rate goes to the server as `speed`, which some models ignore; pitch stays.

        A part is a request, since many servers make all of it before they send any; the next one is asked for
        when the one before has begun to sound.
        """
        volume = self._options.volume * min(1.5, max(0.0, delivery.volume))
        parts = [part for part in split_sentences(text.translate(_CONTROLS)) if any(map(str.isalnum, part))]
        requests = [_Request(self._loop, partial(self._fetch, part, self._speed(delivery))) for part in parts]
        try:
            for request, following in zip_longest(requests, requests[1:]):
                pauses = Pauses(self.sample_rate_hz)
                for samples in request.sound(stop):
                    if following is not None:
                        following.start()
                    yield from self._blocks(with_gain(pauses.without_lead(samples), volume), stop)
                yield from self._blocks(pauses.breath(), stop)
        finally:
            for request in requests:
                request.cancel()

    def close(self) -> None:
        """Blocking: ends what is under way and the connection."""
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result(timeout=5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _blocks(self, samples: Int16Array, stop: threading.Event) -> Iterator[SpeechBlock]:
        size = self.sample_rate_hz // 10
        for start in range(0, len(samples), size):
            if stop.is_set():
                return
            yield SpeechBlock(samples[start : start + size])

    def _speed(self, delivery: Delivery) -> float:
        return min(_SPEED[1], max(_SPEED[0], delivery.rate * self._voice.rate))

    async def _fetch(self, text: str, speed: float, put: Put) -> None:
        """Puts pieces of sound, then None; or an EngineError."""
        began = False

        def take(piece: bytes) -> None:
            nonlocal began
            began = True
            put(piece)

        for attempt in range(self._options.retries + 1):
            try:
                await self._once(text, speed, take)
            except EngineError as error:
                if began or attempt == self._options.retries or not isinstance(error, PassingError):
                    put(EngineError(error.component, error.cause, cure=error.cure))
                    return
                await asyncio.sleep(backoff_s(attempt))
            else:
                put(None)
                return

    async def _once(self, text: str, speed: float, take: Callable[[bytes], None]) -> None:
        """Raises EngineError for anything that goes wrong."""
        options = self._options
        request: dict[str, Any] = {
            "model": options.model_name,
            "voice": self._voice.engine_voice,
            "input": text,
            "response_format": "pcm",
            "speed": round(speed, 3),
        }
        if options.instructions:
            request["instructions"] = options.instructions
        size = 2 * int(_PIECE_S * options.sample_rate_hz)
        total = 0
        answer: Any = None
        deadline = asyncio.get_running_loop().time() + options.whole_s
        try:
            async with asyncio.timeout_at(deadline):
                async with asyncio.timeout(options.first_audio_s):
                    answer = self._client.audio.speech.with_streaming_response.create(**request)
                    response = await answer.__aenter__()
                    pieces = _Pieces(response.iter_bytes(), size)
                    piece = await pieces.next()
                self._check(response.headers.get("content-type", ""), piece)
                while piece:
                    total += len(piece)
                    take(piece)
                    if total > 2 * _LONGEST_S * options.sample_rate_hz:
                        return
                    async with asyncio.timeout(options.next_audio_s):
                        piece = await pieces.next()
        except TimeoutError as error:
            what = "stopped in the middle of a sentence" if total else "did not speak in time"
            raise PassingError(
                COMPONENT, f"{options.host} {what}", cure="check the server, or choose a faster model"
            ) from error
        except EngineError:
            raise
        except Exception as error:
            if (status := getattr(error, "status_code", None)) in (400, 422):
                cure = f'check the names of the model and of the voice "{self._voice.engine_voice}"'
                raise EngineError(COMPONENT, f"{options.host} refused the request ({status})", cure=cure) from error
            raise told(error, COMPONENT, options, options.model_name) from error
        finally:
            if answer is not None:
                with suppress(Exception):
                    await answer.__aexit__(None, None, None)

    def _check(self, kind: str, first: bytes) -> None:
        """Raises EngineError when the answer's first bytes are no bare samples."""
        host = self._options.host
        if not first:
            raise PassingError(COMPONENT, f"{host} sent no sound", cure="try again, or choose another voice")
        if kind.startswith(("text/", "application/json")) or first.startswith(_CONTAINERS):
            raise EngineError(
                COMPONENT, f"{host} sent something else than bare samples", cure="choose a server that streams pcm"
            )


class _Request:
    """One request and what came of it so far."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fetch: Callable[[Put], Coroutine[Any, Any, None]]) -> None:
        """fetch: puts pieces of sound, then None; or an EngineError. It runs on the loop's thread."""
        self._loop = loop
        self._fetch = fetch
        self._arrived: queue.SimpleQueue[bytes | EngineError | None] = queue.SimpleQueue()
        self._task: Future[None] | None = None

    def start(self) -> None:
        """Does nothing when it has been started."""
        if self._task is None:
            self._task = asyncio.run_coroutine_threadsafe(self._fetch(self._arrived.put), self._loop)

    def sound(self, stop: threading.Event) -> Iterator[Int16Array]:
        """Samples as they come. Raises EngineError."""
        self.start()
        while not stop.is_set():
            try:
                item = self._arrived.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, EngineError):
                raise item
            yield np.frombuffer(item, "<i2").astype(np.int16)

    def cancel(self) -> None:
        """End it at the server; does not wait."""
        if self._task is not None:
            self._task.cancel()


class _Pieces:
    """Pieces of a stream, all of one even size but the last."""

    def __init__(self, stream: AsyncIterator[bytes], size: int) -> None:
        self._stream = stream
        self._size = size
        self._rest = b""

    async def next(self) -> bytes:
        """Empty at the end; half a sample there is dropped."""
        while len(self._rest) < self._size:
            try:
                self._rest += await anext(self._stream)
            except StopAsyncIteration:
                piece, self._rest = self._rest[: len(self._rest) // 2 * 2], b""
                return piece
        piece, self._rest = self._rest[: self._size], self._rest[self._size :]
        return piece


def _open(options: SpeechServerOptions, voice: Voice) -> OpenaiSynthesizer:
    return OpenaiSynthesizer(options, voice)


SPEC = EngineSpec(options=SpeechServerOptions, open=_open, leaves_machine=True)
