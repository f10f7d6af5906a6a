"""An analysis in words and tables: the headline first, then every number with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voice_agent.study.analysis import FEWEST, Analysis, ArmChange, Contrast, Difference, Interval

SIMULATED = "SIMULATED participants with known effects: a check of the analysis, not evidence."


def headline_table(told: Analysis) -> list[str]:
    """Markdown: per cent of change in each arm, and Hedges' g of each arm against the control."""
    arms = list(told.randomised)
    others = [arm for arm in arms if arm != told.control]
    truth = told.simulated
    heads = ["measure", "after", *arms, *(f"{arm}: g (95 %)" for arm in others)]
    if truth:
        heads += [f"{arm}: set" for arm in others]
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for contrast in told.contrasts:
        cells = [contrast.title + (" *" if contrast.primary else ""), contrast.point.replace("_", " ")]
        cells += [_percent(arm) for arm in contrast.arms]
        cells += [_effect(one) for one in contrast.differences]
        if truth:
            cells += [_number(one.truth) for one in contrast.differences]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def summary_lines(told: Analysis) -> list[str]:
    """Who took part, and what the table's cells mean."""
    lines = [SIMULATED] if told.simulated else []
    lines.append(f"{told.title} ({told.study}): {told.enrolled} enrolled.")
    lines += [
        f"{arm}: {count} randomised, {told.finished[arm]} finished, {told.withdrawn[arm]} withdrawn."
        for arm, count in told.randomised.items()
    ]
    lines.append(
        f"Cells: change of the mean in per cent (n with both values). g: Hedges' g of the changes against "
        f"{told.control}, in the arm that was drawn. *: the primary contrast."
    )
    if any(one.g is None for contrast in told.contrasts for one in contrast.differences):
        lines.append(f"-: fewer than {FEWEST} with both values in an arm, which say nothing.")
    if told.simulated:
        lines.append("set: the difference in the simulated population; its intervals should hold 19 of 20 of them.")
    return lines


def detail_lines(told: Analysis) -> list[str]:
    """Every contrast with its numbers."""
    return [line for contrast in told.contrasts for line in _details(contrast, told.control)]


def recovered(told: Analysis) -> tuple[int, int]:
    """Simulated studies: in how many differences the interval of g holds what was set, and of how many."""
    known = [one for contrast in told.contrasts for one in contrast.differences if one.truth is not None and one.g_ci]
    held = sum(one.g_ci[0] <= one.truth <= one.g_ci[1] for one in known if one.g_ci and one.truth is not None)
    return held, len(known)


def markdown(told: Analysis, charts: Sequence[tuple[str, str]] = ()) -> str:
    """The whole result as a page. charts: title and file of each."""
    lines = [f"# {told.title}", "", *_paragraphs(summary_lines(told)), "", *headline_table(told), ""]
    for title, file in charts:
        lines += [f"![{title}]({file})", ""]
    lines += [
        "## Every contrast",
        "",
        *(f"- {line}" if line[0] != " " else f"  -{line[1:]}" for line in detail_lines(told)),
    ]
    return "\n".join([*lines, ""])


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        if place:
            yield ""
        yield line


def _details(contrast: Contrast, control: str) -> Iterator[str]:
    kind = "primary" if contrast.primary else "exploratory"
    point = contrast.point.replace("_", " ")
    yield f"{contrast.title}, before to {point} ({kind}; better is {contrast.better.value}):"
    for arm in contrast.arms:
        yield f"  {arm.arm}: {_change(arm)}"
    for one in contrast.differences:
        yield f"  {one.arm} against {control}: {_difference(one)}"
    if contrast.model_note:
        yield f"  Note: {contrast.model_note}."


def _change(arm: ArmChange) -> str:
    missing = arm.randomised - arm.analysed
    told = f"n {arm.analysed} of {arm.randomised}"
    told += f" ({missing} missing)" if missing else ""
    if arm.before is None or arm.after is None:
        return told
    percent = f", {arm.percent:+.1f} %" if arm.percent is not None else ""
    return f"{told}, {arm.before:.2f} to {arm.after:.2f}, change {_with(arm.change, arm.change_ci)}{percent}"


def _difference(one: Difference) -> str:
    if one.difference is None:
        return "too few values"
    parts = [_with(one.difference, one.difference_ci)]
    if one.g is not None:
        parts.append(f"g {_with(one.g, one.g_ci)}")
    if one.p is not None:
        parts.append(f"p {_p(one.p)} by permutation, {_p(one.p_holm)} by Holm")
    if one.model is not None:
        parts.append(f"mixed model {_with(one.model, one.model_ci)}, p {_p(one.model_p)}")
    if one.g_no_change is not None:
        parts.append(f"g with missing as no change {one.g_no_change:+.2f}")
    if one.truth is not None:
        parts.append(f"set {one.truth:+.2f}")
    return "; ".join(parts)


def _with(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "-"
    return _number(value) + (f" ({_number(interval[0])} to {_number(interval[1])})" if interval else "")


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _percent(arm: ArmChange) -> str:
    if arm.percent is None:
        return f"- ({arm.analysed})"
    return f"{arm.percent:+.1f} % ({arm.analysed})"


def _effect(one: Difference) -> str:
    return _with(one.g, one.g_ci)


def _number(value: float | None) -> str:
    # Adding 0.0 takes the sign from a rounded nothing.
    return "-" if value is None else f"{round(value, 2) + 0.0:+.2f}"
