"""TOML read as plain data together with the line of every key."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import Any

from voice_agent.catalog.checked import LineOf, Path
from voice_agent.errors import UserError

_HEADER = re.compile(r"^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_ITEM = re.compile(r"^\s*\[\[\s*([A-Za-z0-9_.-]+)\s*\]\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


def parse_toml(text: str, *, name: str) -> tuple[dict[str, Any], LineOf]:
    """The data, and a function from a path to its line. Raises UserError with the line."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        cause, _, where = str(error).partition(" (at ")
        line = re.search(r"line (\d+)", where)
        raise UserError(
            cause[:1].lower() + cause[1:],
            place=f"{name}:{line[1]}" if line else name,
            cure="put texts into double quotes",
        ) from error
    lines: dict[Path, int] = {}
    table: Path = ()
    items: Counter[Path] = Counter()
    for number, line_text in enumerate(text.splitlines(), start=1):
        if item := _ITEM.match(line_text):
            listed = tuple(item[1].split("."))
            table = (*listed, items[listed])
            items[listed] += 1
            lines.setdefault(listed, number)
            lines.setdefault(table, number)
        elif header := _HEADER.match(line_text):
            table = tuple(header[1].split("."))
            lines.setdefault(table, number)
        elif key := _KEY.match(line_text):
            lines.setdefault((*table, key[1]), number)
    return data, lines.get
