"""What a talk came to, in a few plain sentences: the process counts, not who won."""

from __future__ import annotations

from voice_agent.conversation import Exchange
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import CheckInTime
from voice_agent.rehearsal.talk import Talk


def debrief(talk: Talk) -> list[str]:
    """Sentences for the end of a talk; nothing is said about turns that were taken back."""
    rated = [exchange for exchange in talk.exchanges if exchange.said and exchange.reading is not None]
    if not rated:
        return ["Nothing was rated in this talk."]
    lines = [f"You took {len(rated)} {'turn' if len(rated) == 1 else 'turns'}."]
    used = [skill for skill in Skill if any(_level(one, skill) is Level.STRONG for one in rated)]
    if used:
        lines.append(f"Strong at least once: {', '.join(skill.full_name for skill in used)}.")
    best = max(rated, key=_strength)
    if _strength(best) > 0:
        lines.append(f'Your strongest turn: "{best.said}"')
    steady = sum(_level(one, Skill.MINDFUL) is Level.STRONG for one in rated)
    lines.append(f"You stayed with what you came for in {steady} of {len(rated)}.")
    if len(rated) >= 4:
        half = len(rated) // 2
        before, after = (_mean(part) for part in (rated[:half], rated[-half:]))
        if after > before + 0.5:
            lines.append("The second half was stronger than the first.")
    if talk.advice is not None and talk.advice.words:
        lines.append(f"One thing to try: {talk.advice.skill.full_name}. {talk.advice.words}")
    lines += _feelings(talk.check_ins.get(CheckInTime.START), talk.check_ins.get(CheckInTime.END))
    return lines


def _level(exchange: Exchange, skill: Skill) -> Level:
    return exchange.reading.ratings.level(skill) if exchange.reading is not None else Level.NONE


def _strength(exchange: Exchange) -> int:
    return exchange.reading.ratings.strength if exchange.reading is not None else 0


def _mean(exchanges: list[Exchange]) -> float:
    return sum(_strength(one) for one in exchanges) / len(exchanges)


def _feelings(start: CheckIn | None, end: CheckIn | None) -> list[str]:
    if start is None or end is None:
        return []
    lines = []
    if start.self_efficacy is not None and end.self_efficacy is not None:
        lines.append(f"Confidence: {start.self_efficacy} before, {end.self_efficacy} after.")
    lines += [
        f"{feeling.value.capitalize()}: {before} before, {end.feelings[feeling]} after."
        for feeling, before in start.feelings.items()
        if feeling in end.feelings
    ]
    return lines
