"""A WAV file that grows while a talk goes on: written on a thread of its own, whole at every moment."""

from __future__ import annotations

import struct
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voice_agent.errors import EngineError, UserError

CHUNK_S = 1.0
"""Sound that is collected before it is written: a killed program leaves a file at most this much short."""
LONGEST_LAG_CHUNKS = 60
"""A disk that is a minute behind will not catch up."""
_SAMPLE_BYTES = 2


class WavWriter:
    """16-bit PCM. The header is brought up to date with every chunk, so that a killed program leaves a good file.

    The first failure is kept in `error` and ends the writing. Not libsndfile: its binding can't renew the header
    of an open file.
    """

    def __init__(self, path: Path, rate_hz: int, *, channels: int) -> None:
        """Blocking. A new file is readable by its owner alone. Raises UserError when it can't be written."""
        self.error: EngineError | None = None
        self._name = path.name
        self._rate_hz, self._channels = rate_hz, channels
        self._chunk_samples = round(rate_hz * CHUNK_S) * channels
        self._pending: list[npt.NDArray[np.int16]] = []
        self._pending_samples = 0
        self._written_bytes = 0
        self._chunks: list[Future[None]] = []
        try:
            path.touch(mode=0o600)
            # Unbuffered: what failed must not be tried again when the file is closed.
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise _unwritable(path, error) from error
        try:
            self._write(b"")
        except OSError as error:
            self._file.close()
            raise _unwritable(path, error) from error
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wav")

    def write(self, samples: npt.NDArray[np.int16]) -> None:
        """Shape (n,) for mono, (n, channels) else. Does not wait for the disk."""
        self._pending.append(samples)
        self._pending_samples += samples.size
        if self._pending_samples >= self._chunk_samples:
            self._hand_over()

    def close(self) -> None:
        """Write the rest and wait until all of it is in the file. Blocking; again does nothing."""
        if self._file.closed:
            return
        self._hand_over()
        self._thread.shutdown(wait=True)
        self._look_at_chunks()
        self._file.close()

    def _hand_over(self) -> None:
        pending, self._pending, self._pending_samples = self._pending, [], 0
        self._look_at_chunks()
        if self.error is not None or not pending:
            return
        if len(self._chunks) >= LONGEST_LAG_CHUNKS:
            self._fail("the disk is too slow")
            return
        self._chunks.append(self._thread.submit(self._write, np.concatenate(pending).astype("<i2").tobytes()))

    def _write(self, data: bytes) -> None:
        """On the file's thread."""
        _write_whole(self._file, data)
        self._written_bytes += len(data)
        place = self._file.tell()
        self._file.seek(0)
        _write_whole(self._file, _header(self._rate_hz, self._channels, self._written_bytes))
        self._file.seek(max(place, self._file.tell()))

    def _look_at_chunks(self) -> None:
        while self._chunks and self._chunks[0].done():
            error = self._chunks.pop(0).exception()
            if isinstance(error, OSError):
                self._fail(error.strerror or str(error))
            elif isinstance(error, struct.error):
                self._fail("a WAV file holds at most 4 GB")
            elif error is not None:
                raise error

    def _fail(self, cause: str) -> None:
        self.error = self.error or EngineError("recording", f"{self._name}: {cause}", cure="make room on the disk")


def _unwritable(path: Path, error: OSError) -> UserError:
    cure = "choose a folder that exists, is writable and has room"
    return UserError(error.strerror or "cannot be written", place=str(path), cure=cure)


def _write_whole(file: FileIO, data: bytes) -> None:
    # An unbuffered file may take a part only, on a disk that is nearly full.
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _header(rate_hz: int, channels: int, data_bytes: int) -> bytes:
    """The 44 bytes before 16-bit PCM. Source: Microsoft and IBM, Multimedia Programming Interface 1.0, 1991."""
    frame_bytes = channels * _SAMPLE_BYTES
    form = (16, 1, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, 8 * _SAMPLE_BYTES)
    return struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + data_bytes, b"WAVEfmt ", *form, b"data", data_bytes)
