"""Asks a trial's questions: lines for a person, JSON Lines for a program."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from contextlib import suppress
from typing import Any, Protocol

from voice_agent.plain.fitted import fitted
from voice_agent.plain.front import Keyboard


class Interviewer(Protocol):
    """Shows and asks; the answer's meaning is nobody's business here."""

    async def tell(self, words: str) -> None: ...
    async def ask(self, question: str, **facts: Any) -> str | None:
        """The answer's words; None when nobody answers any more. facts: what a program needs to know about it."""
        ...


class PlainInterviewer:
    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    async def tell(self, words: str) -> None:
        print("\n".join(fitted(line) for line in words.splitlines()), flush=True)  # noqa: T201

    async def ask(self, question: str, **facts: Any) -> str | None:
        await self.tell(question)
        return await self._keyboard.line()


class TerminalInterviewer:
    """For questions between rehearsals in the app: reads a line only when it asks, and leaves other keys alone."""

    async def tell(self, words: str) -> None:
        # A paragraph is one line here, however its file breaks it.
        for paragraph in words.split("\n\n"):
            print(fitted(" ".join(paragraph.split())), flush=True)  # noqa: T201

    async def ask(self, question: str, **facts: Any) -> str | None:
        await self.tell(question)
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[str] = loop.create_future()

        def arrived(line: str) -> None:
            if not answered.done():
                answered.set_result(line)

        def read() -> None:
            line = sys.stdin.readline()
            with suppress(RuntimeError):  # the program has ended
                loop.call_soon_threadsafe(arrived, line)

        # A daemon: a blocked read can't be cancelled, and must not hold the program at its end.
        threading.Thread(target=read, name="answer", daemon=True).start()
        line = await answered
        return line.rstrip("\n") if line else None


class JsonInterviewer:
    """`{"study": "question", "question": ..., "low": 1}` out; `{"answer": 4}`, or null for skipped, in."""

    def __init__(self, keyboard: Keyboard) -> None:
        self._keyboard = keyboard

    async def tell(self, words: str) -> None:
        _print({"study": "told", "words": words})

    async def ask(self, question: str, **facts: Any) -> str | None:
        _print({"study": "question", "question": question, **facts})
        while (line := await self._keyboard.line()) is not None:
            try:
                answer = json.loads(line)["answer"]
            except (ValueError, TypeError, KeyError):
                _print({"study": "refused", "words": 'write {"answer": ...}'})
                continue
            return "" if answer is None else str(answer)
        return None


def _print(told: dict[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False), flush=True)  # noqa: T201
