"""A report as Markdown."""

from __future__ import annotations

import re

from voice_agent.dearman import Skill
from voice_agent.review.debrief import Moment
from voice_agent.review.debrief_lines import revealed_lines
from voice_agent.review.report import Report

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&!])")


def markdown(report: Report) -> str:
    """Headings, tables and quotations; what was said is escaped, so that it is read as it was said."""
    told = report.debrief
    when = report.began.astimezone().strftime("%Y-%m-%d %H:%M")
    lines = [
        f"# {text(told.title)}",
        "",
        f"With {text(told.partner)}, {text(report.relationship)}. {when}. Difficulty {told.difficulty} of 5.",
        "",
        text(report.summary),
        "",
        f"Goal: {text(told.goal)}",
        "",
        text(told.narrative),
    ]
    if told.skills:
        lines += ["", "## Skills", "", "| skill | strong in | of turns |", "| --- | --- | --- |"]
        lines += [f"| {one.skill.full_name} | {one.strong} | {told.turns} |" for one in told.skills]
    if told.moved:
        lines += ["", "## Before and after", "", "| what | before | after | scale |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {one.name} | {_number(one.before)} | {_number(one.after)} | 0 to {one.most} |" for one in told.moved
        ]
    for title, moment in (("Best turn", told.best), ("The turn to try again", told.again)):
        if moment is not None:
            lines += ["", f"## {title}", "", *_moment(moment, told.partner)]
    if told.takes:
        lines += ["", "## Takes side by side"]
        for compared in told.takes:
            lines += ["", *(_take(number, take.said, take.partner) for number, take in enumerate(compared.takes, 1))]
            lines += ["", text(compared.sentence)]
    if told.voice:
        lines += ["", "## Voice", ""]
        lines += [
            f"- {one.name} ({one.unit}): {', '.join(f'{v:g}' for v in one.values)}; {one.sentence}"
            for one in told.voice
        ]
    if told.next_time is not None:
        lines += ["", "## One thing for next time", "", text(told.next_time.sentence)]
        if told.next_time.words:
            lines += ["", f"> {text(told.next_time.words)}"]
    if told.revealed is not None:
        lines += _revealed(revealed_lines(told.revealed, report.guesses))
    lines += ["", "## The talk", ""]
    if report.opening:
        lines += [f"**{text(told.partner)}:** {text(report.opening)}", ""]
    for turn in report.turns:
        note = f" *({text(turn.note)})*" if turn.note else ""
        lines += [f"**You, turn {turn.turn}:** {text(turn.said)}{note}", ""]
        if turn.levels:
            lines += [", ".join(f"{Skill(skill).full_name} {level.word}" for skill, level in turn.levels.items()), ""]
        if turn.words:
            lines += [f"> You could say: {text(turn.words)}", ""]
        if turn.answer:
            lines += [f"**{text(told.partner)}:** {text(turn.answer)}", ""]
    if report.check_ins:
        lines += ["## Check-ins", "", *(f"- {text(line)}" for line in report.check_ins), ""]
    lines.append("Ratings are a program's, not a clinician's.")
    return "\n".join(lines) + "\n"


def text(words: str) -> str:
    """Free text as Markdown shows it: one line, nothing in it is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))


def _moment(moment: Moment, partner: str) -> list[str]:
    lines = [f"> {text(partner)}: {text(moment.partner_line)}", ">"] if moment.partner_line else []
    lines += [f"> You: {text(moment.said)}", "", text(moment.why)]
    if moment.words:
        lines += ["", f"Better: {text(moment.words)}"]
    return lines


def _take(number: int, said: str, partner: str) -> str:
    return f"{number}. {text(said)} ({partner})"


def _number(value: int | None) -> str:
    return "not named" if value is None else str(value)


def _revealed(told: list[str]) -> list[str]:
    """Lines in which one after an empty line is a heading; the partner's thoughts turn by turn under theirs."""
    lines: list[str] = []
    is_heading = False
    for one in told:
        if is_heading:
            level = "###" if one.startswith("Turn ") else "##"
            if lines and not lines[-1]:
                lines.pop()
            lines += ["", f"{level} {text(one)}", ""]
        elif one:
            lines.append(f"- {text(one)}")
        is_heading = not one
    return lines
