"""YAML read as plain data together with the line of every value."""

from __future__ import annotations

from typing import Any

import yaml

from voice_agent.catalog.checked import LineOf, Path
from voice_agent.errors import UserError

_WORDS = frozenset({"str", "bool", "timestamp", "merge", "value"})
"""YAML's own kinds of plain text that stay text here."""
DEEPEST = 30
"""Nesting over this is no file of ours; Python's own recursion limit stays far away."""


def parse_yaml(text: str, *, name: str) -> tuple[Any, LineOf]:
    """The data, and a function from a path to its line.

    Tags, anchors that refer to themselves and keys that occur twice are refused: the file is data, and a
    key that silently wins over another hides a mistake. Raises UserError with the line.
    """
    try:
        # The C loader is about ten times as fast; PyYAML's wheels carry it, a source build may not.
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UserError(
            error.problem or "is no YAML",
            place=f"{name}:{mark.line + 1}" if mark else name,
            cure="quote texts that hold a colon, a # or a leading quotation mark",
        ) from error
    except yaml.YAMLError as error:
        raise UserError("holds characters that YAML forbids", place=name, cure="save it as plain UTF-8") from error
    lines: dict[Path, int] = {}
    data = _data(node, (), lines, name) if node is not None else None
    return data, lines.get


def _data(node: yaml.Node, path: Path, lines: dict[Path, int], name: str) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if len(path) > DEEPEST:
        raise UserError("is nested too deeply", place=f"{name}:{line}", cure="see the shipped files")
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in mapping:
                raise UserError(
                    f'key "{key}" stands twice',
                    place=f"{name}:{key_node.start_mark.line + 1}",
                    cure="remove one",
                )
            mapping[key] = _data(value_node, (*path, key), lines, name)
            lines[(*path, key)] = key_node.start_mark.line + 1
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_data(item, (*path, index), lines, name) for index, item in enumerate(node.value)]
    return _scalar(node, f"{name}:{line}")


def _scalar(node: yaml.Node, place: str) -> Any:
    value = str(node.value)
    match node.tag:
        case "tag:yaml.org,2002:int" | "tag:yaml.org,2002:float":
            try:
                return int(value) if node.tag.endswith("int") else float(value)
            except ValueError:
                return value
        case "tag:yaml.org,2002:null":
            return None
        case "tag:yaml.org,2002:bool" if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        case tag if tag.removeprefix("tag:yaml.org,2002:") in _WORDS:
            # Words like `no`, `yes` and `on` stay words, as in YAML 1.2.
            return value
        case tag:
            raise UserError(f'tag "{tag}" is not allowed', place=place, cure="remove the tag")
