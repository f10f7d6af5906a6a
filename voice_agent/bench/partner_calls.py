"""Counts what a partner is asked: a call whose reply nobody heard is a wasted one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from voice_agent.clock import Clock
from voice_agent.conversation import Moment, ReplyPart
from voice_agent.partner.protocols import Partner
from voice_agent.text import clean


@dataclass(slots=True)
class PartnerCall:
    """One reply that was asked for."""

    at_s: float
    """By the clock."""
    said: str
    text: str = ""
    """As far as it came."""
    ended_early: bool = False
    """Closed or failed before its end."""
    was_heard: bool = False
    """A sentence of it has begun to sound."""


class CountedPartner:
    """See `Partner`: another one, with a list of what it was asked."""

    def __init__(self, partner: Partner, clock: Clock) -> None:
        self._partner = partner
        self._clock = clock
        self.name = partner.name
        self.calls: list[PartnerCall] = []

    def __getattr__(self, name: str) -> Any:
        """What a partner can do beside the Protocol (warming up, say) it can still do."""
        return getattr(self._partner, name)

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        call = PartnerCall(self._clock.now_s(), moment.said, ended_early=True)
        self.calls.append(call)
        async with aclosing(self._partner.reply(moment)) as parts:
            async for part in parts:
                call.text += part.text
                yield part
        call.ended_early = False

    async def close(self) -> None:
        await self._partner.close()

    def sounded(self, sentence: str) -> None:
        """A sentence began to sound: the newest call that holds it was heard."""
        for call in reversed(self.calls):
            if clean(sentence) in clean(call.text):
                call.was_heard = True
                return
