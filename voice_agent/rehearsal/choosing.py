"""A situation chosen by voice: first where it belongs, then which one; or told by voice, when it is one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from voice_agent.errors import UserError
from voice_agent.rehearsal.interview import Interview, slug_of
from voice_agent.rehearsal.interview_by_voice import summary, tell_by_voice
from voice_agent.rehearsal.voice_dialog import VoiceDialog
from voice_agent.scenario import Domain, Scenario
from voice_agent.speech.spoken_command import Asked
from voice_agent.worker import in_thread

Keep = Callable[[dict[str, Any]], Scenario]
"""Keeps an own situation as a file. Blocking. Raises UserError."""

_DOMAINS = {
    Domain.WORK: "work",
    Domain.FAMILY: "family",
    Domain.SOCIAL: "friends, neighbours and flatmates",
    Domain.SERVICES: "services",
}


async def choose_situation(dialog: VoiceDialog, scenarios: Sequence[Scenario], keep: Keep) -> Scenario | None:
    """None when the learner leaves. Raises EngineError when the microphone is lost."""
    there = [domain for domain in Domain if any(one.domain is domain for one in scenarios)]
    while True:
        choices = [*(_DOMAINS[domain] for domain in there), "a situation of your own"]
        place = await dialog.choose("What do you want to practise?", choices)
        if place < 0:
            await dialog.say("Goodbye.")
            return None
        if place == len(there):
            if (own := await tell_own(dialog, keep)) is not None:
                return own
            continue
        fitting = sorted((one for one in scenarios if one.domain is there[place]), key=lambda one: one.difficulty)
        titles = [f"{one.title}, difficulty {one.difficulty}" for one in fitting]
        if (place := await dialog.choose("Which situation?", titles)) >= 0:
            return fitting[place]


async def tell_own(dialog: VoiceDialog, keep: Keep) -> Scenario | None:
    """The own situation, kept as a file; None when the learner does not want it kept."""
    interview = Interview()
    while await tell_by_voice(dialog, interview):
        answer = await dialog.ask(f"{summary(interview)} Shall I keep it? Say: yes, or no.", Asked.CHOICE)
        if answer == "yes":
            try:
                return await in_thread(keep, interview.scenario(slug_of(interview)))
            except UserError as error:
                await dialog.say(f"{error}.")
        elif answer in ("no", "leave"):
            return None
        elif answer == "coach go back":
            interview.back()
    return None
