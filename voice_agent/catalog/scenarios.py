"""Reads scenario files: `scenarios/*.yaml`, shipped and the user's own."""

from __future__ import annotations

from voice_agent.catalog.checked import LineOf, checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text
from voice_agent.catalog.yaml_lines import parse_yaml
from voice_agent.errors import UserError, nearest
from voice_agent.scenario import Scenario

KIND, SUFFIX = "scenarios", ".yaml"


def scenario_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def load_scenario(name: str) -> Scenario:
    """The scenario of this id, or in this file. Raises UserError naming file, line and field."""
    return read_scenario(find(KIND, SUFFIX, name))


def read_scenario(file: DataFile) -> Scenario:
    name = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    return parse_scenario(read_text(file.path), name=name, stem=file.id)


def parse_scenario(text: str, *, name: str, stem: str | None = None) -> Scenario:
    """stem: what the scenario's id must be; None for any."""
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
