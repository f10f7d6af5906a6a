"""The line over a talk: what it is, with whom, and how it is set."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from voice_agent.scenario import Scenario


def head_line(scenario: Scenario, settings: str, columns: int) -> Content:
    """As much about the partner as fits beside the settings."""
    partner = scenario.partner
    whole = f"   with {partner.name}, {partner.relationship}   {settings}"
    short = f"   with {partner.name}   {settings}"
    room = columns - 2 - cell_len(scenario.title)
    words = next((one for one in (whole, short) if cell_len(one) <= room), f"   {settings}")
    return Content.assemble((scenario.title, "bold"), words)
