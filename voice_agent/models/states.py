"""Whether the files of a model are here and whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile
from voice_agent.models.places import part_place, place
from voice_agent.models.sums import SHA256, Seen, digests, seen_files


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
    """Of an installed file."""


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


def state_of(model: ModelEntry, *, anew: bool) -> ModelState:
    """Whether the files' checksums are right. Blocking: a second for half a gigabyte.

    anew: read every file; else only those that are not as they were when they were last read.
    """
    seen = seen_files()
    return ModelState(model, tuple(_file_state(file, seen.get(file.path), anew=anew) for file in model.files))


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


def _is_as_published(seen: Seen, file: ModelFile) -> bool:
    """An update of the program may want another file under the same path."""
    return seen.size == file.bytes and file.sha256 in (None, seen.sha256)


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _file_state(file: ModelFile, seen: Seen | None, *, anew: bool) -> FileState:
    whole = place(file)
    part_bytes = min(file.bytes, size_of(part_place(file)))
    if not whole.is_file():
        return FileState(file, State.PART if part_bytes else State.MISSING, part_bytes)
    if not anew and seen is not None and _is_as_published(seen, file) and seen.is_of(whole):
        return FileState(file, State.INSTALLED, 0, seen.sha256)
    sha256 = is_right(whole, file, seen.sha256 if seen else None)
    if sha256 is None:
        return FileState(file, State.DAMAGED, part_bytes)
    return FileState(file, State.INSTALLED, 0, sha256)
