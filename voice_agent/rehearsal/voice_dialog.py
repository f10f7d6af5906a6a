"""The coach asks, the learner answers aloud: for what comes before a talk, such as choosing a situation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.clock import Clock
from voice_agent.errors import EngineError
from voice_agent.pipeline.listener import Attention, Listener
from voice_agent.pipeline.signals import MicrophoneEnded, MicrophoneLost, Signal, TurnOver
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal.coach_voice import CoachVoice, Sound
from voice_agent.settings import Patience
from voice_agent.speech.spoken_command import Asked

ASKED_AGAIN = 3
"""Silent or unclear answers to one question before it is asked again in full."""
STEERING_WORDS = 5
"""What dictation makes of "coach, that's all" and its like is never longer."""


class VoiceDialog:
    """Made by `voice_dialog`."""

    def __init__(self, engines: Engines, microphone: Microphone, speaker: Speaker, clock: Clock) -> None:
        self._engines = engines
        self._microphone = microphone
        self._speaker = speaker
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard: asyncio.Queue[Signal] = asyncio.Queue()
        self._voice = CoachVoice(engines, self._spawn, lambda: None)
        self._listener = Listener(
            activity=engines.activity,
            recognizer=engines.recognizer,
            worker=engines.recognizer_worker,
            clock=clock,
            patience=Patience.PATIENT,
            post=self._post,
            # Silence alone: a word or two is a whole answer here, and sounds to the judge like a beginning.
            judge=None,
        )

    async def listen(self) -> None:
        """Run the microphone; as a task beside the dialog."""
        await self._listener.run(self._microphone)

    async def say(self, what: str | Sound) -> None:
        """Say or sound it to the end; the microphone is not judged meanwhile."""
        self._microphone.hold(held=True)
        self._listener.attend(Attention.NOTHING)
        self._voice.say(what, self._speaker)
        await self._voice.finished()

    async def ask(self, question: str, asked: Asked | None = None) -> str:
        """The answer's words: by grammar where one is named and fits, else by dictation.

        Raises EngineError("microphone", ...) when the microphone is lost or its recording is over.
        """
        while True:
            await self.say(question)
            for _ in range(ASKED_AGAIN):
                if answer := await self._answer(asked):
                    return answer

    async def choose(self, title: str, choices: Sequence[str], *, page: int = 5) -> int:
        """The place of one of numbered choices, read aloud a page at a time.

        Raises EngineError as `ask`; the place is -1 when the learner leaves.
        """
        start = 0
        while True:
            shown = choices[start : start + page]
            numbered = " ".join(f"{number}: {words}." for number, words in enumerate(shown, start=1))
            more = " Or say: more." if len(choices) > page else ""
            answer = await self.ask(f"{title} {numbered} Say a number.{more} Or say: again, or leave.", Asked.CHOICE)
            words = answer.removeprefix("number ").strip()
            if words == "leave":
                return -1
            if words == "more":
                start = start + page if start + page < len(choices) else 0
            elif words in _NUMBERS and 1 <= _NUMBERS[words] <= len(shown):
                place = start + _NUMBERS[words] - 1
                await self.say(f"{choices[place]}.")
                return place
            elif words != "again":
                await self.say("I did not understand that.")

    async def _answer(self, asked: Asked | None) -> str:
        self._microphone.hold(held=False)
        self._listener.attend(Attention.TURN, echo=True)
        while True:
            signal = await self._heard.get()
            if isinstance(signal, MicrophoneLost):
                raise signal.error
            if isinstance(signal, MicrophoneEnded):
                raise EngineError("microphone", "the recording is over", cure="give a longer one")
            assert isinstance(signal, TurnOver)
            ear, dictated = self._engines.answers, signal.transcript.text
            # Asked for words of their own, a learner may say anything: a sentence is nothing that steers.
            is_told = asked is Asked.TOLD and len(dictated.split()) > STEERING_WORDS
            if asked is None or ear is None or is_told:
                return dictated
            words = await self._engines.commands_worker.run(ear.understand, signal.samples, asked)
            return words or dictated

    def _post(self, signal: Signal) -> None:
        if isinstance(signal, TurnOver | MicrophoneLost | MicrophoneEnded):
            self._heard.put_nowait(signal)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


_NUMBERS = {
    word: place
    for place, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}


@asynccontextmanager
async def voice_dialog(
    engines: Engines, microphone: Microphone, speaker: Speaker, clock: Clock
) -> AsyncGenerator[VoiceDialog, None]:
    """A dialog while the block runs. speaker must be open. The engines and the sound stay the caller's."""
    dialog = VoiceDialog(engines, microphone, speaker, clock)
    listening = asyncio.ensure_future(dialog.listen())
    try:
        yield dialog
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
