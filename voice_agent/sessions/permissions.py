"""Whether the user's files are the user's alone: folders 0700, files 0600."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class Loose:
    """A file or folder that others on this machine can reach."""

    path: Path
    mode: int
    wanted: int

    @property
    def sentence(self) -> str:
        return f"{self.path} has mode {self.mode:04o}; others can reach it (wanted: {self.wanted:04o})"


def loose(folder: Path) -> list[Loose]:
    """Everything under the folder, itself included, that group or others can reach; none where there are no modes."""
    if os.name != "posix" or not folder.exists():
        return []
    found = []
    for path in (folder, *_under(folder)):
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            continue
        mode = stat.S_IMODE(status.st_mode)
        if mode & 0o077:
            wanted = FOLDER_MODE if stat.S_ISDIR(status.st_mode) else FILE_MODE
            found.append(Loose(path, mode, wanted))
    return found


def tighten(found: list[Loose]) -> list[Loose]:
    """Take the rights of others away; what could not be changed."""
    left = []
    for one in found:
        try:
            one.path.chmod(one.wanted)
        except OSError:
            left.append(one)
    return left


def _under(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent) / name for name in (*folders, *files))
