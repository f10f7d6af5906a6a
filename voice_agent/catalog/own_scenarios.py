"""The user's own situations as files: kept, shared as one file, taken in, deleted, and taken back.

A file from somebody else is data: it is read as strictly as any scenario, at most 2 MB, its texts are cleaned, and
what is written is made anew from what was understood. Its id names the file, and an id can't leave the folder.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from voice_agent.catalog.data_files import LARGEST_FILE_BYTES
from voice_agent.catalog.scenario_schema import HEADER, SCHEMA_FILE, schema_text
from voice_agent.catalog.scenarios import KIND, SUFFIX, parse_scenario, scenario_files
from voice_agent.errors import UserError, nearest
from voice_agent.folders import cache_folder, config_folder, private, write_private
from voice_agent.scenario import Scenario

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID = 60
_DELETED = "deleted"
BROKEN = ".broken"
"""Ending of a text that was edited and is no scenario yet; the list does not see it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A situation that came in one file and is not kept yet."""

    scenario: Scenario
    path: Path
    """Where it would lie."""
    replaces: bool
    """An own file of this id is there."""
    hides: bool
    """A shipped situation has this id; the own one would take its place."""

    @property
    def lines(self) -> list[str]:
        """What would be added, to be told before it is."""
        one = self.scenario
        told = [
            f"{one.id}: {one.title} ({one.domain.value}, difficulty {one.difficulty})",
            one.summary,
            f"Partner: {one.partner.name}, {one.partner.relationship}. {one.partner.persona}",
            f"They begin: {one.opening}",
            f"{_counted(len(one.lines), 'line')} of the partner, "
            f"{_counted(len(one.practice), 'sentence')} for the recognizer.",
            f"To be written: {self.path}",
        ]
        if self.replaces:
            told.append("Your own situation of this id would be replaced.")
        if self.hides:
            told.append("A shipped situation has this id: yours would take its place.")
        return told


def checked_id(name: str) -> str:
    """Raises UserError when it is no id of a situation."""
    if not _SLUG.fullmatch(name) or len(name) > LONGEST_ID:
        raise UserError(
            f'"{name[:60]}" is no id', place="id", cure="use lower-case letters, digits and single hyphens"
        )
    return name


def own_path(name: str) -> Path:
    """Where an own situation of this id lies, or would. Raises UserError."""
    return private(config_folder() / KIND) / f"{checked_id(name)}{SUFFIX}"


def free_path(name: str, *, force: bool = False) -> Path:
    """Raises UserError when an own situation of this id is there, unless it may be replaced."""
    path = own_path(name)
    if path.exists() and not force:
        raise UserError("exists already", place=str(path), cure="edit it, or replace it with --force")
    return path


def keep_scenario(scenario: dict[str, Any], *, force: bool = False) -> Path:
    """Write an own situation into the user's folder. Raises UserError when it is none, or when the id is taken."""
    path = free_path(str(scenario["id"]), force=force)
    text = as_yaml(scenario)
    parse_scenario(text, name=str(path), stem=path.stem)
    write_own(path, text)
    return path


def write_own(path: Path, text: str) -> None:
    """Whole or not at all, readable by the user alone; with the schema beside it, which its first line names."""
    write_private(path, text.encode())
    write_private(path.with_name(SCHEMA_FILE), schema_text().encode())


def as_yaml(scenario: dict[str, Any] | Scenario) -> str:
    """A scenario file's text, with the line that lets editors check it."""
    told = f"{HEADER}# docs/scenarios.md explains every key.\n"
    text: str = yaml.safe_dump(msgspec.to_builtins(scenario), sort_keys=False, allow_unicode=True, width=110)
    return told + text


def arrival(content: bytes, *, name: str, as_id: str | None = None) -> Arrival:
    """What one file would add. name: for messages. as_id: another id for it. Raises UserError naming the line."""
    if len(content) > LARGEST_FILE_BYTES:
        raise UserError(f"larger than {LARGEST_FILE_BYTES // 1_000_000} MB", place=name, cure="check the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError("not UTF-8 text", place=f"{name}:{line}", cure="save it as UTF-8") from error
    scenario = parse_scenario(text, name=name)
    if as_id is not None:
        scenario = msgspec.structs.replace(scenario, id=checked_id(as_id))
    path = own_path(scenario.id)
    known = scenario_files().get(scenario.id)
    return Arrival(scenario, path, replaces=path.exists(), hides=known is not None and not known.is_users)


def take_in(new: Arrival, *, force: bool = False) -> None:
    """Keep it. Raises UserError when its id is taken and it may not be replaced."""
    if (new.replaces or new.hides) and not force:
        whose = "one of yours" if new.replaces else "a shipped situation"
        raise UserError(
            f'the id "{new.scenario.id}" belongs to {whose}', cure="add --as NEWID, or --force to take its place"
        )
    write_own(new.path, as_yaml(new.scenario))


def own_scenario(name: str) -> Path:
    """The file of an own situation. Raises UserError when it is shipped or unknown."""
    files = scenario_files()
    if name in files and files[name].is_users:
        return files[name].path
    if name in files:
        raise UserError(
            f'"{name}" is shipped', cure=f"make it yours first: voice-agent scenarios new NEWID --like {name}"
        )
    raise UserError(f'scenario "{name}" not found', cure=nearest(name, files))


def delete_own(name: str, *, for_good: bool = False) -> Path | None:
    """Set it aside, to be restored; or delete it with what was set aside and cached. Where it lies now.

    Raises UserError when it is not the user's own.
    """
    if not for_good:
        path = own_scenario(name)
        aside = private(path.parent / _DELETED) / path.name
        path.replace(aside)
        return aside
    aside = private(config_folder() / KIND / _DELETED) / f"{checked_id(name)}{SUFFIX}"
    path = own_path(name)
    if not path.exists() and not aside.exists():
        own_scenario(name)  # raises: shipped, or unknown
    for one in (path, path.with_suffix(BROKEN), aside):
        one.unlink(missing_ok=True)
    # What was made from scenarios holds their words; it is made again when it is needed.
    for kind in (KIND, "language"):
        shutil.rmtree(cache_folder() / kind, ignore_errors=True)
    return None


def deleted() -> list[str]:
    """Ids of own situations that were deleted and can be restored."""
    return sorted(path.name.removesuffix(SUFFIX) for path in (config_folder() / KIND / _DELETED).glob(f"*{SUFFIX}"))


def restore_own(name: str) -> Path:
    """Undo a deletion. Raises UserError when there is none of this id, or the id is taken again."""
    if name not in deleted():
        raise UserError(f'no deleted situation "{name}"', cure=nearest(name, deleted()))
    path = free_path(name)
    (path.parent / _DELETED / path.name).replace(path)
    return path


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
