"""A turn outside a rehearsal, rated once, with one suggestion: a sentence or two, so that it can be heard."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from voice_agent.advice import Advice
from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError
from voice_agent.feedback.protocols import AdvisedTurn, Advisor, RatedTurn, Rater
from voice_agent.scenario import Scenario
from voice_agent.worker import in_thread


class BriefFeedback:
    """Rater and advisor of this machine."""

    def __init__(self, rater: Rater, advisor: Advisor | None) -> None:
        self._rater = rater
        self._advisor = advisor

    async def read(
        self, said: str, partner_line: str, scenario: Scenario | None, earlier: Sequence[str] = ()
    ) -> Reading:
        return await in_thread(self.rate, said, partner_line, scenario, earlier)

    def rate(self, said: str, partner_line: str, scenario: Scenario | None, earlier: Sequence[str] = ()) -> Reading:
        """Blocking, about 10 ms."""
        turn = RatedTurn(said=said, partner_line=partner_line, earlier=tuple(earlier), scenario=scenario)
        return self._rater.read(turn)

    async def advise(
        self, said: str, partner_line: str, scenario: Scenario | None, reading: Reading
    ) -> Advice | None:
        """None when there is no advisor or it failed."""
        if self._advisor is None:
            return None
        turn = AdvisedTurn(said=said, partner_line=partner_line, scenario=scenario, reading=reading)
        last: Advice | None = None
        try:
            async with aclosing(self._advisor.advise(turn)) as arriving:
                async for advice in arriving:
                    last = advice
        except EngineError:
            return None
        return last


def brief(reading: Reading, advice: Advice | None) -> list[str]:
    """What was strong, and one thing that would help."""
    strong = [skill.full_name for skill in Skill if reading.ratings.level(skill) is Level.STRONG]
    lines = [f"Strong: {', '.join(strong)}." if strong else "Nothing was strong in it yet."]
    if advice is not None:
        lines.append(f"{advice.skill.full_name}: {advice.reason}")
        if advice.words:
            lines.append(f"You could say: {advice.words}")
    return lines
