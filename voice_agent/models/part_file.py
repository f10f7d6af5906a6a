"""A file that grows while it is downloaded: private, and what was written stays when writing ends early."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from voice_agent.errors import EngineError
from voice_agent.folders import private

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class PartFile:
    """Opened for appending with mode 0600. Raises EngineError when the disk is full or can't be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.size = 0
        """Bytes so far."""

    def __enter__(self) -> PartFile:
        private(self._path.parent)
        try:
            self._file = os.fdopen(
                os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b"
            )
            self.size = self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise _told(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as failed:
            if error is None:
                raise _told(self._path, failed) from failed
        finally:
            try:
                self._file.close()
            except OSError as failed:
                if error is None:
                    raise _told(self._path, failed) from failed

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes."""
        assert self._file is not None
        self._file.truncate(size)
        self.size = self._file.seek(size)

    def write(self, chunk: bytes) -> None:
        assert self._file is not None
        try:
            self.put(self._file, chunk)
        except OSError as error:
            raise _told(self._path, error) from error
        self.size += len(chunk)

    def put(self, file: BinaryIO, chunk: bytes) -> None:
        """The one place that writes."""
        file.write(chunk)


def _told(path: Path, error: OSError) -> EngineError:
    if error.errno in _FULL:
        cure = "make room and run it again: it goes on where it stopped"
        return EngineError("setup", f"the disk of {path.parent} is full", cure=cure)
    return EngineError("setup", f"{path}: {error.strerror or error}", cure="make the folder writable")
