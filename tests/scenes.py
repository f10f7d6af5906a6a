"""A small situation, and rehearsals of it put together for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from textual import _wait

from tests.fakes.engines import FakeRecognizer, FakeSynthesizer, LoudBlocks, ScriptedPartner
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.catalog.help_lines import load_help_lines
from voice_agent.catalog.scenarios import parse_scenario
from voice_agent.clock import VirtualClock
from voice_agent.commands import Command
from voice_agent.events import Event, Stamped, StateChanged, TalkState
from voice_agent.feedback.bank import shipped_bank
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.local_advisor import LocalAdvisor
from voice_agent.feedback.protocols import Advisor
from voice_agent.feedback.trained import TrainedRater
from voice_agent.partner.protocols import Partner
from voice_agent.pipeline.stages import Engines, StageFault
from voice_agent.pipeline.turn_end.judge import shared_judge
from voice_agent.rehearsal.background import Background
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.setup import resume_rehearsal, start_rehearsal
from voice_agent.settings import Settings
from voice_agent.speech.protocols import AnswerEar, CommandEar
from voice_agent.worker import WorkCounter

E = TypeVar("E")

BACKGROUND = Background(help_lines=load_help_lines(), region="US")

SITUATION = """
schema: 1
id: dishes
title: Dishes in the sink
domain: social
difficulty: 2
summary: Sam leaves dishes in the sink and you have washed them for weeks.
partner:
  name: Sam
  relationship: your roommate of eight months
  persona: Cooks late, hates to be nagged.
  wants: to be left alone after work
  hidden_concern: being thought of as the bad roommate again
  bottom_line: will wash up, but not within the hour
  moves: [minimise, deflect]
  softened_by: [{what: being thanked for cooking, cues: [your cooking]}]
  hardened_by: [{what: being compared to others, cues: [other roommates]}]
learner:
  facts: [On three evenings this week the dishes were in the sink in the morning.]
  goal: Dishes are washed the same evening.
opening: "Hey. What's up?"
slots: {topic: the dishes, request: wash up the same evening}
topics: {dishes: [dish, plate, sink], work: [work, shift]}
lines:
  - {say: "Three plates. Call the health office.", move: minimise, about: [dishes]}
  - {say: "I was going to do them tonight.", move: minimise}
  - {say: "Can we do this another day?", move: deflect}
  - {say: "I only just came in from work.", move: deflect, about: [work]}
  - {say: "No. Not at midnight.", move: refuse}
  - {say: "I'm not promising that.", move: refuse}
  - {say: "Which evenings do you mean?", move: ask_back}
  - {say: "Okay. I did not know it got to you.", move: acknowledge}
  - {say: "My last flat ended over this.", move: open_up, stance: [soft]}
  - {say: "Weekdays I could manage.", move: half_agree}
  - {say: "Fine. Same evening. You have my word.", move: agree}
  - {say: "Wow. That was low.", move: on_attack}
  - {say: "Then go and tell them.", move: on_threat}
  - {say: "You said that already.", move: on_repeat}
  - {say: "Good. I'm glad we talked.", move: close_agreed}
  - {say: "I'm done here.", move: close_hurt}
