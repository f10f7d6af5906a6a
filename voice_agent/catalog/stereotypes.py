"""Reads the list of words that rest on what a person is taken for, `scenarios/shared/stereotypes.yaml`."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

import msgspec

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text, shipped_folder
from voice_agent.catalog.yaml_lines import parse_yaml

FILE = "stereotypes.yaml"
Cue = Annotated[str, msgspec.Meta(min_length=2, max_length=80)]


class StereotypeWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cue: Cue
    """A word or a phrase; whole words, any inflection."""
    reason: Cue


class Stereotypes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: Literal[1]
    groups: tuple[Cue, ...]
    """Names of groups of people."""
    claims: tuple[Cue, ...]
    """Words that, right after a group's name, say something of all of them."""
    words: tuple[StereotypeWord, ...]


@cache
def stereotypes() -> Stereotypes:
    """Raises UserError naming line and field."""
    name = f"scenarios/shared/{FILE}"
    data, line_of = parse_yaml(read_text(shipped_folder("scenarios") / "shared" / FILE), name=name)
    return checked(data, Stereotypes, name=name, line_of=line_of)
