"""Reads the help lines and tells which region's to show."""

from __future__ import annotations

import locale
import os
from functools import cache

from voice_agent.care import HelpLines
from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text, shipped_folder
from voice_agent.catalog.yaml_lines import parse_yaml
from voice_agent.errors import UserError
from voice_agent.folders import config_folder

REGION_VARIABLE = "VOICE_AGENT_REGION"
"""ISO 3166 code of the country whose help lines are shown; else the locale's."""


def load_help_lines() -> HelpLines:
    """The user's file before the shipped one. Raises UserError naming file, line and field."""
    users = config_folder() / "help_lines.yaml"
    path = users if users.is_file() else shipped_folder("scenarios") / "shared" / "help_lines.yaml"
    name = str(path) if path == users else "scenarios/shared/help_lines.yaml"
    data, line_of = parse_yaml(read_text(path), name=name)
    lines = checked(data, HelpLines, name=name, line_of=line_of)
    if "ZZ" not in lines.regions:
        raise UserError("regions: ZZ is missing", place=name, cure="add ZZ, the lines for everywhere else")
    return lines


@cache
def region() -> str:
    """Where the user is, as far as the environment tells; `ZZ` when it does not."""
    told = os.environ.get(REGION_VARIABLE, "")
    if not told:
        name = locale.getlocale()[0] or os.environ.get("LANG", "")
        told = name.partition(".")[0].partition("_")[2]
    return told.upper() if len(told) == 2 else "ZZ"
