"""A report as one HTML file: charts are inline SVG, there is no script, and nothing is fetched from anywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from voice_agent.dearman import Skill
from voice_agent.review.charts import before_and_after, line_chart, skill_grid
from voice_agent.review.report import Report

if TYPE_CHECKING:
    from jinja2 import Template


def html(report: Report) -> str:
    """A whole page; every text in it is escaped by the template."""
    from markupsafe import Markup

    told = report.debrief
    charts: dict[str, Markup] = {}
    if told.skills:
        charts["skills"] = Markup(skill_grid(told.skills, told.turn_numbers, "skills"))
    if told.moved:
        charts["moved"] = Markup(before_and_after(told.moved, "moved"))
    if len(told.resistance) > 1:
        charts["resistance"] = Markup(_resistance(report))
    voice = [
        (one, Markup(_voice(number, one.name, one.unit, one.sentence, one.values)))
        for number, one in enumerate(told.voice)
    ]
    return template("report.html.j2").render(
        report=report,
        told=told,
        charts=charts,
        voice=voice,
        when=report.began.astimezone().strftime("%Y-%m-%d %H:%M"),
        skills=list(Skill),
    )


@cache
def template(name: str) -> Template:
    """A page of this package; every text put into it is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 40 ms

    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)


def _resistance(report: Report) -> str:
    values, name = report.debrief.resistance, report.debrief.partner
    told = f"{name} began at {values[0]:.1f} and ended at {values[-1]:.1f} of 10; lower is softer."
    title = f"Resistance of {name}"
    return line_chart(values, title=title, told=told, low=0, high=10, unit="turns", name="resistance")


def _voice(number: int, name: str, unit: str, sentence: str, values: tuple[float, ...]) -> str:
    low, high = min(values), max(values)
    return line_chart(
        values,
        title=f"{name}, {unit}",
        told=f"{', '.join(f'{value:g}' for value in values)}; {sentence}.",
        low=round(low - 1, 1),
        high=round(high + 1, 1),
        unit="spoken turns",
        name=f"voice-{number}",
    )
