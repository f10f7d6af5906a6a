"""Finds data files by id, the user's folder before the shipped one: with the same id the user's wins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voice_agent.errors import UserError, nearest
from voice_agent.folders import config_folder

LARGEST_FILE_BYTES = 2_000_000
"""A scenario has about 30 kB; anything over this is some other file."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a kind."""

    id: str
    path: Path
    is_users: bool


def shipped_folder(kind: str) -> Path:
    """`scenarios`, `voices`, `pipelines` or `models`: package data in a wheel, beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "data" / kind
    return inside if inside.is_dir() else package.parent / kind


def data_files(kind: str, suffix: str) -> dict[str, DataFile]:
    """Every file of the kind by id (its name without the suffix), sorted by id."""
    found: dict[str, DataFile] = {}
    for folder, is_users in ((shipped_folder(kind), False), (config_folder() / kind, True)):
        if folder.is_dir():
            for path in folder.glob(f"*{suffix}"):
                found[path.name.removesuffix(suffix)] = DataFile(path.name.removesuffix(suffix), path, is_users)
    return dict(sorted(found.items()))


def find(kind: str, suffix: str, name: str) -> DataFile:
    """The file of this id, or the file at this path when `name` ends in the suffix.

    Raises UserError naming the nearest known id.
    """
    if name.endswith(suffix):
        path = Path(name).expanduser()
        if not path.is_file():
            raise UserError("there is no such file", place=name, cure="check the path")
        return DataFile(path.name.removesuffix(suffix), path, True)
    known = data_files(kind, suffix)
    if name not in known:
        raise UserError(f'{kind.removesuffix("s")} "{name}" not found', cure=nearest(name, known))
    return known[name]


def read_text(path: Path) -> str:
    """The file's text. Raises UserError when it can't be read, is too large, or is not UTF-8."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise UserError(
                f"larger than {LARGEST_FILE_BYTES // 1_000_000} MB", place=str(path), cure="check the path"
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UserError("not UTF-8 text", place=f"{path}:{line}", cure="save it as UTF-8") from error
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", place=str(path), cure="check the path") from error
