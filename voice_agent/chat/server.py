"""A chat server: streamed answers, bounded waits, and every failure told as one sentence with a cure."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from voice_agent.chat.options import ChatOptions, Message
from voice_agent.chat.thoughts import Thoughts
from voice_agent.errors import EngineError
from voice_agent.servers.faults import PassingError, backoff_s, told
from voice_agent.worker import under_way

KEEP_ALIVE_S = 300.0
"""An unused connection stays open this long: turns in a hard talk may lie minutes apart."""
LONGEST_ANSWER_CHARS = 20_000
"""A server that babbles on is cut off here."""
_ENDS = re.compile(r"[.!?\u2026\"'\u201d\u2019)}\]*`]\s*$")
"""A connection that was cut looks like an end; an answer without either sign of one was cut."""


class ChatServer:
    """One server and model. Use from one event loop."""

    def __init__(self, options: ChatOptions, *, component: str) -> None:
        """component: the stage that asks, for messages. Raises UserError when a needed key is missing."""
        self.options = options
        self._component = component
        self._key = options.key()
        self._client: Any = None

    async def warm(self) -> None:
        """Load the client (half a second, on a thread)."""
        await asyncio.to_thread(self.load)

    def load(self) -> Any:
        """The client, loaded at the first call: half a second."""
        if self._client is None:
            import httpx2
            from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # 0.5 s

            # Retries are ours: the client's own would also repeat an answer that has begun.
            self._client = AsyncOpenAI(
                api_key=self._key,
                base_url=self.options.address,
                max_retries=0,
                timeout=self.options.whole_s,
                # Kept open between turns: a new connection costs one to three round trips.
                http_client=DefaultAsyncHttpxClient(limits=httpx2.Limits(keepalive_expiry=KEEP_ALIVE_S)),
            )
        return self._client

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[str, None]:
        """Pieces of text as they come. schema: a JSON schema that the answer has to fit, where the server can.

        Raises EngineError with a cure for anything that goes wrong; a try is repeated only while nothing has come.
        """
        for attempt in range(self.options.retries + 1):
            began = False
            try:
                async for piece in self._once(messages, max_tokens, schema, seed):
                    began = True
                    yield piece
            except EngineError as error:
                if began or attempt == self.options.retries or not isinstance(error, PassingError):
                    raise EngineError(error.component, error.cause, cure=error.cure) from error
                with under_way():
                    await asyncio.sleep(backoff_s(attempt))
            else:
                return

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> str:
        """The whole answer. Raises EngineError."""
        return "".join(
            [piece async for piece in self.stream(messages, max_tokens=max_tokens, schema=schema, seed=seed)]
        )

    async def models(self) -> list[str]:
        """Names of the server's models; none where it answers and does not tell. Raises EngineError."""
        await self.warm()
        try:
            async with asyncio.timeout(self.options.first_token_s):
                return [str(model.id) async for model in self._client.models.list()]
        except TimeoutError as error:
            cause, cure = f"{self.options.host} did not answer in time", "check the server"
            raise EngineError(self._component, cause, cure=cure) from error
        except Exception as error:
            if getattr(error, "status_code", None) in (404, 405, 501):
                return []
            raise told(error, self._component, self.options, self.options.model_name) from error

    async def close(self) -> None:
        if self._client is not None:
            with suppress(Exception):
                await self._client.close()

    async def _once(
        self, messages: Sequence[Message], max_tokens: int, schema: Mapping[str, Any] | None, seed: int | None
    ) -> AsyncGenerator[str, None]:
        options = self.options
        if self._client is None:
            await self.warm()
        request: dict[str, Any] = {
            "model": options.model_name,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": options.temperature,
            "stream": True,
        }
        if schema is not None:
            request["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(schema), "strict": True},
            }
        if seed is not None:
            request["seed"] = seed
        stream: Any = None
        total, last, finished, thoughts = 0, "", False, Thoughts()
        deadline = asyncio.get_running_loop().time() + options.whole_s
        try:
            async with asyncio.timeout_at(deadline):
                with under_way():
                    async with asyncio.timeout(options.first_token_s):
                        stream = await self._client.chat.completions.create(**request)
                        pieces = stream.__aiter__()
                        piece = await _next_piece(pieces)
                while piece is not None:
                    text, ends = piece
                    text, finished = thoughts.without(text), finished or ends
                    total += len(text)
                    if text:
                        last = text
                        yield text
                    if total + thoughts.chars > LONGEST_ANSWER_CHARS:
                        return
                    with under_way():
                        async with asyncio.timeout(options.next_token_s):
                            piece = await _next_piece(pieces)
                if rest := thoughts.rest():
                    total, last = total + len(rest), rest
                    yield rest
            if thoughts.chars and not total:
                raise EngineError(
                    self._component,
                    f"{options.model_name} thought aloud and gave no answer",
                    cure="turn its thinking off, or choose a model that answers at once",
                )
            if total and not finished and not _ENDS.search(last):
                raise PassingError(
                    self._component, f"{options.host} broke off its answer", cure="check the server, or try again"
                )
            if not total:
                raise PassingError(self._component, f"{options.host} sent an empty answer", cure="try again")
        except TimeoutError as error:
            what = "stopped in the middle of its answer" if total else "did not answer in time"
            raise PassingError(
                self._component, f"{options.host} {what}", cure="check the server, or choose a faster model"
            ) from error
        except EngineError:
            raise
        except Exception as error:
            raise told(error, self._component, options, options.model_name) from error
        finally:
            if stream is not None:
                with suppress(Exception), under_way():
                    await stream.close()


async def _next_piece(pieces: Any) -> tuple[str, bool] | None:
    """The next piece's text, empty when it holds none, and whether it ends the answer; None when none comes."""
    try:
        chunk = await anext(pieces)
    except StopAsyncIteration:
        return None
    choices = getattr(chunk, "choices", None)
    if not choices:
        return "", False
    content = getattr(choices[0].delta, "content", None)
    return content if isinstance(content, str) else "", bool(getattr(choices[0], "finish_reason", None))
