"""The partner on a chat server, kept in role; any OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.server import ChatServer
from voice_agent.conversation import Act, Moment, Move, ReplyPart, StanceBand
from voice_agent.errors import EngineError
from voice_agent.partner.labels import Labels
from voice_agent.partner.llm_guard import Guard
from voice_agent.partner.llm_prompt import ANSWER_TOKENS, messages, untold
from voice_agent.partner.pledges import Pledges
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.registry import EngineSpec
from voice_agent.scenario import Scenario

FIRST_SENTENCE_S = 12.0
"""Of an answer, over all tries: longer, nobody waits in a talk, and the rehearsal gives it up at 20 s."""
TRIES = 2
"""An answer of which nothing may be spoken is asked for once more, with what was wrong."""


class LlmPartner:
    """See `Partner`. Asked in earnest whether it is real, the authored lines answer: a model might deny it."""

    def __init__(self, server: ChatServer, scenario: Scenario, authored: RepertoryPartner) -> None:
        self._server = server
        self._scenario = scenario
        self._authored = authored
        self._labels = Labels(scenario.partner.name, scenario.partner.relationship)
        self._pledges = Pledges(scenario)
        self.name = f"openai {server.options.model_name}"

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        if moment.reading.acts[0] is Act.ASKS_IF_REAL:
            async for part in self._authored.reply(moment):
                yield part
            return
        asked = messages(self._scenario, moment)
        gives_way = _may_give_way(moment)
        told = untold(self._scenario, moment, may_give_way=gives_way)
        name, left_out, spoke = self._scenario.partner.name, set[str](), False
        deadline = asyncio.get_running_loop().time() + FIRST_SENTENCE_S
        for _ in range(TRIES):
            guard = Guard(
                name,
                moment.already_said,
                may_give_way=gives_way,
                told=told,
                labels=self._labels,
                pledges=self._pledges,
            )
            async with aclosing(self._sentences(guard, asked, moment.seed)) as sentences:
                while (sentence := await _next_before(sentences, None if spoke else deadline)) is not None:
                    spoke = True
                    yield ReplyPart(text=sentence)
            if spoke:
                return
            left_out |= set(guard.refused)
            if not guard.refused:
                break
            why = ", ".join(sorted(left_out))
            asked = [*asked, Message("system", f"Nothing of your answer can be spoken ({why}). Answer anew.")]
        raise EngineError(
            "partner",
            f"{self._server.options.model_name} wrote nothing that {name} says "
            f"({', '.join(sorted(left_out)) or 'no words'})",
            cure="choose another model",
        )

    async def _sentences(self, guard: Guard, asked: list[Message], seed: int) -> AsyncGenerator[str, None]:
        """What the guard lets through of one answer."""
        pieces = self._server.stream(asked, max_tokens=ANSWER_TOKENS, seed=seed % 2**31)
        async with aclosing(pieces):
            async for piece in pieces:
                for sentence in guard.feed(piece):
                    yield sentence
                if guard.is_done:
                    return
        for sentence in guard.finish():
            yield sentence

    async def close(self) -> None:
        await self._server.close()


async def _next_before(sentences: AsyncGenerator[str, None], deadline: float | None) -> str | None:
    """The next sentence, None at the end. Raises EngineError when none comes before the deadline."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(sentences, None)
    except TimeoutError as error:
        cause = f"no sentence came within {FIRST_SENTENCE_S:.0f} s"
        raise EngineError("partner", cause, cure="choose a faster model") from error


def _may_give_way(moment: Moment) -> bool:
    return moment.stance.band is StanceBand.SOFT or moment.wanted_move in (Move.AGREE, Move.HALF_AGREE)


class LlmPartnerOptions(ChatOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `ChatOptions`, and what happens when the server fails."""

    stand_in: bool = True
    """Whether the authored partner answers in the same role then; else the turn waits to be said again."""


def _open(options: LlmPartnerOptions, scenario: Scenario) -> LlmPartner:
    server = ChatServer(options, component="partner")
    # Here, off the event loop, and not while the learner waits for the first answer.
    server.load()
    return LlmPartner(server, scenario, RepertoryPartner(scenario, shared_lines()))


SPEC = EngineSpec(options=LlmPartnerOptions, open=_open, leaves_machine=True)
