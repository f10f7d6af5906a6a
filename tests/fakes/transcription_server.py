"""An OpenAI-compatible transcription server on loopback: it writes a word for each half second, and fails as told."""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import io
import json
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.fakes.served import served
from tests.fakes.whisper_model import SLOT_S, WORDS


@dataclass(frozen=True)
class Answer:
    """One answer; with the defaults a transcript."""

    status: int = 200
    body: bytes | None = None
    """Sent in place of a transcript."""
    silent_s: float = 0.0
    """Before anything is sent."""
    drip_s: float = 0.0
    """Between two bytes."""
    breaks_off_after: int | None = None
    """Bytes of the body, after which the connection closes without an end."""
    only_json: bool = False
    """Refuses times, as newer models do."""


@dataclass
class Upload:
    """What arrived."""

    head: str
    fields: dict[str, list[str]]
    rate_hz: int
    channels: int
    seconds: float


@dataclass
class TranscriptionServerFake:
    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    """One for each request; the last is repeated."""
    uploads: list[Upload] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    """Set when a request has arrived whole."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a client went away before its answer."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                length = next(
                    int(line.split(":")[1])
                    for line in head.split("\r\n")
                    if line.lower().startswith("content-length")
                )
                self.uploads.append(_upload(head, await reader.readexactly(length)))
                self.asked.set()
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                gone = asyncio.create_task(reader.read(1))
                answering = asyncio.create_task(self._answer(answer, self.uploads[-1], writer))
                await asyncio.wait((gone, answering), return_when=asyncio.FIRST_COMPLETED)
                if not answering.done():
                    answering.cancel()
                    self.left.set()
                    return
                await answering
                if gone.done() or answer.breaks_off_after is not None:
                    return
                # The next request's first byte was taken: the connection is closed instead.
                gone.cancel()
                return
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()

    async def _answer(self, answer: Answer, upload: Upload, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(answer.silent_s)
        status, body = answer.status, answer.body
        if answer.only_json and upload.fields["response_format"] != ["json"]:
            status = 400
        if status != 200:
            body = body or b'{"error": {"message": "secret of the server"}}'
        body = body if body is not None else json.dumps(transcript(upload)).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n".encode())
        if answer.breaks_off_after is not None:
            writer.write(body[: answer.breaks_off_after])
            await writer.drain()
            writer.transport.abort()
            return
        if answer.drip_s:
            for byte in body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(answer.drip_s)
        else:
            writer.write(body)
        await writer.drain()


def transcript(upload: Upload) -> dict[str, object]:
    """As OpenAI's whisper-1 writes it: words without punctuation, a text with."""
    words = WORDS[: max(1, int(upload.seconds / SLOT_S))]
    text = " ".join(words).capitalize() + "."
    if upload.fields["response_format"] == ["json"]:
        return {"text": text}
    return {
        "task": "transcribe",
        "language": "english",
        "duration": upload.seconds,
        "text": text,
        "segments": [{"id": 0, "text": " " + text, "avg_logprob": -0.2, "no_speech_prob": 0.02, "tokens": [1, 2]}],
        "words": [
            {"word": word, "start": place * SLOT_S, "end": (place + 1) * SLOT_S} for place, word in enumerate(words)
        ],
    }


def _upload(head: str, body: bytes) -> Upload:
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        head.partition("\r\n")[2].encode("latin-1") + body
    )
    fields: dict[str, list[str]] = {}
    sound = b""
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "file":
            sound = content
        else:
            fields.setdefault(name.removesuffix("[]"), []).append(content.decode())
    with wave.open(io.BytesIO(sound)) as reader:
        rate_hz, channels = reader.getframerate(), reader.getnchannels()
        return Upload(head, fields, rate_hz, channels, reader.getnframes() / rate_hz)


@contextmanager
def transcription_server(*answers: Answer) -> Iterator[TranscriptionServerFake]:
    fake = TranscriptionServerFake(answers=list(answers or [Answer()]))
    with served(fake):
        yield fake
