"""Reads JSON Lines as typed values; a mistake names file, line and field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from voice_agent.errors import UserError

T = TypeVar("T")
LONGEST_LINE_BYTES = 200_000
"""A turn with its situation has about 1 kB; more than this is some other file."""


def parse_lines(lines: Iterable[str | bytes], kind: type[T], *, name: str) -> Iterator[T]:
    """One value a line; empty lines are skipped. Raises UserError at the first mistake."""
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE_BYTES:
            raise UserError("is too long for a turn", place=f"{name}:{number}", cure="check that it is JSON Lines")
        try:
            yield decoder.decode(line)
        except msgspec.ValidationError as error:
            raise UserError(
                str(error).replace(" - at `$.", ": field `"),
                place=f"{name}:{number}",
                cure="see docs/rater.md for the format",
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UserError(
                f"is no JSON ({error})", place=f"{name}:{number}", cure="write one JSON object a line"
            ) from error


def read_lines(path: Path, kind: type[T], *, name: str | None = None) -> list[T]:
    """All values of a file. Raises UserError when it can't be read or holds a mistake."""
    name = name or str(path)
    try:
        with path.open("rb") as file:
            return list(parse_lines(file, kind, name=name))
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", place=name, cure="check the path") from error


def to_line(value: object) -> str:
    """One line of JSON, without a line break."""
    return msgspec.json.encode(value).decode()
