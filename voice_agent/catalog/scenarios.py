"""Reads scenario files: `scenarios/*.yaml`, shipped and the user's own."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import msgspec

from voice_agent import scenario as scenario_format
from voice_agent.catalog import checked as checking
from voice_agent.catalog.checked import LineOf, checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text
from voice_agent.errors import UserError, nearest
from voice_agent.folders import cache_folder, write_private
from voice_agent.scenario import Scenario

KIND, SUFFIX = "scenarios", ".yaml"
_READER = b"".join(Path(name or "").read_bytes() for name in (scenario_format.__file__, checking.__file__, __file__))
"""What makes a scenario of a text: a change of it makes the cache worthless."""


def scenario_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def load_scenario(name: str) -> Scenario:
    """The scenario of this id, or in this file. Raises UserError naming file, line and field."""
    return read_scenario(find(KIND, SUFFIX, name))


def read_scenario(file: DataFile) -> Scenario:
    """The scenario in this file; from the cache where it has been read before. Raises UserError."""
    kept = _kept(file)
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.msgpack.decode(kept.read_bytes(), type=Scenario)
    name = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    scenario = parse_scenario(read_text(file.path), name=name, stem=file.id)
    with suppress(UserError):  # a full disk only costs the next start a moment
        write_private(kept, msgspec.msgpack.encode(scenario))
    return scenario


def _kept(file: DataFile) -> Path:
    """Where a file's parsed scenario is cached: another content or reader, another name."""
    told = b""
    with suppress(OSError):
        told = file.path.read_bytes()
    seal = hashlib.blake2b(told + _READER + str(file.path).encode(), digest_size=12).hexdigest()
    return cache_folder() / KIND / f"{seal}.msgpack"


def parse_scenario(text: str, *, name: str, stem: str | None = None) -> Scenario:
    """stem: what the scenario's id must be; None for any."""
    from voice_agent.catalog.yaml_lines import parse_yaml  # 25 ms, and most scenarios come from the cache

    data, line_of = parse_yaml(text, name=name)
    scenario = checked(data, Scenario, name=name, line_of=line_of)
    if stem is not None and scenario.id != stem:
        raise UserError(
            f'id is "{scenario.id}", the file is called "{stem}"',
            place=f"{name}:{line_of(('id',)) or 1}",
            cure="make them the same",
        )
    _check_references(scenario, name, line_of)
    return scenario


def _check_references(scenario: Scenario, name: str, line_of: LineOf) -> None:
    seen: dict[str, int] = {}
    for index, line in enumerate(scenario.lines):
        place = f"{name}:{line_of(('lines', index)) or 1}"
        for topic in (*line.about, *line.needs):
            if topic not in scenario.topics:
                raise UserError(
                    f'lines[{index + 1}]: topic "{topic}" is not among the topics',
                    place=place,
                    cure=nearest(topic, scenario.topics) or "add it to topics",
                )
        if line.say in seen:
            raise UserError(
                f"lines[{index + 1}]: the same words as lines[{seen[line.say] + 1}]",
                place=place,
                cure="remove one",
            )
        seen[line.say] = index
    if both := set(scenario.demo) & set(scenario.practice):
        raise UserError(
            f'demo: "{min(both)[:40]}" is also in practice',
            place=f"{name}:{line_of(('demo',)) or 1}",
            cure="a demo must not be in what the recognizer has learned",
        )
