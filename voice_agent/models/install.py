"""Brings models onto this machine: room first, then file by file, each taken only when it is whole and right."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from voice_agent.errors import EngineError, UserError
from voice_agent.folders import HOME_VARIABLE, models_folder, private
from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile
from voice_agent.models.places import part_place, place
from voice_agent.models.sources import Source
from voice_agent.models.states import ModelState, State, is_right, size_of, state_of
from voice_agent.models.sums import remember, seen_files

SPARE_BYTES = 64_000_000
"""Left free: sessions and caches grow too."""


class Progress(Protocol):
    """Shows how it goes."""

    def began(self, model: ModelEntry, file: ModelFile) -> None: ...

    def came(self, have: int) -> None:
        """Bytes of the file that are here."""
        ...

    def again(self, why: str) -> None:
        """The file is fetched from its beginning once more."""
        ...

    def ended(self) -> None:
        """The file is here and right."""
        ...


def free_bytes(folder: Path) -> int:
    """Room on the disk of a folder, which may not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def install(
    states: Sequence[ModelState], source: Source, progress: Progress, *, free: Callable[[Path], int] = free_bytes
) -> None:
    """Fetch what is not installed. states: as `check` found them.

    Raises EngineError or UserError with a cure; whole files and parts stay, so that the next call goes on.
    """
    with _alone():
        _need_room(sum(state.missing_bytes for state in states), free)
        for state in states:
            remember({one.file.path: one.sha256 for one in state.files if one.sha256})
            for one in state.files:
                if one.state is not State.INSTALLED:
                    _install(state.model, one.file, source, progress)


def remove(model: ModelEntry) -> int:
    """Delete the model's files and parts; how many bytes that gave back. Raises EngineError."""
    given_back = 0
    with _alone():
        for file in model.files:
            for path in (place(file), part_place(file)):
                given_back += size_of(path)
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise EngineError(
                        "setup", f"{path}: {error.strerror}", cure="make its folder writable"
                    ) from error
        remember({file.path: None for file in model.files})
        for folder in {place(file).parent for file in model.files}:
            _tidy(folder)
    return given_back


def check(models: Sequence[ModelEntry]) -> list[ModelState]:
    """The state of each, every file read. Blocking: about a second for half a gigabyte."""
    return [state_of(model, anew=True) for model in models]


def glance(models: Sequence[ModelEntry]) -> list[ModelState]:
    """The state of each; only files that have changed since they were last read are read, and written down."""
    states = [state_of(model, anew=False) for model in models]
    seen = seen_files()
    new: dict[str, str | None] = {
        one.file.path: one.sha256
        for state in states
        for one in state.files
        if one.sha256 and not (one.file.path in seen and seen[one.file.path].is_of(place(one.file)))
    }
    if new:
        # A setup that is under way writes them down itself; in a folder that can't be written each call reads anew.
        with suppress(EngineError, UserError), _alone():
            remember(new)
    return states


def _install(model: ModelEntry, file: ModelFile, source: Source, progress: Progress) -> None:
    part, name = part_place(file), file.path
    had_part = size_of(part) > 0
    progress.began(model, file)
    source.fetch(file, part, progress.came)
    sha256 = is_right(part, file, None)
    if sha256 is None and had_part:
        # The older part was damaged, or belonged to another version of the file.
        progress.again("the part that was there does not fit")
        part.unlink(missing_ok=True)
        source.fetch(file, part, progress.came)
        sha256 = is_right(part, file, None)
    if sha256 is None:
        part.unlink(missing_ok=True)
        raise EngineError(
            "setup",
            f"{name} came with a wrong checksum and was thrown away",
            cure="try again, or name another server with --mirror",
        )
    whole = place(file)
    try:
        part.replace(whole)
        _sync_folder(whole.parent)
    except OSError as error:
        raise EngineError("setup", f"{whole}: {error.strerror}", cure="make the folder writable") from error
    remember({name: sha256})
    progress.ended()


def _tidy(folder: Path) -> None:
    """Remove folders that are empty now."""
    with suppress(OSError):  # until one is not
        while folder != models_folder():
            folder.rmdir()
            folder = folder.parent


def _need_room(missing_bytes: int, free: Callable[[Path], int]) -> None:
    if not missing_bytes:
        return
    there = free(models_folder())
    if there < missing_bytes + SPARE_BYTES:
        needed_mb, free_mb = (missing_bytes + SPARE_BYTES) / 1e6, there / 1e6
        raise EngineError(
            "setup",
            f"{needed_mb:.0f} MB of disk are needed and {free_mb:.0f} MB are free at {models_folder()}",
            cure=f"make room, or set {HOME_VARIABLE} to a folder on another disk",
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Two at once would write into one part. Raises EngineError while another runs."""
    from filelock import FileLock, Timeout  # 20 ms

    lock = FileLock(private(models_folder()) / ".lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise EngineError("setup", "another setup is under way", cure="wait until it has ended") from error
    try:
        yield
    finally:
        lock.release()


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
