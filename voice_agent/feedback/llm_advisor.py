"""The advisor on a chat server: IMBUE's method, streamed and checked; the local advice stands when it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec

from voice_agent.advice import Advice, Example
from voice_agent.annotation import Demonstration
from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.server import ChatServer
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError
from voice_agent.feedback import phrases
from voice_agent.feedback.bank import Bank
from voice_agent.feedback.choosing import skills_to_advise
from voice_agent.feedback.llm_answers import AnswerError, LlmAdvice, parse_advice, so_far
from voice_agent.feedback.llm_checks import check_advice
from voice_agent.feedback.llm_prompts import ADVICE_TOKENS, UNKNOWN, advice_prompt, advice_schema, situation_of
from voice_agent.feedback.protocols import AdvisedTurn
from voice_agent.feedback.rater_input import plain
from voice_agent.feedback.user_bank import whole_bank
from voice_agent.registry import EngineSpec
from voice_agent.worker import Worker

_NEAREST = 2
"""Pairs of each kind, (strong, weak) and (strong, none), for the skill at hand."""


class LlmAdvisor:
    """See `Advisor`."""

    def __init__(self, server: ChatServer, bank: Bank) -> None:
        self._server = server
        self._bank = bank
        self._worker = Worker("advisor-retrieval")
        self.name = f"openai {server.options.model_name}"

    async def advise(self, turn: AdvisedTurn) -> AsyncGenerator[Advice, None]:
        skill = skills_to_advise(turn.reading, turn.declared)[0]
        pairs = await self._worker.run(self._demonstrations, turn, skill)
        messages = advice_prompt(
            situation_of(turn.scenario) if turn.scenario else turn.situation or UNKNOWN,
            turn.partner_line,
            turn.said,
            earlier=turn.earlier,
            local=turn.reading,
            declared=turn.declared,
            avoid=turn.last.words if turn.last else "",
            demonstrations=pairs,
        )
        whole = ""
        async for piece in self._server.stream(messages, max_tokens=ADVICE_TOKENS, schema=advice_schema()):
            whole += piece
            reason, words = so_far(whole)
            if reason:
                yield Advice(skill=skill, reason=reason, words=words, source=self.name)
        try:
            found = _usable(whole, turn)
        except AnswerError as first:
            found = await self._again(messages, whole, first, turn)
        yield self._advice(turn, found, pairs)

    async def _again(self, messages: list[Message], answer: str, why: AnswerError, turn: AdvisedTurn) -> LlmAdvice:
        """The one retry, with what was wrong. Raises EngineError."""
        messages = [
            *messages,
            Message("assistant", answer[:2000]),
            Message("user", f"That can't be used: {why}. Answer again with the JSON object alone."),
        ]
        answer = await self._server.complete(messages, max_tokens=ADVICE_TOKENS, schema=advice_schema())
        try:
            return _usable(answer, turn)
        except AnswerError as error:
            raise EngineError(
                "advisor",
                f"the model {self._server.options.model_name} gave no usable advice ({error})",
                cure="choose a model that follows a JSON schema",
            ) from error

    def _demonstrations(self, turn: AdvisedTurn, skill: Skill) -> tuple[Demonstration, ...]:
        return tuple(
            pair
            for level in (Level.WEAK, Level.NONE)
            for pair in self._bank.nearest(turn.said, turn.partner_line, skill=skill, level=level, most=_NEAREST)
        )

    def _advice(self, turn: AdvisedTurn, found: LlmAdvice, pairs: tuple[Demonstration, ...]) -> Advice:
        pair = next((pair for pair in pairs if pair.skill is found.skill), None)
        reading = None
        if not phrases.ORDERS_TO_A_MODEL.search(plain(turn.said)):  # then its ratings are not taken
            reading = found.reading(turn.reading.acts, self.name)
        return Advice(
            skill=found.skill,
            reason=found.reason,
            words=found.words,
            source=self.name,
            example=Example(id=pair.id, weaker=pair.weaker, stronger=pair.stronger, why=pair.why) if pair else None,
            reading=reading,
        )

    async def close(self) -> None:
        self._worker.close()
        await self._server.close()


def _usable(answer: str, turn: AdvisedTurn) -> LlmAdvice:
    """Raises AnswerError."""
    advice = parse_advice(answer)
    check_advice(advice, turn)
    return advice


class LlmAdvisorOptions(ChatOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of `ChatOptions`, and how examples are found."""

    embeddings: str = ""
    """Model of sentence-transformers that finds examples, by name or folder (extra `embeddings`); empty: the rater's
    own network."""


def _open(options: LlmAdvisorOptions) -> LlmAdvisor:
    options = msgspec.structs.replace(options, temperature=min(options.temperature, 0.3))
    return LlmAdvisor(ChatServer(options, component="advisor"), whole_bank(options.embeddings))


SPEC = EngineSpec(options=LlmAdvisorOptions, open=_open, leaves_machine=True)
