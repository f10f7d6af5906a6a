"""The user's folders, private to the user. Importing makes none."""

from __future__ import annotations

import errno
import os
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

from voice_agent.errors import UserError

HOME_VARIABLE = "VOICE_AGENT_HOME"
"""When set, everything of the user lies in this one folder."""


DATABASE = "sessions.db"
"""The user's own sessions, in the data folder."""
STORE_VARIABLE = "VOICE_AGENT_STORE"
"""A `postgresql://` URL to keep sessions at instead."""


@cache
def _dirs() -> platformdirs.PlatformDirs:
    return platformdirs.PlatformDirs("voice_agent", appauthor=False)


def config_folder() -> Path:
    """The user's own scenarios, voices and pipelines."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "config" if home else _dirs().user_config_path


def data_folder() -> Path:
    """Sessions and recordings."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "data" if home else _dirs().user_data_path


def models_folder() -> Path:
    """Downloaded models, a folder for each engine."""
    return data_folder() / "models"


def cache_folder() -> Path:
    """What can be made again."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "cache" if home else _dirs().user_cache_path


def write_private(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that a killed program leaves the old or the new one; mode 0600.

    Raises UserError when it can't be written.
    """
    folder = private(path.parent)
    try:
        with tempfile.NamedTemporaryFile("wb", dir=folder, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be written", place=str(path), cure="make room on the disk, or make it writable"
        ) from error


def private(folder: Path) -> Path:
    """The folder, made with mode 0700 when it is missing, as are those above it (as the XDG base directories ask).

    Raises UserError when that can't be done.
    """
    try:
        missing = [folder, *folder.parents]
        for one in reversed(missing[: next(i for i, above in enumerate(missing) if above.exists())]):
            one.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be made",
            place=str(folder),
            cure=f"make the folder writable, or set {HOME_VARIABLE} to one that is",
        ) from error
    return folder
