"""How the user likes to practise: `preferences.toml` in the user's config folder, written by the settings screen.

A flag on the command line goes before it for one talk.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text
from voice_agent.catalog.toml_lines import parse_toml
from voice_agent.errors import UserError, nearest
from voice_agent.folders import config_folder, write_private
from voice_agent.settings import Mode, Patience

THEMES = ("calm-dark", "calm-light", "high-contrast")


class Density(StrEnum):
    """How much stands on a screen: a terminal's text has one size, the space around it has not."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pipeline: str = ""
    """Id of a pipeline; empty: the embedded one."""
    microphone: str = ""
    """A device's name; empty: the system's."""
    speaker: str = ""
    voice: str = ""
    """A voice's id; empty: what the situation wishes."""
    mode: Mode = Mode.FLOW
    patience: Patience | None = None
    """None: the pipeline's own."""
    silence_s: Annotated[float, msgspec.Meta(ge=0, le=600)] | None = None
    """Seconds of saying nothing after which the partner says a word, once; 0 never; None: the pipeline's own."""
    difficulty_shift: Annotated[int, msgspec.Meta(ge=-4, le=4)] = 0
    """Steps that are added to every situation's own difficulty."""
    headphones: bool = False
    """The learner wears headphones: the partner may be interrupted by speaking."""
    check_ins: bool = True
    check_in_every: Annotated[int, msgspec.Meta(ge=0, le=100)] = 6
    hands_free: bool = False
    plain: bool = False
    """Line by line instead of the screen, for screen readers."""
    theme: str = THEMES[0]
    density: Density = Density.COMFORTABLE
    motion: bool = True
    """Level meter and scrolling move; off for reduced motion."""
    sounds: bool = True
    """The breathing tone, and the coach's voice where it is asked for."""
    scan_s: Annotated[float, msgspec.Meta(ge=0, le=30)] = 0.0
    """One-switch scanning: seconds that each action stays marked; 0 is off."""


def preferences_file() -> Path:
    return config_folder() / "preferences.toml"


def load_preferences() -> Preferences:
    """The defaults where nothing is set. Raises UserError naming file, line and key."""
    path = preferences_file()
    if not path.is_file():
        return Preferences()
    data, line_of = parse_toml(read_text(path), name=str(path))
    found = checked(data, Preferences, name=str(path), line_of=line_of) if data else Preferences()
    if found.theme not in THEMES:
        place = f"{path}:{line_of(('theme',)) or 1}"
        raise UserError(f'theme "{found.theme}" is not known', place=place, cure=nearest(found.theme, list(THEMES)))
    return found


def save_preferences(preferences: Preferences) -> None:
    """Replaces the file in one step, readable by the user alone. Raises UserError."""
    values: dict[str, Any] = msgspec.to_builtins(preferences)
    # Texts, numbers and truths are written alike in JSON and TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value is not None]
    write_private(preferences_file(), "\n".join([*lines, ""]).encode())


def with_value(preferences: Preferences, key: str, text: str) -> Preferences:
    """The same with one value, given as text. Raises UserError naming the key and what it takes."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(Preferences)}
    if key not in fields:
        raise UserError(f'there is no setting "{key}"', cure=nearest(key, list(fields)))
    words = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
    value: Any = text
    if fields[key].type is bool:
        if text.lower() not in words:
            raise UserError(f'{key}: "{text}" is neither yes nor no', cure="write yes or no")
        value = words[text.lower()]
    elif isinstance(fields[key].default, int | float):
        try:
            value = float(text) if isinstance(fields[key].default, float) else int(text)
        except ValueError as error:
            raise UserError(f'{key}: "{text}" is no number', cure="write a number") from error
    elif key in ("patience", "silence_s") and not text:
        value = None
    elif key == "silence_s":
        try:
            value = float(text)
        except ValueError as error:
            raise UserError(f'{key}: "{text}" is no number', cure="write seconds, or 0 for never") from error
    elif key == "theme" and text not in THEMES:
        raise UserError(f'theme "{text}" is not known', cure=nearest(text, list(THEMES)))
    current = msgspec.to_builtins(preferences)
    return checked(current | {key: value}, Preferences, name="settings")
