"""Reads the shared library of moves, `scenarios/shared/moves.yaml`."""

from __future__ import annotations

from functools import cache

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text, shipped_folder
from voice_agent.catalog.yaml_lines import parse_yaml
from voice_agent.scenario import SharedLine, SharedMoves


@cache
def shared_lines() -> tuple[SharedLine, ...]:
    name = "scenarios/shared/moves.yaml"
    data, line_of = parse_yaml(read_text(shipped_folder("scenarios") / "shared" / "moves.yaml"), name=name)
    return checked(data, SharedMoves, name=name, line_of=line_of).lines
