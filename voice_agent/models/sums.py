"""Checksums of model files, and the sums that were seen when each file first came."""

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


def seen_sums() -> dict[str, str]:
    """SHA-256 by the path below the models folder, as each file first came; empty when that was never written."""
    try:
        found: dict[str, str] = msgspec.json.decode(_file().read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError):
        # Made anew as files are checked: a file with a published sum is held to that one all the same.
        return {}
    return found


def remember(changes: dict[str, str | None]) -> None:
    """Add sums, or drop those that are None. Raises UserError when they can't be written."""
    sums: dict[str, str | None] = {**seen_sums(), **changes}
    kept = {key: value for key, value in sorted(sums.items()) if value is not None}
    write_private(_file(), msgspec.json.format(msgspec.json.encode(kept), indent=1))


def _file() -> Path:
    return models_folder() / "sums.json"
