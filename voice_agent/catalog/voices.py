"""Reads the voice catalogue, `voices/*.toml`, and chooses a voice for a wish."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text
from voice_agent.catalog.toml_lines import parse_toml
from voice_agent.errors import UserError
from voice_agent.folders import models_folder
from voice_agent.scenario import Age, Sex, VoiceWish
from voice_agent.voice import Voice

KIND, SUFFIX = "voices", ".toml"


def voice_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def load_voice(name: str) -> Voice:
    """The voice of this id, or in this file. Raises UserError naming file, line and field."""
    return _read(find(KIND, SUFFIX, name))


def all_voices() -> list[Voice]:
    return [_read(file) for file in voice_files().values()]


def is_installed(voice: Voice) -> bool:
    """Whether all files that the voice needs lie in the models folder, in their full size."""
    return all(_size(models_folder() / file.path) == file.bytes for file in voice.files)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _read(file: DataFile) -> Voice:
    name = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    data, line_of = parse_toml(read_text(file.path), name=name)
    voice = checked(data, Voice, name=name, line_of=line_of)
    if voice.id != file.id:
        raise UserError(
            f'id is "{voice.id}", the file is called "{file.id}"',
            place=f"{name}:{line_of(('id',)) or 1}",
            cure="make them the same",
        )
    return voice


def choose_voice(wish: VoiceWish, voices: Iterable[Voice], works: Callable[[Voice], bool]) -> Voice:
    """The working voice that fits best: language, then sex, then naturalness and age together.

    Raises UserError when none works.
    """
    ranked = sorted(voices, key=lambda voice: _fit(wish, voice), reverse=True)
    for voice in ranked:
        if works(voice):
            return voice
    raise UserError("no voice of the catalogue works here", cure="run `voice-agent pipelines check`")


_AGES = list(Age)


def _fit(wish: VoiceWish, voice: Voice) -> tuple[int, int, float, str]:
    same_language = 2 * (voice.language.split("-")[0] == wish.language.split("-")[0])
    sex = 2 if wish.sex in (Sex.NEUTRAL, voice.sex) else 0
    years = abs(_AGES.index(voice.age) - _AGES.index(wish.age))
    accent = 0.6 * (voice.language == wish.language)
    return (same_language, sex, voice.naturalness - 0.7 * years + accent, voice.id)
