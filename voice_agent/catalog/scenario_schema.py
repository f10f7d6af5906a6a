"""The scenario format as a JSON Schema, for editors: made from the classes that are the format, so it can't drift."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import msgspec

from voice_agent import scenario as scenario_format
from voice_agent.scenario import Scenario

SCHEMA_FILE = "scenario.schema.json"
HEADER = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
"""The first line of a file beside the schema: editors with a YAML language server then complete and check."""


def scenario_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a scenario file; each key with the words that `voice_agent/scenario.py` has for it."""
    schema = msgspec.json.schema(Scenario)
    told = _told()
    for name, definition in schema["$defs"].items():
        for key, words in told.get(name, {}).items():
            if key in definition.get("properties", {}):
                # A reference may stand beside a description since draft 2019-09.
                definition["properties"][key].setdefault("description", words)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A situation of voice_agent",
        **schema,
    }


def schema_text() -> str:
    return msgspec.json.format(msgspec.json.encode(scenario_schema()), indent=2).decode() + "\n"


def _told() -> dict[str, dict[str, str]]:
    """Class, key, and the docstring under the key; Python itself does not keep those."""
    found: dict[str, dict[str, str]] = {}
    for one in ast.parse(inspect.getsource(scenario_format)).body:
        if not isinstance(one, ast.ClassDef):
            continue
        keys = found.setdefault(one.name, {})
        for before, after in zip(one.body, one.body[1:], strict=False):
            if (
                isinstance(before, ast.AnnAssign)
                and isinstance(before.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            ):
                keys[before.target.id] = " ".join(after.value.value.split())
    return found
