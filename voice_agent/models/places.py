"""Where the files of models lie: below the models folder, readable by the user alone."""

from __future__ import annotations

from pathlib import Path

from voice_agent.folders import models_folder
from voice_agent.model_file import ModelFile


def place(file: ModelFile) -> Path:
    """Where the whole file lies; it appears there in one step."""
    return models_folder() / file.path


def part_place(file: ModelFile) -> Path:
    """Where it grows while it is downloaded."""
    whole = place(file)
    return whole.with_name(whole.name + ".part")
