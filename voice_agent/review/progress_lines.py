"""Progress as lines of plain text, with small Unicode charts where they can be seen; the numbers are always told."""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.dearman import Skill
from voice_agent.review.progress import Progress, Transfer
from voice_agent.review.spacing import days_ago

_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
MOST_SITUATIONS = 12
FEW = 3
MOST_REAL = 5
MOST_DRAWN = 12
"""Columns that leave room for the words beside them in a terminal of eighty."""
_PLACE = {skill: place for place, skill in enumerate(Skill)}


def spark(shares: Sequence[float | None]) -> str:
    """A column for each share in [0, 1]; a dot where there is none."""
    return "".join(
        "\u00b7" if share is None else _BARS[min(len(_BARS) - 1, int(share * len(_BARS)))] for share in shares
    )


def _length(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} hours"
    minutes = round(hours * 60)
    if not minutes:
        return "less than a minute"
    return f"{minutes} {_plural('minute', minutes)}"


def progress_lines(told: Progress, *, charts: bool = True) -> list[str]:
    """An empty line stands before each heading."""
    if not told.sessions:
        return ["No rehearsals with rated turns yet.", *_real_talks(told), *_offers(told)]
    practised = sum(bool(count) for count in told.weeks)
    lines = [
        f"{told.sessions} {_plural('rehearsal', told.sessions)}, {told.turns} first tries in your own words,"
        f" {_length(told.hours)}.",
        f"You practised in {practised} of the last {len(told.weeks)} weeks"
        + (f" {''.join(_BARS[min(7, 2 * count)] if count else '·' for count in told.weeks)}." if charts else "."),
    ]
    lines += ["", f"Skills, weakest first: how often strong, by {told.period.value}", *_skills(told, charts=charts)]
    lines += _confidence(told, charts=charts)
    lines += ["", "Situations"]
    for one in told.situations[:MOST_SITUATIONS]:
        drawn = f"  {spark(one.shares)}" if charts and one.shares else ""
        trend = f", strong ratings {_from_to(one.shares)}" if one.shares else ""
        lines.append(
            f"{one.title}: {one.times} {_plural('time', one.times)}, last {days_ago(one.last_days)} at difficulty "
            f"{one.difficulty}{trend}.{drawn}"
        )
    if len(told.situations) > MOST_SITUATIONS:
        lines.append(f"And {len(told.situations) - MOST_SITUATIONS} more; --json tells them all.")
    if told.transfers:
        lines += ["", "First contact with harder situations (skill, confidence and feelings apart)"]
        for transfer in told.transfers[-5:]:
            lines += _transfer(transfer)
        if len(told.transfers) < FEW:
            lines.append("A talk or two say little; several say more.")
    return [*lines, *_real_talks(told), *_offers(told)]


def _skills(told: Progress, *, charts: bool) -> list[str]:
    width = max(len(skill.full_name) for skill in Skill)
    lines = []
    for state in told.skills:
        place = _PLACE[state.skill]
        shares = [one.strong[place] / one.turns if one.turns else None for one in told.stretches]
        drawn = f"{spark(shares[-MOST_DRAWN:])}  " if charts else ""
        known = [share for share in shares if share is not None]
        due = "; due" if state.is_due else ""
        lines.append(f"{state.skill.full_name:<{width}}  {drawn}{_from_to(known)}; {state.short}{due}")
    return lines


def _confidence(told: Progress, *, charts: bool) -> list[str]:
    after = [one.confidence_after for one in told.stretches]
    known = [value for value in after if value is not None]
    if not known:
        return []
    first, last = f"{known[0]:.0f}", f"{known[-1]:.0f}"
    drawn = f" {spark([None if value is None else value / 100 for value in after])}" if charts else ""
    moved = [
        one.confidence_after - one.confidence_before
        for one in told.stretches
        if one.confidence_after is not None and one.confidence_before is not None
    ]
    change = f" Within a talk it moved by {sum(moved) / len(moved):+.0f} on average." if moved else ""
    return [
        "",
        "Confidence after a talk",
        f"{first} of 100.{drawn}{change}" if first == last else f"From {first} to {last} of 100.{drawn}{change}",
    ]


def _transfer(one: Transfer) -> list[str]:
    before = "" if one.skill_before is None else f", {one.skill_before:.0%} in the sessions before"
    lines = [
        f"{one.date}, {one.title}, difficulty {one.difficulty}, {one.turns} first tries:",
        f"  Skill: {one.skill:.0%} of ratings strong{before}.",
    ]
    start, end = one.confidence
    if start is not None or end is not None:
        lines.append(f"  Confidence: {_told(start)} before, {_told(end)} after.")
    if one.feelings:
        lines.append(f"  Feelings: {one.feelings}.")
    return lines


def _real_talks(told: Progress) -> list[str]:
    """Apart from everything above: told from memory, and no exercise."""
    if not told.real_talks:
        return []
    lines = ["", "Real talks (told afterwards, from memory; apart from rehearsals)"]
    for one in told.real_talks[-MOST_REAL:]:
        before = f"after {one.rehearsals} {_plural('rehearsal', one.rehearsals)}" if one.rehearsals else "unrehearsed"
        lines.append(f"{one.date}, {one.title}, with {one.partner}, {before}.")
        if one.share is not None:
            lines.append(f"  Skill: {one.share:.0%} of ratings strong in {one.turns} {_plural('turn', one.turns)}.")
        if one.confidence is not None:
            lines.append(f"  Confidence for another one: {one.confidence} of 100.")
        if one.feelings:
            lines.append(f"  Feelings: {one.feelings}.")
    if len(told.real_talks) > MOST_REAL:
        lines.append(f"And {len(told.real_talks) - MOST_REAL} more; see `voice-agent diary list`.")
    return lines


def _offers(told: Progress) -> list[str]:
    if not told.offers:
        return []
    lines = ["", "You could practise next (it is your choice)"]
    for number, offer in enumerate(told.offers, start=1):
        skill = f", with an eye on {offer.skill.full_name}" if offer.skill is not None else ""
        lines.append(f"{number}. {offer.title}, difficulty {offer.difficulty} of 5{skill}.")
        lines.append(f"   Why: {'; '.join(offer.why)}.")
        lines.append(f"   {offer.command}")
    return lines


def _from_to(shares: Sequence[float]) -> str:
    if not shares:
        return "not tried"
    first, last = f"{shares[0]:.0%}", f"{shares[-1]:.0%}"
    return first if first == last else f"{first} to {last}"


def _told(value: int | None) -> str:
    return "not told" if value is None else str(value)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
