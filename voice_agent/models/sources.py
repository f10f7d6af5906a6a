"""Where the bytes of a model come from; and a folder of this machine as one such place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from voice_agent.errors import UserError
from voice_agent.model_file import ModelFile
from voice_agent.models.part_file import PartFile
from voice_agent.models.states import is_right

_CHUNK_BYTES = 1 << 20

Came = Callable[[int], None]
"""Told again and again how many bytes of the file are there."""


class Source(Protocol):
    def fetch(self, file: ModelFile, part: Path, came: Came) -> None:
        """Bring the file's bytes into `part`, going on where it stops; what came is kept when this fails.

        Raises EngineError or UserError with a cure.
        """
        ...


class FolderSource:
    """Files that somebody brought on a disk, for machines without internet.

    Looked for as `setup` lays them out (`whisper/base.en/model.bin`), as a clone of their repository
    (`faster-whisper-base.en/model.bin`), or lying openly in the folder; the one whose checksum is right is taken.
    """

    def __init__(self, folder: Path) -> None:
        """Raises UserError when there is no such folder."""
        if not folder.is_dir():
            raise UserError("there is no such folder", place=str(folder), cure="check the path")
        self._folder = folder

    def fetch(self, file: ModelFile, part: Path, came: Came) -> None:
        candidates = [path for path in self._candidates(file) if path.is_file()]
        for path in candidates:
            if is_right(path, file, None) is not None:
                with path.open("rb") as original, PartFile(part) as copy:
                    copy.cut(0)
                    while chunk := original.read(_CHUNK_BYTES):
                        copy.write(chunk)
                        came(copy.size)
                return
        raise UserError(
            f"{candidates[0].relative_to(self._folder)} is not the file that is needed"
            if candidates
            else f"holds no {file.path}",
            place=str(self._folder),
            cure=f"get it from {file.url}",
        )

    def _candidates(self, file: ModelFile) -> list[Path]:
        name = file.path.rsplit("/", 1)[-1]
        repository = [part for part in urlsplit(file.url).path.split("/") if part][1:2]
        return [
            self._folder / file.path,
            self._folder / "models" / file.path,
            *(self._folder / one / name for one in repository),
            self._folder / name,
        ]