practice: [the dishes were in the sink, would you wash your dishes the same evening]
demo: [you never wash your dishes]
"""


def situation(**changes: str) -> Any:
    text = SITUATION
    for old, new in changes.items():
        text = text.replace(old, new)
    return parse_scenario(text, name="dishes.yaml")


class MemoryStore:
    """Keeps events in a list; can be told to be full."""

    def __init__(self) -> None:
        self.kept: list[Stamped] = []
        self.is_full = False

    def append(self, stamped: Sequence[Stamped]) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.kept += stamped


class NoDevices:
    def microphone(self, device: str) -> Microphone:
        raise AssertionError(device)

    def speaker(self, device: str) -> Speaker:
        raise AssertionError(device)

    def names(self) -> tuple[list[str], list[str]]:
        return ["USB [Audio]"], []


@dataclass
class Scene:
    """A running rehearsal and what was seen of it."""

    rehearsal: Rehearsal
    clock: VirtualClock
    store: MemoryStore
    seen: list[Stamped] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Task[None] | None = None
    shown: Any = None
    """What the front gave, such as a Textual Pilot."""

    def send(self, *commands: Command) -> None:
        for command in commands:
            self.rehearsal.send(command)

    def all(self, kind: type[E]) -> list[E]:
        return [stamped.event for stamped in self.seen if isinstance(stamped.event, kind)]

    async def until(self, condition: Callable[[], object], *, what: str = "") -> None:
        """Wait for a condition on what was seen; fails after twenty seconds of real time."""
        async with asyncio.timeout(20):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_event(self, kind: type[E], count: int = 1) -> E:
        await self.until(lambda: len(self.all(kind)) >= count, what=kind.__name__)
        return self.all(kind)[count - 1]

    async def until_state(self, state: TalkState, count: int = 1) -> None:
        def reached() -> bool:
            return sum(event.state is state for event in self.all(StateChanged)) >= count

        await self.until(reached, what=state.value)

    def states(self) -> list[TalkState]:
        return [event.state for event in self.all(StateChanged)]

    def events(self) -> list[Event]:
        return [stamped.event for stamped in self.seen]


@asynccontextmanager
async def scene(
    *,
    partner: Partner | None = None,
    stand_in_partner: Partner | None = None,
    coach: FakeSynthesizer | None = None,
    commands: CommandEar | None = None,
    answers: AnswerEar | None = None,
    advisor: Advisor | None = None,
    settings: Settings | None = None,
    microphone: Callable[[VirtualClock], Microphone] | None = None,
    recognizer: FakeRecognizer | None = None,
    synthesizer: FakeSynthesizer | None = None,
    speaks: bool | None = None,
    store: MemoryStore | None = None,
    stored: Sequence[Stamped] | None = None,
    scenario: Any = None,
    faults: Sequence[StageFault] = (),
    judges_turns: bool = True,
    front: Callable[[Rehearsal], AbstractAsyncContextManager[Any]] | None = None,
) -> AsyncIterator[Scene]:
    """A rehearsal in virtual time with fake engines where a real one would only cost time.

    judges_turns: False lets silence alone end turns. speaks: None: unless a front shows it, whose clock goes slowly.
    """
    speaks = front is None if speaks is None else speaks
    counter = WorkCounter()
    clock = VirtualClock(counter)
    speaker = SilentSpeaker(clock) if speaks else None
    if speaker is not None:
        await speaker.open()
    local = LocalAdvisor(shared_encoder(), shipped_bank())
    engines = Engines(
        activity=LoudBlocks(),
        recognizer=recognizer or FakeRecognizer(),
        partner=(chosen := partner or ScriptedPartner()),
        stand_in_partner=stand_in_partner or chosen,
        synthesizer=(synthesizer or FakeSynthesizer()) if speaks else None,
        rater=TrainedRater(shared_encoder()),
        advisor=advisor or local,
        stand_in_advisor=local,
        commands=commands,
        answers=answers,
        coach=coach,
        counter=counter,
        judge=shared_judge() if judges_turns else None,
        faults=list(faults),
    )
    store = store or MemoryStore()
    mic = microphone(clock) if microphone else None
    devices = NoDevices()
    if stored is not None:
        rehearsal = resume_rehearsal(
            stored=stored,
            engines=engines,
            microphone=mic,
            speaker=speaker,
            store=store,
            clock=clock,
            devices=devices,
            background=BACKGROUND,
        )
    else:
        rehearsal = start_rehearsal(
            scenario=scenario or situation(),
            settings=settings or Settings(check_ins=False, difficulty=2),
            pipeline="test",
            engines=engines,
            microphone=mic,
            speaker=speaker,
            store=store,
            clock=clock,
            devices=devices,
            background=BACKGROUND,
            program="0",
            session="test",
            seed=7,
        )
    one = Scene(rehearsal, clock, store)

    async def watch() -> None:
        async for stamped in rehearsal.events():
            one.seen.append(stamped)
            one.changed.set()

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    if front is not None:
        shown = front(rehearsal)
        one.shown = await shown.__aenter__()
    # Textual's pilot waits up to a second after each key until the processor rests; a clock that ticks beside it
    # never lets it rest wholly.
    _wait.SLEEP_IDLE = _wait.SLEEP_GRANULARITY / 2
    ticking = asyncio.create_task(clock.run(breath_s=0.004 if front is not None else 0.0))
    one.running = asyncio.create_task(rehearsal.run())
    try:
        yield one
    finally:
        if front is not None:
            await shown.__aexit__(None, None, None)
        one.running.cancel()
        await asyncio.gather(one.running, return_exceptions=True)
        ticking.cancel()
        await asyncio.gather(watching, ticking, return_exceptions=True)
