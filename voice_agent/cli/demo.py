"""`voice-agent demo`: the whole loop on any machine, with a synthetic learner."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.audio.protocols import Int16Array
    from voice_agent.cli.wishes import Wishes
    from voice_agent.scenario import Scenario
    from voice_agent.speech.protocols import Synthesizer

LEARNER_VOICES = ("flite-slt", "flite-rms", "espeak-us-woman")
"""Best understood by the recognizer first (docs/recognition.md)."""
PARTNER_VOICES = ("flite-rms", "flite-awb", "espeak-us-man")


def demo(
    scenario: Annotated[str, typer.Argument(help="Id of a situation that has demo turns.")] = "roommate-dishes",
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the recording of both voices goes.")] = Path(
        "demo.wav"
    ),
    speaker: Annotated[
        str | None, typer.Option(help="Name or number of a speaker; default: only the recording.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast/--real-time", help="As fast as possible, or as long as it would take.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON Lines on standard output.")] = False,
    seed: Annotated[int, typer.Option(help="Another number, another talk.")] = 1,
) -> int:
    """Hear a rehearsal: a synthetic learner speaks, is recognised, rated, and answered.

    Its voice goes through the same microphone path as yours would. Ends with a stereo recording (learner left,
    partner right), the transcript, and where the time of each turn went.
    """
    from voice_agent.catalog.scenarios import load_scenario
    from voice_agent.cli.wishes import Wishes
    from voice_agent.errors import UserError

    found = load_scenario(scenario)
    if not found.demo:
        raise UserError(f'scenario "{found.id}" has no demo turns', cure="choose another one")
    wishes = Wishes(speaker=speaker, fast=fast, as_json=as_json, check_ins=False, seed=seed, shows_times=True)
    return asyncio.run(_demo(found, wishes, output))


async def _demo(scenario: Scenario, wishes: Wishes, output: Path) -> int:
    import msgspec

    from voice_agent.audio.paced_speaker import SilentSpeaker
    from voice_agent.audio.queue_microphone import QueueMicrophone
    from voice_agent.audio.recording import RecordedMicrophone, StereoRecording
    from voice_agent.catalog.pipelines import DEFAULT_PIPELINE, load_pipeline
    from voice_agent.cli.conduct import run_rehearsal, settings_for, tell
    from voice_agent.cli.sound import SoundDevices, make_speaker
    from voice_agent.clock import Clock, SystemClock, VirtualClock
    from voice_agent.pipeline.stages import open_engines
    from voice_agent.plain.front import JsonFront, PlainFront
    from voice_agent.rehearsal.background import load_background
    from voice_agent.rehearsal.setup import new_session_id, start_rehearsal
    from voice_agent.rehearsal.synthetic_learner import SyntheticLearner
    from voice_agent.sessions.store import open_store
    from voice_agent.settings import Duplex
    from voice_agent.version import version
    from voice_agent.worker import WorkCounter, Worker

    counter = WorkCounter()
    clock: Clock = VirtualClock(counter) if wishes.fast else SystemClock()
    learner_voice, voice_name = _learner_voice(scenario)
    tell(f"The learner is synthetic: voice {voice_name}.")
    if voice_name != LEARNER_VOICES[0]:
        tell("It is understood worse than flite's voices; install flite for a better demo.")
    plan = load_pipeline(DEFAULT_PIPELINE)
    engines = await asyncio.to_thread(open_engines, plan, scenario, counter=counter, voice=_partner_voice(voice_name))
    rate_hz = SilentSpeaker(clock).sample_rate_hz
    chosen = make_speaker(wishes.speaker, clock) if wishes.speaker else None
    recording = StereoRecording(output, speaker_rate_hz=chosen.sample_rate_hz if chosen else rate_hz)
    loop = asyncio.get_running_loop()

    def heard_partner(block: Int16Array) -> None:
        """Called on the sound card's thread."""
        loop.call_soon_threadsafe(recording.heard_partner, block)

    if chosen is not None:
        speaker = make_speaker(wishes.speaker, clock, tap=heard_partner)
    else:
        speaker = SilentSpeaker(clock, name="recording", tap=recording.heard_partner)
    assert speaker is not None
    await speaker.open()
    microphone = QueueMicrophone(clock)
    store = open_store()
    session = new_session_id()
    store.holds.take(session)
    rehearsal = start_rehearsal(
        scenario=scenario,
        settings=msgspec.structs.replace(settings_for(scenario, plan, wishes), duplex=Duplex.FULL),
        pipeline=plan.id,
        engines=engines,
        microphone=RecordedMicrophone(microphone, recording),
        speaker=speaker,
        store=store,
        clock=clock,
        devices=SoundDevices(clock),
        background=await asyncio.to_thread(load_background, of_user=False),
        program=version(),
        session=session,
        seed=wishes.seed,
    )
    learner = SyntheticLearner(scenario.demo, learner_voice, microphone, clock, Worker("learner", counter))
    front = (
        JsonFront(rehearsal, meters=False, ends_with_input=False)
        if wishes.as_json
        else PlainFront(rehearsal, shows_times=True, ends_with_input=False)
    )
    try:
        code = await run_rehearsal(rehearsal, clock, front.show(), learner.take_part(rehearsal, rehearsal.events()))
    finally:
        await asyncio.to_thread(recording.close)
    summary = _summary(store, rehearsal.journal.session, learner.said)
    store.close()
    for line in [*summary, f"Recording of both voices: {output} (learner left, partner right)."]:
        tell(line)
    return code


def _learner_voice(scenario: Scenario) -> tuple[Synthesizer, str]:
    from voice_agent.catalog.voices import load_voice
    from voice_agent.errors import UserError
    from voice_agent.pipeline.stages import open_voice

    voices = [load_voice(name) for name in LEARNER_VOICES]
    opened, _ = open_voice(scenario, voices, keep_order=True, options={})
    if opened is None:
        raise UserError("no voice works here", cure="run `voice-agent pipelines check`")
    return opened[1], opened[0].id


def _partner_voice(learner: str) -> str:
    """Another voice than the learner's, of the same engine where it can be."""
    return next(name for name in PARTNER_VOICES if name.split("-")[0] == learner.split("-", maxsplit=1)[0])


def _summary(store: object, session: str, said: list[str]) -> list[str]:
    from statistics import median

    from voice_agent.events import TurnHeard, TurnTimed
    from voice_agent.sessions.store import SessionStore

    assert isinstance(store, SessionStore)
    events = [stamped.event for stamped in store.events(session)]
    gaps = [
        event.committed_s + event.first_sample_s
        for event in events
        if isinstance(event, TurnTimed) and event.committed_s is not None and event.first_sample_s is not None
    ]
    after_end = [
        event.first_sample_s for event in events if isinstance(event, TurnTimed) and event.first_sample_s is not None
    ]
    heard = [event.text for event in events if isinstance(event, TurnHeard) and event.text]
    lines = [f"{len(said)} turns spoken, {len(heard)} heard; session {session}."]
    if gaps:
        lines.append(
            f"From the end of speech to the first sound of the answer: median {median(gaps):.2f} s, "
            f"worst {max(gaps):.2f} s; of it after the committed end of turn: median {median(after_end):.3f} s."
        )
    return lines
