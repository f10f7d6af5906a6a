"""Runs one rehearsal from the command line: opens what it needs, lets a front show it, and closes everything."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.voices import load_voice
from voice_agent.cli.sound import SoundDevices, is_file, make_speaker, open_microphone, silent_speaker
from voice_agent.clock import Clock, SystemClock, VirtualClock
from voice_agent.errors import EngineError, UserError
from voice_agent.pipeline.stages import Engines, open_engines
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.plain.front import JsonFront, Keyboard, PlainFront
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.setup import resume_rehearsal, start_rehearsal, talk_of
from voice_agent.scenario import Scenario
from voice_agent.sessions.store import SessionStore, SessionSummary, default_path
from voice_agent.settings import Duplex, Mode, Patience, Settings
from voice_agent.version import version
from voice_agent.worker import WorkCounter

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for on the command line; None where they did not."""

    pipeline: str = "offline"
    mic: str | None = None
    speaker: str | None = None
    voice: str | None = None
    mode: Mode = Mode.FLOW
    patience: Patience | None = None
    difficulty: int | None = None
    headphones: bool = False
    check_ins: bool = True
    fast: bool = False
    runs_on: bool = False
    as_json: bool = False
    meters: bool = False
    shows_times: bool = False
    seed: int | None = None


def practice(scenario: Scenario, wishes: Wishes) -> int:
    """A new rehearsal; the exit code."""
    plan = load_pipeline(wishes.pipeline)
    return asyncio.run(_conduct(scenario, plan, wishes, None))


def resume(summary: SessionSummary, wishes: Wishes) -> int:
    """A stored session, going on; the exit code. Raises UserError when it has ended."""
    plan = load_pipeline(summary.pipeline)
    store = SessionStore(default_path())
    talk = talk_of(store.events(summary.id))
    store.close()
    if talk.ended is not None:
        raise UserError(f"session {summary.id} has ended", cure="start a new one with `voice-agent practice`")
    return asyncio.run(_conduct(talk.scenario, plan, wishes, summary))


async def _conduct(scenario: Scenario, plan: PipelinePlan, wishes: Wishes, resumed: SessionSummary | None) -> int:
    if wishes.fast and not is_file(wishes.mic) and wishes.mic != "typed":
        raise UserError("--fast needs a recording", cure="add --mic FILE.wav, or --mic typed")
    if wishes.voice is not None:
        load_voice(wishes.voice)
    counter = WorkCounter()
    clock: Clock = VirtualClock(counter) if wishes.fast else SystemClock()
    microphone, speaker = _sound(wishes, clock)
    store = SessionStore(default_path())
    if speaker is not None:
        speaker = await _opened(speaker, wishes)
    engines = await asyncio.to_thread(
        open_engines,
        plan,
        scenario,
        counter=counter,
        hears=microphone is not None,
        speaks=speaker is not None,
        voice=wishes.voice,
    )
    rehearsal = _rehearsal(scenario, plan, wishes, resumed, engines, microphone, speaker, store, clock)
    try:
        return await run_with_fronts(rehearsal, clock, wishes, has_microphone=microphone is not None)
    finally:
        _rescue(rehearsal)
        store.close()


def _sound(wishes: Wishes, clock: Clock) -> tuple[Microphone | None, Speaker | None]:
    """Microphone and speaker as wished; without a sound card, typing and text, and a word about it."""
    wants_card = wishes.mic is None or wishes.speaker is None
    try:
        microphone = open_microphone(wishes.mic, clock, runs_on=wishes.runs_on)
    except UserError as error:
        if wishes.mic is not None:
            raise
        tell(f"No microphone: {error}. You can type your turns.")
        microphone = None
    try:
        if wishes.speaker is None and (wishes.fast or (is_file(wishes.mic) and not wants_card)):
            return microphone, silent_speaker(clock)
        speaker = make_speaker(wishes.speaker, clock)
    except UserError as error:
        if wishes.speaker is not None:
            raise
        if microphone is not None:
            # A recording in, and nowhere to play: the talk keeps its timing.
            return microphone, silent_speaker(clock)
        tell(f"No speaker: {error}. Replies are shown as text.")
        speaker = None
    return microphone, speaker


