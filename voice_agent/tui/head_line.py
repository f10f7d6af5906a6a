"""The line over a talk: what it is, with whom, and how it is set."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from voice_agent.scenario import Scenario


def head_line(scenario: Scenario, settings: str, columns: int) -> Content:
    """As much about the partner as fits beside the settings, which stay whole; then the title gives way."""
    partner = scenario.partner
    title = Content(scenario.title)
    whole = f"   with {partner.name}, {partner.relationship}   {settings}"
    short = f"   with {partner.name}   {settings}"
    room = columns - 2
    words = next((one for one in (whole, short) if title.cell_length + cell_len(one) <= room), f"   {settings}")
    return Content.assemble(title.truncate(max(1, room - cell_len(words)), ellipsis=True).stylize("bold"), words)
