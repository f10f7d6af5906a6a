"""Timing as part of the role: a partner that hesitates before it answers, by its mood.

From about 0.7 s of silence on a listener expects a refusal (Kendrick and Torreira 2015, *The timing and construction
of preference*), so a partner who is shut takes longer and one who has softened answers at once. The figures are ours.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from voice_agent.clock import Clock
from voice_agent.conversation import Moment, PartnerEmotion, ReplyPart, Stance, StanceBand
from voice_agent.partner.protocols import Partner

_PAUSES_S = {StanceBand.HARD: 0.5, StanceBand.WARY: 0.2, StanceBand.SOFT: 0.0}
_HURT_S = 0.4
"""More than the band's."""


def pause_before_s(stance: Stance) -> float:
    """Seconds between being asked and answering, at least; 0.0 to 0.9. Anger and warmth don't hesitate."""
    if stance.emotion in (PartnerEmotion.ANGRY, PartnerEmotion.IRRITATED, PartnerEmotion.WARM):
        return 0.0
    return _PAUSES_S[stance.band] + (_HURT_S if stance.emotion is PartnerEmotion.HURT else 0.0)


class PausingPartner:
    """See `Partner`: another one, whose first words are held back. What it says is made meanwhile."""

    def __init__(self, partner: Partner, clock: Clock) -> None:
        self._partner = partner
        self._clock = clock
        self.name = partner.name

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        due_s = self._clock.now_s() + pause_before_s(moment.stance)
        async with aclosing(self._partner.reply(moment)) as parts:
            async for part in parts:
                if (left_s := due_s - self._clock.now_s()) > 0:
                    await self._clock.sleep(left_s)
                yield part

    async def close(self) -> None:
        await self._partner.close()
