"""Checksums of model files, and the record of those that were seen: what came, and when it was last as it came."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from voice_agent.folders import models_folder, write_private

_CHUNK_BYTES = 1 << 20
SHA256 = "sha256"


def digests(path: Path, algorithms: Iterable[str]) -> dict[str, str]:
    """Hexadecimal sums by algorithm, in one reading. Raises OSError."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            for one in hashes.values():
                one.update(chunk)
    return {name: one.hexdigest() for name, one in hashes.items()}


class Seen(msgspec.Struct, frozen=True):
    """A file that was read and found right."""

    sha256: str
    """As it first came."""
    size: int
    mtime_ns: int

    def is_of(self, path: Path) -> bool:
        """Whether the file has its size and time still, so that it need not be read again. Raises OSError."""
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) == (self.size, self.mtime_ns)


def seen_files() -> dict[str, Seen]:
    """By the path below the models folder; empty when that was never written."""
    try:
        found: dict[str, Seen] = msgspec.json.decode(_file().read_bytes(), type=dict[str, Seen])
    except (OSError, msgspec.DecodeError):
        # Made anew as files are checked: a file with a published sum is held to that one all the same.
        return {}
    return found


def remember(changes: dict[str, str | None]) -> None:
    """Add sums of files that were read just now, or drop those that are None. Raises UserError when it can't."""
    seen = {path: one for path, one in seen_files().items() if path not in changes}
    for path, sha256 in changes.items():
        if sha256 is not None:
            found = (models_folder() / path).stat()
            seen[path] = Seen(sha256, found.st_size, found.st_mtime_ns)
    write_private(_file(), msgspec.json.format(msgspec.json.encode(dict(sorted(seen.items()))), indent=1))


def changed(begins: str) -> str | None:
    """The first recorded file, of those whose path begins so, that is no longer what it was; None when there is none.

    Cheap: a file is read only when its size or its time is another one.
    """
    for name, seen in seen_files().items():
        path = models_folder() / name
        if not name.startswith(begins) or not path.is_file() or seen.is_of(path):
            continue
        if path.stat().st_size != seen.size or digests(path, [SHA256])[SHA256] != seen.sha256:
            return name
    return None


def _file() -> Path:
    return models_folder() / "sums.json"
