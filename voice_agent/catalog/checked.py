"""Turns parsed data into a typed value, and a mistake into one line that names file, line, field and cure."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar, get_args

import msgspec

from voice_agent.errors import UserError, nearest
from voice_agent.text import clean_block

T = TypeVar("T")
Path = tuple[str | int, ...]
LineOf = Callable[[Path], int | None]
"""The line (from 1) at which the value at a path stands in the file."""

_SEE_SHIPPED = "see the shipped files for the format"
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def cleaned(value: Any) -> Any:
    """The same data with every text cleaned."""
    if isinstance(value, str):
        return clean_block(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    return value


def checked(data: object, kind: type[T], *, name: str, line_of: LineOf = lambda _: None) -> T:
    """`data` as a `kind`. Raises UserError at the first mistake."""
    data = cleaned(data)
    if not isinstance(data, dict):
        raise UserError("holds no keys", place=name, cure="see the shipped files for the format")
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        path, cause = _path_and_cause(str(error), data)
        line = next((line_of(path[:depth]) for depth in range(len(path), -1, -1) if line_of(path[:depth])), None)
        field = _written(path)
        place = f"{name}:{line}" if line else name
        unknown = re.search(r"unknown field `([^`]+)`", cause)
        if unknown:
            raise UserError(
                f'{field + ": " if field else ""}unknown key "{unknown[1]}"',
                place=f"{name}:{line_of((*path, unknown[1])) or line or 1}",
                cure=nearest(unknown[1], _keys_at(kind, path)),
            ) from error
        cause, cure = _in_plain_words(cause, _value_at(data, path), _choices_at(kind, path))
        raise UserError(f"{field}: {cause}" if field else cause, place=place, cure=cure) from error


def _path_and_cause(message: str, data: object) -> tuple[Path, str]:
    cause, _, dotted = message.partition(" - at `")
    steps: list[str | int] = []
    for key, index in _STEP.findall(dotted.rstrip("`").removeprefix("$")):
        # msgspec writes [...] for a value of a mapping whose key it does not name.
        steps.append(key or (int(index) if index != "..." else "..."))
    return tuple(steps), cause


def _written(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else (f".{step}" if text else step)
    return text


def _value_at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _in_plain_words(cause: str, value: Any, known: list[str]) -> tuple[str, str]:
    """msgspec's sentence as a cause and a cure."""
    shown = value if isinstance(value, int | float) else (f'"{value[:40]}"' if isinstance(value, str) else "")
    if match := re.search(r"missing required field `([^`]+)`", cause):
        return f'"{match[1]}" is missing', "add it"
    if cause.startswith("Invalid enum value") and known:
        return f"{shown} is not known", nearest(str(value), known)
    if match := re.search(r"Expected `(\w+)` (>=|<=|>|<) ([\d.e+-]+)", cause):
        words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
        return f"is {shown}" if shown != "" else "is out of range", f"choose {words[match[2]]} {match[3]}"
    if match := re.search(r"Expected `(.+)` of length (>=|<=) (\d+)", cause):
        if match[2] == ">=":
            return "is empty or too short", f"give at least {match[3]}"
        return "is too long", f"keep it to {match[3]}"
    if "matching regex" in cause:
        is_id = "[a-z0-9]+(-" in cause
        return f"is {shown}", "use lower-case letters, digits and single hyphens" if is_id else _SEE_SHIPPED
    if match := re.search(r"Expected `(.+)`, got `(.+)`", cause):
        return f"is {_NAMES.get(match[2], match[2])}", f"write {_NAMES.get(match[1], match[1])}"
    # What a Struct says of itself, in its __post_init__, brings its own cure.
    cause, _, cure = cause.partition("; ")
    return cause[:1].lower() + cause[1:], cure or _SEE_SHIPPED


_NAMES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a group of keys",
    "bool": "yes or no",
    "null": "nothing",
}


def _keys_at(kind: Any, path: Path) -> list[str]:
    """Known keys of the Struct that `path` leads to."""
    struct = _first(_type_at(kind, path), msgspec.Struct)
    return [field.encode_name for field in msgspec.structs.fields(struct)] if struct else []


def _choices_at(kind: Any, path: Path) -> list[str]:
    """Members of the enumeration that `path` leads to."""
    enum = _first(_type_at(kind, path), Enum)
    return [str(member.value) for member in enum] if enum else []


def _type_at(kind: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, int) or step == "...":
            continue
        struct = _first(kind, msgspec.Struct)
        if struct is None:
            return kind
        kind = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}.get(step, kind)
    return kind


def _first(kind: Any, wanted: type) -> Any:
    """The first subclass of `wanted` in a type such as `tuple[Annotated[X, ...], ...]`."""
    if isinstance(kind, type) and issubclass(kind, wanted):
        return kind
    for argument in get_args(kind):
        if (found := _first(argument, wanted)) is not None:
            return found
    return None
