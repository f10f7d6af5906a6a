"""An analysis as charts: points with their 95 % intervals, in SVG, with titles and descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice_agent.review.charts import LINE, STRONG_FILL, svg, words
from voice_agent.study.analysis import Analysis, Contrast

_ROW, _LEFT, _WIDTH, _TOP, _LEGEND = 26, 300, 720, 34, 24
_TOO_NEAR = 40
"""An end of the scale so near to 0 would be written over it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of a chart."""

    label: str
    value: float
    low: float
    high: float
    truth: float | None = None
    """Drawn as a diamond: what a simulation set."""


def charts_of(told: Analysis) -> dict[str, tuple[str, str]]:
    """File name, then title and SVG: a forest of effects for each arm, and the changes of the primary measure."""
    found = {}
    for arm in told.randomised:
        rows = [
            Estimate(f"{contrast.title}, {contrast.point.replace('_', ' ')}", one.g, *one.g_ci, truth=one.truth)
            for contrast in told.contrasts
            for one in contrast.differences
            if one.arm == arm and one.g is not None and one.g_ci is not None
        ]
        if rows:
            title = f"{arm} against {told.control}: Hedges' g of the changes"
            title += ", simulated participants" if told.simulated else ""
            found[f"effects-{arm}.svg"] = (title, intervals(rows, title, f"effects-{arm}"))
    for contrast in told.contrasts:
        if contrast.primary and (rows := _changes(contrast)):
            title = f"{contrast.title}: change from before to {contrast.point.replace('_', ' ')}"
            title += ", simulated participants" if told.simulated else ""
            found["primary.svg"] = (title, intervals(rows, title, "primary"))
    return found


def _changes(contrast: Contrast) -> list[Estimate]:
    return [
        Estimate(f"{arm.arm} (n {arm.analysed})", arm.change, *arm.change_ci)
        for arm in contrast.arms
        if arm.change is not None and arm.change_ci is not None
    ]


def intervals(rows: Sequence[Estimate], title: str, name: str) -> str:
    """A line from low to high with its point for each row, and a line at nothing (0)."""
    ends = [0.0, *(one.low for one in rows), *(one.high for one in rows), *(one.truth for one in rows if one.truth)]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    height = _TOP + _ROW * len(rows) + 30 + _LEGEND

    def place(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 20) * (value - low) / span

    zero, axis = place(0.0), height - 8 - _LEGEND
    ends_told = ((_LEFT, low, "start"), (_WIDTH - 20, high, "end"))
    marks = " A diamond: what was set." if any(one.truth is not None for one in rows) else ""
    parts = [
        words(0, 18, title),
        f'<line x1="{zero:.1f}" y1="{_TOP - 8}" x2="{zero:.1f}" y2="{axis - 16}" stroke="{LINE}"'
        ' stroke-dasharray="4 3"/>',
        words(zero, axis, "0", anchor="middle"),
        *(words(x, axis, f"{end:.2g}", anchor=to) for x, end, to in ends_told if abs(x - zero) > _TOO_NEAR),
        words(0, height - 8, f"A point: what was found; its line: the 95 % interval.{marks}", size=12),
    ]
    for row, one in enumerate(rows):
        y = _TOP + _ROW * row + 8
        parts.append(words(0, y + 4, one.label, size=12))
        parts.append(
            f'<line x1="{place(one.low):.1f}" y1="{y}" x2="{place(one.high):.1f}" y2="{y}" stroke="{STRONG_FILL}"'
            ' stroke-width="3"/>'
        )
        parts.append(f'<circle cx="{place(one.value):.1f}" cy="{y}" r="5" fill="{STRONG_FILL}"/>')
        if one.truth is not None:
            x = place(one.truth)
            parts.append(
                f'<path d="M{x:.1f} {y - 8} l5 8 l-5 8 l-5 -8 z" fill="none" stroke="{LINE}" stroke-width="2"/>'
            )
    told = "; ".join(f"{one.label}: {one.value:.2f}, from {one.low:.2f} to {one.high:.2f}" for one in rows)
    return svg(_WIDTH, height, title, f"{told}.{marks}", parts, name)
