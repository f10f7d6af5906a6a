"""The user's folders, private to the user. Importing makes none."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import platformdirs

from voice_agent.errors import UserError

HOME_VARIABLE = "VOICE_AGENT_HOME"
"""When set, everything of the user lies in this one folder."""


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


def cache_folder() -> Path:
    """What can be made again."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home) / "cache" if home else _dirs().user_cache_path


def private(folder: Path) -> Path:
    """The folder, made with mode 0700 when it is missing. Raises UserError when that can't be done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be made",
            place=str(folder),
            cure=f"make the folder writable, or set {HOME_VARIABLE} to one that is",
        ) from error
    return folder
