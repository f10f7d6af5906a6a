"""Charts as inline SVG: each with a title and a description for those who can't see it; nothing by colour alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise

from voice_agent.dearman import Level
from voice_agent.review.debrief import Moved, SkillByTurn

INK, PAPER, LINE = "#1b1f22", "#ffffff", "#5a6670"
_FILL = {Level.NONE: PAPER, Level.WEAK: "#c9dde6", Level.STRONG: "#1f5a73"}
STRONG_FILL = _FILL[Level.STRONG]
_TEXT = {Level.NONE: LINE, Level.WEAK: INK, Level.STRONG: PAPER}
_LETTER = {Level.NONE: "\u2013", Level.WEAK: "w", Level.STRONG: "S"}
MOST_COLUMNS = 40
"""A longer talk is drawn in as many stretches; the cells then show the highest level of each."""
_CELL, _LABEL = 24, 140

_NUMBER_WIDTH = 26
"""Of three digits, with room beside them."""


def skill_grid(skills: Sequence[SkillByTurn], turns: Sequence[int], name: str) -> str:
    """Skills down, turns across: S strong, w weak, a dash for none. name: for ids, unique in the page."""
    count = len(turns)
    edges = [round(i * count / min(count, MOST_COLUMNS)) for i in range(min(count, MOST_COLUMNS) + 1)]
    columns = list(pairwise(edges))
    width, height = _LABEL + _CELL * len(columns) + 4, _CELL * (len(skills) + 1) + 4
    parts = []
    for column, (start, stop) in enumerate(columns):
        x = _LABEL + _CELL * column
        label = str(turns[start]) if stop - start == 1 or column % 5 == 0 else ""
        parts.append(words(x + _CELL / 2, 16, label, anchor="middle"))
        for row, skill in enumerate(skills):
            level = max(skill.levels[start:stop])
            y = _CELL * (row + 1)
            parts.append(
                f'<rect x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="3" fill="{_FILL[level]}"'
                f' stroke="{LINE}" stroke-width="1"/>'
            )
            parts.append(words(x + _CELL / 2 - 1, y + 15, _LETTER[level], anchor="middle", fill=_TEXT[level]))
    parts += [words(0, _CELL * (row + 1) + 15, skill.skill.full_name) for row, skill in enumerate(skills)]
    told = "; ".join(f"{skill.skill.full_name} strong in {skill.strong} of {count}" for skill in skills)
    stretches = (
        "" if count <= MOST_COLUMNS else f" Each column is a stretch of about {count / len(columns):.0f} turns."
    )
    return svg(width, height, "Skills, turn by turn", f"{told}.{stretches}", parts, name)


def line_chart(
    values: Sequence[float], *, title: str, told: str, low: float, high: float, unit: str, name: str
) -> str:
    """One line with its points; low and high are the ends of the scale. told: the description."""
    width, height, left, top, bottom = 620, 190, 48, 12, 28
    span = high - low or 1.0

    def place(index: int, value: float) -> tuple[float, float]:
        x = left + (width - left - 12) * (index / max(1, len(values) - 1))
        return x, top + (height - top - bottom) * (1 - (min(high, max(low, value)) - low) / span)

    parts = []
    for share in (0.0, 0.5, 1.0):
        value = low + share * span
        y = place(0, value)[1]
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{width - 8}" y2="{y:.1f}" stroke="#c4ccd1"/>')
        parts.append(words(left - 6, y + 4, f"{value:g}", anchor="end"))
    points = [place(index, value) for index, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_FILL[Level.STRONG]}" stroke-width="2"/>')
    if len(points) <= MOST_COLUMNS:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_FILL[Level.STRONG]}"/>' for x, y in points]
    parts.append(words(left, height - 6, f"first to last, {unit}"))
    return svg(width, height, title, told, parts, name)


def before_and_after(moved: Sequence[Moved], name: str) -> str:
    """A line for each feeling: an open ring before, a filled one after, each with its number."""
    row_height, left, width = 30, 120, 560
    height = row_height * len(moved) + 8
    reach = width - left - 50

    def place(value: int, most: int) -> float:
        return left + 20 + reach * value / most

    parts = []
    for row, one in enumerate(moved):
        y = row_height * row + 20
        parts.append(words(0, y + 5, one.name))
        parts.append(f'<line x1="{left + 20}" y1="{y}" x2="{left + 20 + reach}" y2="{y}" stroke="#c4ccd1"/>')
        if one.before is not None and one.after is not None:
            start, stop = place(one.before, one.most), place(one.after, one.most)
            parts.append(
                f'<line x1="{start:.1f}" y1="{y}" x2="{stop:.1f}" y2="{y}" stroke="{LINE}" stroke-width="3"/>'
            )
        before_to, after_to = _anchors(one, place)
        if one.before is not None:
            x = place(one.before, one.most)
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{PAPER}" stroke="{INK}" stroke-width="2"/>')
            parts.append(words(x, y - 9, str(one.before), anchor=before_to, size=11))
        if one.after is not None:
            x = place(one.after, one.most)
            parts.append(f'<circle cx="{x:.1f}" cy="{y}" r="6" fill="{_FILL[Level.STRONG]}"/>')
            if one.after != one.before:
                parts.append(words(x, y - 9, str(one.after), anchor=after_to, size=11))
    told = " ".join(one.sentence for one in moved)
    return svg(width, height, "Before (open ring) and after (filled)", told, parts, name)


def _anchors(one: Moved, place: Callable[[int, int], float]) -> tuple[str, str]:
    """Where the two numbers hang, so that near ones are not written over each other."""
    if one.before is None or one.after is None or one.before == one.after:
        return "middle", "middle"
    apart = place(one.after, one.most) - place(one.before, one.most)
    if abs(apart) >= _NUMBER_WIDTH:
        return "middle", "middle"
    return ("end", "start") if apart > 0 else ("start", "end")


def words(x: float, y: float, words: str, *, anchor: str = "start", fill: str = INK, size: int = 13) -> str:
    if not words:
        return ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{fill}"'
    return f"<text {place}>{escape(words)}</text>"


def svg(width: float, height: float, title: str, told: str, parts: Sequence[str], name: str) -> str:
    return (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="system-ui, sans-serif" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(told)}</desc>'
        f"{''.join(parts)}</svg>"
    )
