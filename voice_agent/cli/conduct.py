"""Runs one rehearsal from the command line: opens what it needs, lets a front show it, and closes everything."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

from voice_agent.audio.paced_speaker import Tap
from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.catalog.chosen import chosen_pipeline
from voice_agent.catalog.scenarios import load_scenario, read_scenario, scenario_files
from voice_agent.catalog.voices import load_voice
from voice_agent.cli.kept_audio import KeptAudio
from voice_agent.cli.sound import (
    NO_SPEAKER,
    TYPED,
    EchoPath,
    SoundDevices,
    is_file,
    joined,
    make_speaker,
    open_microphone,
    silent_speaker,
)
from voice_agent.cli.telling import teller_of
from voice_agent.cli.wishes import Wishes
from voice_agent.clock import Clock, SystemClock, VirtualClock
from voice_agent.errors import EngineError, UserError
from voice_agent.pipeline.stages import Engines, open_engines
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.plain.front import JsonFront, Keyboard, PlainFront
from voice_agent.rehearsal.background import Background, load_background
from voice_agent.rehearsal.choosing import choose_situation
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.setup import new_session_id, resume_rehearsal, start_rehearsal, talk_of
from voice_agent.rehearsal.voice_dialog import VoiceDialog, voice_dialog
from voice_agent.scenario import Scenario
from voice_agent.sessions.retention import delete_overdue
from voice_agent.sessions.store import SessionStore, default_path, open_store
from voice_agent.sessions.summary import SessionSummary
from voice_agent.settings import REPLIES_AHEAD, Arm, Duplex, Mode, Settings
from voice_agent.settled import settle
from voice_agent.tui.wishes import Teller
from voice_agent.version import version
from voice_agent.worker import WorkCounter

LEAVING_S = 3.0
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


def practice_by_voice(wishes: Wishes) -> int:
    """Choose a situation by voice, and rehearse it; the exit code."""
    return asyncio.run(_by_voice(wishes.plan(), wishes))


def practice(scenario: Scenario, wishes: Wishes) -> int:
    """A new rehearsal; the exit code."""
    plan = wishes.plan()
    return asyncio.run(conduct(scenario, plan, wishes, None))


def resume(summary: SessionSummary, wishes: Wishes) -> int:
    """A stored session, going on; the exit code.

    Raises UserError when it has ended, or is running in another program.
    """
    plan = chosen_pipeline(summary.pipeline)
    with closing(open_store()) as store:
        # Held before it is read: nobody adds to it from here on.
        store.holds.take(summary.id)
        talk = talk_of(store.events(summary.id))
        if talk.ended is not None:
            raise UserError(f"session {summary.id} has ended", cure="start a new one with `voice-agent practice`")
        return asyncio.run(conduct(talk.scenario, plan, wishes, summary, store=store))


def keep_own(told: dict[str, Any]) -> Scenario:
    """Keep an own situation, under another id where its own is taken. Blocking. Raises UserError."""
    from voice_agent.catalog.own_scenarios import keep_scenario

    taken, wanted = scenario_files(), str(told["id"])
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    own = next(name for name in names if name not in taken)
    keep_scenario(told | {"id": own})
    return load_scenario(own)


async def _by_voice(plan: PipelinePlan, wishes: Wishes) -> int:
    """Hands-free: the situations are read aloud, and one is chosen by its number."""
    if wishes.fast:
        raise UserError("--fast needs a situation", cure="name one of `voice-agent scenarios list`")
    clock = SystemClock()
    echo = await asyncio.to_thread(_echo_path, wishes, plan)
    microphone, speaker = _sound(wishes, clock, None, echo)
    speaker = await _opened(speaker, wishes) if speaker is not None else None
    if microphone is None or speaker is None:
        raise UserError("hands-free needs a microphone and a speaker", cure="connect them, or name a situation")
    scenarios = [read_scenario(file) for file in scenario_files().values()]
    engines = await asyncio.to_thread(open_engines, plan, scenarios[0], counter=WorkCounter())
    try:
        async with voice_dialog(engines, microphone, speaker, clock) as dialog:
            chosen = await choose_situation(dialog, scenarios, keep_own)
    finally:
        await engines.close()
    if chosen is None:
        await speaker.close()
        return 0
    tell(f"Situation: {chosen.title}")
    return await conduct(chosen, plan, wishes, None, sound=(microphone, speaker, echo), clock=clock)


@asynccontextmanager
async def asking_aloud(wishes: Wishes) -> AsyncGenerator[VoiceDialog, None]:
    """A dialog for questions that belong to no rehearsal. Raises UserError without a microphone or a speaker."""
    clock, plan = SystemClock(), wishes.plan()
    echo = await asyncio.to_thread(_echo_path, wishes, plan)
    microphone, speaker = _sound(wishes, clock, None, echo)
    speaker = await _opened(speaker, wishes) if speaker is not None else None
    if microphone is None or speaker is None:
        raise UserError("hands-free needs a microphone and a speaker", cure="connect them, or leave out --hands-free")
    # The situation only tunes the recognizer; numbers have a grammar of their own.
    scenario = read_scenario(next(iter(scenario_files().values())))
    engines = await asyncio.to_thread(open_engines, plan, scenario, counter=WorkCounter())
    try:
        async with voice_dialog(engines, microphone, speaker, clock) as dialog:
            yield dialog
    finally:
        await engines.close()
        await speaker.close()


async def conduct(
    scenario: Scenario,
    plan: PipelinePlan,
    wishes: Wishes,
    resumed: SessionSummary | None,
    *,
    sound: tuple[Microphone, Speaker, EchoPath | None] | None = None,
    clock: Clock | None = None,
    store: SessionStore | None = None,
) -> int:
    """One rehearsal, from opening what it needs to closing it; the exit code.

    sound, clock: as they were opened before, the speaker too. store: one that the caller closes; else the trial's, or
    the user's own. Raises UserError when the session is running in another program.
    """
    if store is None and wishes.trial is None:
        with closing(open_store()) as own:
            return await conduct(scenario, plan, wishes, resumed, sound=sound, clock=clock, store=own)
    trial = wishes.trial
    if store is None:
        assert trial is not None
        store = trial.store
    session = resumed.id if resumed is not None else trial.session if trial is not None else new_session_id()
    await asyncio.to_thread(store.holds.take, session)
    try:
        return await _conduct_held(scenario, plan, wishes, resumed, store, session, sound, clock)
    finally:
        await asyncio.to_thread(store.holds.leave, session)


async def _conduct_held(
    scenario: Scenario,
    plan: PipelinePlan,
    wishes: Wishes,
    resumed: SessionSummary | None,
    store: SessionStore,
    session: str,
    sound: tuple[Microphone, Speaker, EchoPath | None] | None,
    clock: Clock | None,
) -> int:
    if wishes.fast and not is_file(wishes.mic) and wishes.mic != "typed":
        raise UserError("--fast needs a recording", cure="add --mic FILE.wav, or --mic typed")
    if wishes.voice is not None:
        load_voice(wishes.voice)
    background = await asyncio.to_thread(load_background)
    counter = WorkCounter()
    clock = VirtualClock(counter) if wishes.fast else clock or SystemClock()
    kept = KeptAudio(store, session) if wishes.keep_audio else None
    microphone: Microphone | None
    speaker: Speaker | None
    if sound is not None:
        microphone, speaker, echo = sound
    else:
        echo = await asyncio.to_thread(_echo_path, wishes, plan)
        microphone, speaker = _sound(wishes, clock, kept, echo)
    if speaker is not None and sound is None:
        speaker = await _opened(speaker, wishes)
    if microphone is not None and wishes.screen:
        tell("Getting ready to listen; the first talk in a situation takes some seconds.")
    engines = await asyncio.to_thread(
        open_engines,
        plan,
        scenario,
        counter=counter,
        hears=microphone is not None,
        speaks=speaker is not None,
        voice=wishes.voice,
    )
    if kept is not None:
        await asyncio.to_thread(kept.open)
        tell(f"Both voices are recorded on this machine: {kept.path}")
    if store.host is not None:
        engines.hosts["store"] = store.host
    if resumed is None and wishes.trial is None:
        await asyncio.to_thread(_delete_overdue, store)
    rehearsal = _rehearsal(
        scenario, plan, wishes, resumed, session, engines, microphone, speaker, store, clock, background, kept, echo
    )
    recording = asyncio.ensure_future(kept.begin(rehearsal)) if kept is not None else None
    try:
        if wishes.screen and not wishes.as_json:
            teller = teller_of(plan) if wishes.trial is None else None
            return await run_in_app(rehearsal, clock, wishes, store, is_resumed=resumed is not None, teller=teller)
        return await run_with_fronts(rehearsal, clock, wishes, has_microphone=microphone is not None)
    finally:
        if kept is not None and recording is not None:
            recording.cancel()
            await _pack(kept)
        _rescue(rehearsal)


async def _pack(kept: KeptAudio) -> None:
    try:
        await asyncio.to_thread(kept.pack)
    except (EngineError, UserError) as error:
        tell(f"Not all of the sound was kept: {error}.")
    else:
        tell("Both voices were kept: voice-agent sessions listen")


def _delete_overdue(store: SessionStore) -> None:
    """Do what `sessions keep` asks for."""
    if old := delete_overdue(store, datetime.now(UTC)):
        tell(f"Deleted, as you asked with `voice-agent sessions keep`: {len(old)} of the sessions.")


def _echo_path(wishes: Wishes, plan: PipelinePlan) -> EchoPath | None:
    """Between a live microphone and a loudspeaker; None where nobody asked for it, or nothing helps. Blocking.

    Asked for with --loudspeaker, or duplex = "full" in [turns]: a program that hears itself is worse than one that
    can't be interrupted, and the canceller is not yet proved on real loudspeakers.
    """
    is_card = not (
        wishes.mic == TYPED or is_file(wishes.mic) or wishes.speaker == NO_SPEAKER or is_file(wishes.speaker)
    )
    wanted = not wishes.headphones and (wishes.loudspeaker or plan.turns.duplex is Duplex.FULL)
    if not is_card or not wanted:
        return None
    try:
        return EchoPath()
    except EngineError as error:
        tell(f"No echo canceller: {error}. The microphone rests while your partner speaks.")
        return None


def _sound(
    wishes: Wishes, clock: Clock, kept: KeptAudio | None, echo: EchoPath | None
) -> tuple[Microphone | None, Speaker | None]:
    """Microphone and speaker as wished, recorded where that is asked for. Raises UserError."""
    tap = kept.tap() if kept is not None else None
    microphone, speaker = _unrecorded(wishes, clock, joined(tap, echo.tap if echo is not None else None))
    if echo is not None:
        echo.speaker(speaker)
        microphone = echo.microphone(microphone) if microphone is not None and speaker is not None else microphone
    if kept is None:
        return microphone, speaker
    if microphone is None and speaker is None:
        raise UserError("--keep-audio has no voice to keep", cure="leave out --mic typed or --speaker none")
    if tap is not None and speaker is not None:
        tap.set_rate(speaker.sample_rate_hz)
    return kept.microphone(microphone) if microphone is not None else None, speaker


def _unrecorded(wishes: Wishes, clock: Clock, tap: Tap | None) -> tuple[Microphone | None, Speaker | None]:
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
            return microphone, silent_speaker(clock, tap=tap)
        speaker = make_speaker(wishes.speaker, clock, tap=tap)
    except UserError as error:
        if wishes.speaker is not None:
            raise
        if microphone is not None:
            # A recording in, and nowhere to play: the talk keeps its timing.
            return microphone, silent_speaker(clock, tap=tap)
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
    session: str,
    engines: Engines,
    microphone: Microphone | None,
    speaker: Speaker | None,
    store: SessionStore,
    clock: Clock,
    background: Background,
    kept: KeptAudio | None,
    echo: EchoPath | None,
) -> Rehearsal:
    devices = SoundDevices(clock, kept, echo)
    if resumed is not None:
        return resume_rehearsal(
            stored=store.events(resumed.id),
            engines=engines,
            microphone=microphone,
            speaker=speaker,
            store=store,
            clock=clock,
            devices=devices,
            background=background,
        )
    return start_rehearsal(
        scenario=scenario,
        settings=settings_for(
            scenario,
            plan,
            wishes,
            is_partner_here="partner" not in engines.hosts,
            cancels_echo=echo is not None,
        ),
        pipeline=plan.id,
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=store,
        clock=clock,
        devices=devices,
        background=background,
        program=version(),
        session=session,
        seed=wishes.seed,
    )


def settings_for(
    scenario: Scenario,
    plan: PipelinePlan,
    wishes: Wishes,
    *,
    is_partner_here: bool = True,
    cancels_echo: bool = False,
) -> Settings:
    """The user's wishes before the pipeline's before the scenario's.

    is_partner_here: whether the partner answers on this machine, where a reply prepared in vain costs nothing.
    cancels_echo: whether the loudspeaker is taken out of the microphone.
    """
    turns = plan.turns
    no_echo = wishes.headphones is True or is_file(wishes.mic) or cancels_echo
    shifted = min(5, max(1, scenario.difficulty + wishes.preferences.difficulty_shift))
    trial = wishes.trial
    return Settings(
        arm=trial.arm if trial is not None else Arm.FEEDBACK,
        mode_is_fixed=trial is not None,
        most_turns=trial.most_turns if trial is not None else 0,
        mode=wishes.mode or Mode.FLOW,
        patience=wishes.patience or turns.patience,
        duplex=Duplex.FULL if no_echo else turns.duplex or Duplex.HALF,
        difficulty=wishes.difficulty or shifted,
        silence_s=turns.silence_s if wishes.silence_s is None else wishes.silence_s,
        replies_ahead=(REPLIES_AHEAD if is_partner_here else 0)
        if turns.replies_ahead is None
        else turns.replies_ahead,
        stance_pauses=turns.stance_pauses,
        check_ins=wishes.check_ins is not False,
        check_in_every=wishes.preferences.check_in_every,
        hands_free=wishes.hands_free is True,
    )


async def run_with_fronts(rehearsal: Rehearsal, clock: Clock, wishes: Wishes, *, has_microphone: bool) -> int:
    """Run to the end, or to Ctrl-C."""
    trial = wishes.trial
    # In a trial the end of typed input is a break, not the end of the talk.
    ends_with_input = not has_microphone and trial is None
    front: PlainFront | JsonFront
    if wishes.as_json:
        front = JsonFront(rehearsal, meters=wishes.meters, ends_with_input=ends_with_input)
    else:
        front = PlainFront(rehearsal, shows_times=wishes.shows_times, ends_with_input=ends_with_input)
    keyboard = trial.keyboard if trial is not None else None
    obeying = front.obey(keyboard or Keyboard(sys.stdin))
    if trial is None:
        return await run_rehearsal(rehearsal, clock, front.show(), obeying)
    return await run_rehearsal(
        rehearsal,
        clock,
        front.show(),
        obeying,
        breaks_with=0 if not has_microphone else None,
        resume_with=trial.resume_with,
    )


async def run_in_app(
    rehearsal: Rehearsal,
    clock: Clock,
    wishes: Wishes,
    store: SessionStore,
    *,
    is_resumed: bool,
    teller: Teller | None = None,
) -> int:
    """Run in the terminal app, until the learner leaves it."""
    from voice_agent.tui.app import RehearsalApp  # 0.2 s

    session = rehearsal.journal.session
    app = RehearsalApp(
        rehearsal,
        wishes.preferences,
        earlier=await asyncio.to_thread(store.events, session) if is_resumed else (),
        keep_guess=partial(store.keepsakes.keep_guess, session),
        teller=teller,
    )
    shown = asyncio.ensure_future(app.run_async())
    ready = asyncio.ensure_future(app.ready.wait())
    await asyncio.wait({shown, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    tasks: list[asyncio.Future[None]] = []
    await asyncio.sleep(0)
    settle()
    if isinstance(clock, VirtualClock):
        tasks.append(asyncio.ensure_future(clock.run()))
    running = asyncio.ensure_future(rehearsal.run())
    try:
        await shown
        # Leaving ends the talk by a command; a terminal that has gone can only be cancelled.
        await asyncio.wait({running}, timeout=LEAVING_S)
    finally:
        for task in (running, *tasks):
            task.cancel()
        await asyncio.gather(running, *tasks, return_exceptions=True)
    if rehearsal.talk.ended is None:
        tell(f"The session is kept: {_goes_on_with(rehearsal, wishes.trial.resume_with if wishes.trial else '')}")
        return INTERRUPTED
    return 0


def _goes_on_with(rehearsal: Rehearsal, command: str) -> str:
    return command or f"voice-agent sessions resume {rehearsal.journal.session}"


async def run_rehearsal(
    rehearsal: Rehearsal,
    clock: Clock,
    show: Awaitable[None],
    *helpers: Awaitable[None],
    breaks_with: int | None = None,
    resume_with: str = "",
) -> int:
    """Run a rehearsal with a front that ends by itself and helpers that don't; 0, or 130 after Ctrl-C.

    breaks_with: place of a helper whose end is a break, as Ctrl-C is. resume_with: the command that goes on then.
    """
    showing = asyncio.ensure_future(show)
    # The front subscribes before the first event.
    await asyncio.sleep(0)
    tasks = [asyncio.ensure_future(helper) for helper in helpers]
    settle()
    if isinstance(clock, VirtualClock):
        tasks.append(asyncio.ensure_future(clock.run()))
    running = asyncio.ensure_future(rehearsal.run())
    interrupted = _on_interrupt(running.cancel)
    if breaks_with is not None:
        tasks[breaks_with].add_done_callback(lambda _: running.cancel())
    try:
        await running
    except asyncio.CancelledError:
        if not interrupted() and not (breaks_with is not None and tasks[breaks_with].done()):
            raise
        tell(f"Stopped. The session is kept: {_goes_on_with(rehearsal, resume_with)}")
        return INTERRUPTED
    finally:
        with suppress(BrokenPipeError):
            await showing
        for task in tasks:
            task.cancel()
        # A line that was read for a talk that has ended goes back to the keyboard.
        await asyncio.gather(*tasks, return_exceptions=True)
        _leave_signals()
    return 0


def _on_interrupt(stop: Callable[[], object]) -> Callable[[], bool]:
    """Let Ctrl-C and a polite kill call `stop`; whether one of them came."""
    came = False

    def interrupted() -> None:
        nonlocal came
        came = True
        stop()

    loop = asyncio.get_running_loop()
    for name in _SIGNALS:
        with suppress(NotImplementedError, AttributeError):  # Windows knows no handlers on the loop
            loop.add_signal_handler(getattr(signal, name), interrupted)
    return lambda: came


def _leave_signals() -> None:
    """Ctrl-C means again what it meant before the rehearsal."""
    loop = asyncio.get_running_loop()
    for name in _SIGNALS:
        with suppress(NotImplementedError, AttributeError):
            loop.remove_signal_handler(getattr(signal, name))


def _rescue(rehearsal: Rehearsal) -> None:
    """Tell where events went that could not be stored."""
    for folder in (default_path().parent, Path.cwd(), Path.home()):
        try:
            if (path := rehearsal.journal.rescue(folder)) is not None:
                tell(f"The last events could not be stored. `voice-agent sessions restore` takes them from {path}")
            return
        except OSError:
            continue
    tell("The last events could be stored nowhere: every folder that was tried is full, or can't be written.")


def tell(line: str) -> None:
    """A word to the user that is no data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201
