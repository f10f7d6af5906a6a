"""What a chat server is told of the talk so far, within a budget: the recent turns word for word, the rest in short.

The turns that are told in short grow by several at once, so that the beginning of a request stays the same for some
turns and a server can keep it.
"""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.chat.options import Message
from voice_agent.conversation import Act, Exchange
from voice_agent.dearman import Level, Skill

BUDGET_CHARS = 6_000
"""Of the turns told word for word: some 1,500 tokens."""
SUMMARY_CHARS = 1_200
"""Of the older turns: some 300 tokens."""
FEWEST_EXCHANGES = 8
STEP = 4
"""Exchanges that leave the verbatim part at once."""
LONGEST_TURN_CHARS = 1_200
LONGEST_OLDER_CHARS = 160
CUT = "--"
"""Ends an answer that the learner broke into: only what stands before it was heard."""

_COUNTS = frozenset((Act.DESCRIBE, Act.OFFER, Act.AGREE, Act.CONCEDE, Act.REFUSE, Act.REQUEST, Act.ANSWER))
"""Acts of a turn that the other person would remember."""


def remembered(history: Sequence[Exchange]) -> list[Message]:
    """The talk so far as messages; empty at its beginning."""
    told_short = _told_short(history)
    messages = [Message("system", _summary(history[:told_short]))] if told_short else []
    for exchange in history[told_short:]:
        if exchange.said:
            messages.append(Message("user", exchange.said[:LONGEST_TURN_CHARS]))
        if exchange.answer:
            heard = f"{exchange.answer} {CUT}" if exchange.was_cut else exchange.answer
            messages.append(Message("assistant", heard))
    return messages


def _told_short(history: Sequence[Exchange]) -> int:
    """How many of the oldest exchanges are told in short: a multiple of `STEP`."""
    count = max(0, (len(history) - FEWEST_EXCHANGES) // STEP * STEP)
    while count + STEP < len(history) and sum(map(_length, history[count:])) > BUDGET_CHARS:
        count += STEP
    return count


def _length(exchange: Exchange) -> int:
    return min(len(exchange.said), LONGEST_TURN_CHARS) + len(exchange.answer)


def _summary(older: Sequence[Exchange]) -> str:
    """The learner's facts first, then requests and offers, then as much of the rest as there is room for."""
    weight = {place: _keeps(exchange) for place, exchange in enumerate(older) if exchange.said}
    kept, left = set[int](), SUMMARY_CHARS
    for place in sorted(weight, key=lambda place: (weight[place], place), reverse=True):
        length = len(_short(older[place]))
        if length <= left:
            kept.add(place)
            left -= length
    lines = [_short(older[place]) for place in sorted(kept)]
    return "Earlier in this talk, in short; what the other person told you stays true:\n" + "\n".join(lines)


def _keeps(exchange: Exchange) -> int:
    """2: it holds a fact; 1: a request, an offer or the like; 0: neither, or not known."""
    reading = exchange.reading
    if reading is None:
        return 0
    if reading.ratings.level(Skill.DESCRIBE) is Level.STRONG or Act.DESCRIBE in reading.acts:
        return 2
    return int(bool(_COUNTS & set(reading.acts)))


def _short(exchange: Exchange) -> str:
    answer = f" You answered: {_cut(exchange.answer)}" if exchange.answer else ""
    return f"- They said: {_cut(exchange.said)}{answer}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_OLDER_CHARS else line[:LONGEST_OLDER_CHARS].rsplit(" ", 1)[0] + " ..."
