"""An OpenAI-compatible speech server on loopback: espeak-ng speaks behind it, and it fails as a script says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from tests.fakes.served import served
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.speech.espeak import EspeakSynthesizer
from voice_agent.speech.protocols import Delivery

RATE_HZ = 24_000


@dataclass(frozen=True)
class Speech:
    """One answer; with the defaults it is speech, streamed in chunks."""

    status: int = 200
    raw: bytes | None = None
    """Sent in place of speech."""
    kind: str = "audio/pcm"
    chunk_bytes: int = 4_801
    """Odd, so that samples are torn apart."""
    gap_s: float = 0.0
    """Between two chunks."""
    silent_s: float = 0.0
    """Before anything is sent."""
    breaks_off_after: int | None = None
    """Chunks, after which the connection closes without an end."""


@dataclass
class SpeechServerFake:
    url: str = ""
    answers: list[Speech] = field(default_factory=list)
    """One for each request; the last is repeated."""
    requests: list[dict[str, object]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    cut_off: threading.Event = field(default_factory=threading.Event)
    """Set when a client went away before the end."""
    came: threading.Condition = field(default_factory=threading.Condition)
    voice: EspeakSynthesizer = field(default_factory=lambda: EspeakSynthesizer(load_voice("espeak-us-man")))

    def asked(self, times: int) -> bool:
        """Wait until that many requests have come; False when they do not."""
        with self.came:
            return self.came.wait_for(lambda: len(self.requests) >= times, timeout=5)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                self.heads.append(head)
                length = next(
                    int(line.split(":")[1])
                    for line in head.split("\r\n")
                    if line.lower().startswith("content-length")
                )
                request = json.loads(await reader.readexactly(length))
                with self.came:
                    self.requests.append(request)
                    self.came.notify_all()
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await self._answer(answer, request, writer)
        except asyncio.IncompleteReadError:
            pass
        except (ConnectionError, asyncio.CancelledError):
            self.cut_off.set()
        finally:
            writer.close()

    async def _answer(self, answer: Speech, request: dict[str, object], writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(answer.silent_s)
        kind = answer.kind if answer.status == 200 else "application/json"
        writer.write(f"HTTP/1.1 {answer.status} X\r\nContent-Type: {kind}\r\n".encode())
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        body = answer.raw
        if body is None:
            body = self.speech(request) if answer.status == 200 else b'{"error": {"message": "secret of the server"}}'
        for count, start in enumerate(range(0, len(body), answer.chunk_bytes)):
            if count == answer.breaks_off_after:
                writer.transport.abort()
                return
            piece = body[start : start + answer.chunk_bytes]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            await asyncio.sleep(answer.gap_s)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def speech(self, request: Mapping[str, object]) -> bytes:
        delivery = Delivery(rate=float(str(request["speed"])))
        blocks = [block.samples for block in self.voice.speak(str(request["input"]), delivery, threading.Event())]
        samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
        # Silence before the first sound, as servers send it.
        lead = np.zeros(RATE_HZ // 4, np.int16)
        return np.concatenate([lead, resampled(samples, self.voice.sample_rate_hz, RATE_HZ)]).astype("<i2").tobytes()


@contextmanager
def speech_server(*answers: Speech) -> Iterator[SpeechServerFake]:
    fake = SpeechServerFake(answers=list(answers or [Speech()]))
    fake.speech({"input": "Warm.", "speed": 1.0})
    with served(fake):
        yield fake
