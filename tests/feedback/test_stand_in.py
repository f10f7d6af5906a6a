"""An advisor that fails is replaced by the one behind it, and is left alone after three failures in a row."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from voice_agent.advice import Advice
from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.errors import EngineError
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.feedback.stand_in import MOST_FAILURES, WithStandIn

READING = Reading(
    ratings=Ratings.from_levels(dict.fromkeys(Skill, Level.NONE)),
    acts=(Act.UNCLEAR,),
    next_skill=Skill.DESCRIBE,
    rater="t",
)
TURN = AdvisedTurn(said="no", partner_line="", reading=READING)


class Named:
    """Says its own name; fails half way as often as it is told to."""

    def __init__(self, name: str, fails: int = 0) -> None:
        self.name = name
        self.asked = 0
        self._fails = fails

    async def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        self.asked += 1
        yield Advice(skill=Skill.ASSERT, reason=f'"{turn.said}"', words="", source=self.name)
        if self.asked <= self._fails:
            raise EngineError("advisor", "the server broke off", cure="check the server")

    async def close(self) -> None:
        pass


async def last_of(advisor: WithStandIn) -> str:
    return [advice.source async for advice in advisor.advise(TURN)][-1]


async def test_the_second_stands_in_and_the_first_is_asked_again() -> None:
    told: list[str] = []
    advisor = WithStandIn(Named("server", fails=1), Named("local"), lambda error, done: told.append(done))
    assert [await last_of(advisor) for _ in range(2)] == ["local", "server"]
    assert told == ["The local advice stands."]


async def test_a_server_that_always_fails_is_left_alone() -> None:
    told: list[str] = []
    server = Named("server", fails=99)
    advisor = WithStandIn(server, Named("local"), lambda error, done: told.append(done))
    assert [await last_of(advisor) for _ in range(6)] == ["local"] * 6
    assert server.asked == len(told) == MOST_FAILURES
    assert told[-1] == "The local advice is used from now on."


async def test_where_both_fail_there_is_no_advice_and_no_error() -> None:
    told: list[str] = []
    advisor = WithStandIn(Named("server", fails=1), Named("local", fails=9), lambda error, done: told.append(done))
    assert [advice async for advice in advisor.advise(TURN)]
    assert told == ["The local advice stands.", "There is no advice on this turn."]
