"""Whether the files of a model are here and whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile
from voice_agent.models.places import part_place, place
from voice_agent.models.sums import SHA256, digests, seen_sums


class State(StrEnum):
    INSTALLED = "installed"
    PART = "part"
    """Some of it has been downloaded."""
    DAMAGED = "damaged"
    """A file is there and is not what it should be."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class FileState:
    file: ModelFile
    state: State
    part_bytes: int = 0
    """How much of a part is there."""
    sha256: str = ""
    """Of an installed file that was read."""


@dataclass(frozen=True, slots=True)
class ModelState:
    model: ModelEntry
    files: tuple[FileState, ...]

    @property
    def state(self) -> State:
        states = {one.state for one in self.files}
        if State.DAMAGED in states:
            return State.DAMAGED
        if states == {State.INSTALLED}:
            return State.INSTALLED
        return State.MISSING if states == {State.MISSING} else State.PART

    @property
    def missing_bytes(self) -> int:
        """What is still to come."""
        return sum(one.file.bytes - one.part_bytes for one in self.files if one.state is not State.INSTALLED)


def state_of(model: ModelEntry, *, reads: bool) -> ModelState:
    """reads: compare checksums too (a second for half a gigabyte); else sizes only. Blocking."""
    seen = seen_sums()
    return ModelState(model, tuple(_file_state(file, seen, reads=reads) for file in model.files))


def is_right(path: Path, file: ModelFile, seen_sha256: str | None) -> str | None:
    """The file's SHA-256 when its size and sums are right, else None. seen_sha256: of its first coming."""
    try:
        if path.stat().st_size != file.bytes:
            return None
        published = published_sums(file)
        found = digests(path, {SHA256, *published})
    except OSError:
        return None
    if any(found[name] != digest for name, digest in published.items()):
        return None
    if not published and seen_sha256 is not None and found[SHA256] != seen_sha256:
        return None
    return found[SHA256]


def published_sums(file: ModelFile) -> dict[str, str]:
    """Hexadecimal sums by algorithm, as far as the file's source tells them."""
    return {name: digest for name, digest in ((SHA256, file.sha256), ("md5", file.md5)) if digest is not None}


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _file_state(file: ModelFile, seen: dict[str, str], *, reads: bool) -> FileState:
    whole = place(file)
    part_bytes = min(file.bytes, size_of(part_place(file)))
    if not whole.is_file():
        return FileState(file, State.PART if part_bytes else State.MISSING, part_bytes)
    if not reads:
        is_whole = size_of(whole) == file.bytes
        return FileState(file, State.INSTALLED if is_whole else State.DAMAGED, 0 if is_whole else part_bytes)
    sha256 = is_right(whole, file, seen.get(file.path))
    if sha256 is None:
        return FileState(file, State.DAMAGED, part_bytes)
    return FileState(file, State.INSTALLED, 0, sha256)
