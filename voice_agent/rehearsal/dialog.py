"""Questions one after another, by keys or by voice: what comes before and after a real talk is asked through this."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from voice_agent.clock import Clock
from voice_agent.rehearsal.breathing import IN_S, OUT_S, BreathTone
from voice_agent.rehearsal.voice_dialog import VoiceDialog
from voice_agent.speech.spoken_command import OPENING_WORD, Asked
from voice_agent.spoken_numbers import with_digits
from voice_agent.text import sentence

YES, NO = "yes", "no"
_LEFT_OUT = frozenset(("skip", "skip it", "skip that", "leave it out", "leave", "pass", "next"))
_AGAIN = frozenset(("again", "say that again", "repeat"))
_NUMBERS = {word: place for place, word in enumerate(("one", "two", "three", "four", "five", "six", "seven"))}


class Dialog(Protocol):
    """One learner, one question at a time. Nothing has to be answered."""

    async def tell(self, *lines: str) -> None: ...

    async def ask(self, question: str, choices: Sequence[str] = (), *, kind: Asked | None = None) -> str:
        """The answer; one of the choices, or own words in its place. Empty when it was left out.

        kind: what is listened for, where the answer is spoken. Raises EngineError when the microphone is lost.
        """
        ...

    async def breathe(self, seconds: int) -> None:
        """Pace the breath for whole breaths, at most so long."""
        ...


class SpokenDialog:
    """By voice alone; everything is shown as well."""

    def __init__(self, voice: VoiceDialog, show: Callable[[str], None]) -> None:
        self._voice = voice
        self._show = show
        self._told_skip = False

    async def tell(self, *lines: str) -> None:
        for line in lines:
            self._show(line)
        await self._voice.say(" ".join(line for line in lines if line))

    async def ask(self, question: str, choices: Sequence[str] = (), *, kind: Asked | None = None) -> str:
        how = ""
        if _is_yes_no(choices):
            how = "Say yes or no."
        elif choices:
            numbered = " ".join(f"{number}: {sentence(words)}" for number, words in enumerate(choices, start=1))
            how = f"{numbered} Say a number, or your own words."
        if not self._told_skip:
            how += " To leave a question out, say: skip."
            self._told_skip = True
        asked = f"{question} {how}".strip()
        self._show(asked)
        while True:
            answer = await self._voice.ask(asked, Asked.CHOICE if choices else kind or Asked.TOLD)
            words = answer.lower().removeprefix(f"{OPENING_WORD} ").removeprefix("number ").strip(" .!")
            is_stray_number = bool(choices) and words not in _NUMBERS and with_digits(words).isdigit()
            is_past_the_last = words in _NUMBERS and bool(choices) and _NUMBERS[words] >= len(choices)
            if is_stray_number or is_past_the_last:
                await self._voice.say(f"Say a number from 1 to {len(choices)}, or your own words.")
            elif words not in _AGAIN:
                break
        if words in _LEFT_OUT:
            return ""
        chosen = choices[_NUMBERS[words]] if choices and words in _NUMBERS else answer
        self._show(f"You: {chosen}")
        return chosen

    async def breathe(self, seconds: int) -> None:
        for _ in range(max(1, seconds // (IN_S + OUT_S))):
            for words, length_s, is_in in (("In.", IN_S, True), ("Out.", OUT_S, False)):
                self._show(words)
                await self._voice.say(words)
                await self._voice.say(BreathTone(length_s, is_in=is_in))


class TypedDialog:
    """By keys, line by line: for screen readers, terminals and pipes."""

    def __init__(self, show: Callable[[str], None], read: Callable[[], str | None], clock: Clock) -> None:
        """read: the next line, cleaned; None when there are no more: what is then asked is left out. Blocking."""
        self._show = show
        self._read = read
        self._clock = clock
        self._is_over = False

    async def tell(self, *lines: str) -> None:
        for line in lines:
            self._show(line)

    async def ask(self, question: str, choices: Sequence[str] = (), *, kind: Asked | None = None) -> str:
        self._show(question)
        shown = () if _is_yes_no(choices) else choices
        for number, words in enumerate(shown, start=1):
            self._show(f"  {number}. {words}")
        if shown:
            self._show("  A number, or your own words. Enter takes 1; a minus sign leaves it out.")
        while True:
            line = await self._line()
            if line is None or line == "-":
                return ""
            if not line:
                return choices[-1 if _is_yes_no(choices) else 0] if choices else ""
            if _is_yes_no(choices):
                if line.lower() in ("y", "yes", "n", "no"):
                    return YES if line.lower().startswith("y") else NO
                self._show("Type y or n.")
            elif choices and line.isdigit():
                if 1 <= int(line) <= len(choices):
                    return choices[int(line) - 1]
                self._show(f"Type a number from 1 to {len(choices)}, or your own words.")
            else:
                return line

    async def breathe(self, seconds: int) -> None:
        for _ in range(max(1, seconds // (IN_S + OUT_S))):
            for words, length_s in (("In", IN_S), ("Out", OUT_S)):
                self._show(f"  {words}, {length_s} seconds.")
                await self._clock.sleep(length_s)

    async def _line(self) -> str | None:
        if self._is_over:
            return None
        line = await asyncio.to_thread(self._read)
        self._is_over = line is None
        return line


def _is_yes_no(choices: Sequence[str]) -> bool:
    return tuple(choices) == (YES, NO)
