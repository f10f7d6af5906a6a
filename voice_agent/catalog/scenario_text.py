"""Changes single values in the text of a scenario file and keeps everything else, comments included."""

from __future__ import annotations

import json

import yaml

from voice_agent.text import clean


def with_values(text: str, values: dict[str, str]) -> str:
    """values: dotted path of a scalar that the file has, and its new text. Raises KeyError for another path."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert node is not None
    places = {path: _scalar_at(node, path.split(".")) for path in values}
    for path, scalar in sorted(places.items(), key=lambda item: -item[1].start_mark.index):
        start, end = scalar.start_mark.index, scalar.end_mark.index
        old = text[start:end]
        # A block scalar's end lies after its line break, which belongs to the next key.
        ending = old[len(old.rstrip()) :]
        # JSON strings are YAML strings, and every character in them is safe.
        text = text[:start] + json.dumps(clean(values[path]), ensure_ascii=False) + ending + text[end:]
    return text


def _scalar_at(node: yaml.Node, path: list[str]) -> yaml.ScalarNode:
    for key in path:
        assert isinstance(node, yaml.MappingNode)
        node = {name.value: value for name, value in node.value}[key]
    assert isinstance(node, yaml.ScalarNode)
    return node