async def _opened(speaker: Speaker, wishes: Wishes) -> Speaker | None:
    try:
        await speaker.open()
    except EngineError as error:
        if wishes.speaker is not None:
            raise UserError(error.cause, place="speaker", cure=error.cure) from error
        tell(f"No speaker: {error}. Replies are shown as text.")
        return None
    return speaker


def _rehearsal(
    scenario: Scenario,
    plan: PipelinePlan,
    wishes: Wishes,
    resumed: SessionSummary | None,
    engines: Engines,
    microphone: Microphone | None,
    speaker: Speaker | None,
    store: SessionStore,
    clock: Clock,
) -> Rehearsal:
    devices = SoundDevices(clock)
    if resumed is not None:
        return resume_rehearsal(
            stored=store.events(resumed.id),
            engines=engines,
            microphone=microphone,
            speaker=speaker,
            store=store,
            clock=clock,
            devices=devices,
        )
    return start_rehearsal(
        scenario=scenario,
        settings=settings_for(scenario, plan, wishes),
        pipeline=plan.id,
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=store,
        clock=clock,
        devices=devices,
        program=version(),
        seed=wishes.seed,
    )


def settings_for(scenario: Scenario, plan: PipelinePlan, wishes: Wishes) -> Settings:
    """The user's wishes before the pipeline's before the scenario's."""
    turns = plan.turns
    no_echo = wishes.headphones or is_file(wishes.mic)
    return Settings(
        mode=wishes.mode,
        patience=wishes.patience or turns.patience,
        duplex=Duplex.FULL if no_echo else turns.duplex or Duplex.HALF,
        difficulty=wishes.difficulty or scenario.difficulty,
        silence_s=turns.silence_s,
        check_ins=wishes.check_ins,
    )


async def run_with_fronts(rehearsal: Rehearsal, clock: Clock, wishes: Wishes, *, has_microphone: bool) -> int:
    """Run to the end, or to Ctrl-C."""
    ends_with_input = not has_microphone
    front: PlainFront | JsonFront
    if wishes.as_json:
        front = JsonFront(rehearsal, meters=wishes.meters, ends_with_input=ends_with_input)
    else:
        front = PlainFront(rehearsal, shows_times=wishes.shows_times, ends_with_input=ends_with_input)
    return await run_rehearsal(rehearsal, clock, front.show(), front.obey(Keyboard(sys.stdin)))


async def run_rehearsal(rehearsal: Rehearsal, clock: Clock, show: Awaitable[None], *helpers: Awaitable[None]) -> int:
    """Run a rehearsal with a front that ends by itself and helpers that don't; 0, or 130 after Ctrl-C."""
    showing = asyncio.ensure_future(show)
    # The front subscribes before the first event.
    await asyncio.sleep(0)
    tasks = [asyncio.ensure_future(helper) for helper in helpers]
    if isinstance(clock, VirtualClock):
        tasks.append(asyncio.ensure_future(clock.run()))
    running = asyncio.ensure_future(rehearsal.run())
    interrupted = _on_interrupt(running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        if not interrupted():
            raise
        tell(f"Stopped. The session is kept: voice-agent sessions resume {rehearsal.journal.session}")
        return INTERRUPTED
    finally:
        with suppress(BrokenPipeError):
            await showing
        for task in tasks:
            task.cancel()
    return 0


def _on_interrupt(stop: Callable[[], object]) -> Callable[[], bool]:
    """Let Ctrl-C and a polite kill call `stop`; whether one of them came."""
    came = False

    def interrupted() -> None:
        nonlocal came
        came = True
        stop()

    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        with suppress(NotImplementedError, AttributeError):  # Windows knows no handlers on the loop
            loop.add_signal_handler(getattr(signal, name), interrupted)
    return lambda: came


def _rescue(rehearsal: Rehearsal) -> None:
    """Tell where events went that could not be stored."""
    for folder in (default_path().parent, Path.cwd(), Path.home()):
        try:
            if (path := rehearsal.journal.rescue(folder)) is not None:
                tell(f"The store is full. The last events are in {path}")
            return
        except OSError:
            continue
    tell("The last events could be stored nowhere: every disk is full.")


def tell(line: str) -> None:
    """A word to the user that is no data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201
