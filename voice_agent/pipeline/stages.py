"""Opens the engines of a pipeline. A stage that can't start says so, and the embedded engine takes over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voice_agent.audio.protocols import VoiceActivity
from voice_agent.catalog.checked import checked
from voice_agent.catalog.voices import all_voices, choose_voice, load_voice
from voice_agent.errors import EngineError, UserError
from voice_agent.feedback.protocols import Rater
from voice_agent.partner.protocols import Partner
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import engine
from voice_agent.scenario import Scenario
from voice_agent.speech.protocols import CommandEar, Recognizer, Synthesizer
from voice_agent.voice import Voice
from voice_agent.worker import WorkCounter, Worker

EMBEDDED = {
    "voice_activity": "webrtcvad",
    "recognizer": "pocketsphinx",
    "partner": "repertory",
    "rater": "interim",
}
"""What takes over; the synthesizer's stand-in is the next working voice of the catalogue."""


@dataclass(slots=True)
class StageFault:
    """A stage that did not start as asked."""

    stage: str
    happened: str
    done: str
    cure: str


@dataclass(slots=True)
class Engines:
    """Everything that can be swapped, ready for one rehearsal; each blocking one with its own thread."""

    activity: VoiceActivity
    recognizer: Recognizer | None
    partner: Partner
    synthesizer: Synthesizer | None
    rater: Rater
    commands: CommandEar | None
    counter: WorkCounter
    names: dict[str, str] = field(default_factory=dict)
    faults: list[StageFault] = field(default_factory=list)
    recognizer_worker: Worker = field(init=False)
    synthesizer_worker: Worker = field(init=False)
    rater_worker: Worker = field(init=False)
    commands_worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.recognizer_worker = Worker("recognizer", self.counter)
        self.synthesizer_worker = Worker("synthesizer", self.counter)
        self.rater_worker = Worker("rater", self.counter)
        self.commands_worker = Worker("commands", self.counter)

    async def close(self) -> None:
        """Free the engines, each on its own thread; then the threads."""
        await self.partner.close()
        if self.recognizer is not None:
            await self.recognizer_worker.run(self.recognizer.close)
        if self.synthesizer is not None:
            await self.synthesizer_worker.run(self.synthesizer.close)
        for worker in (
            self.recognizer_worker,
            self.synthesizer_worker,
            self.rater_worker,
            self.commands_worker,
        ):
            worker.close()


def open_engines(
    plan: PipelinePlan,
    scenario: Scenario,
    *,
    counter: WorkCounter,
    hears: bool = True,
    speaks: bool = True,
    voice: str | None = None,
) -> Engines:
    """Blocking, up to about a second. hears, speaks: whether there is a microphone, and a voice is wanted.

    voice: a voice's id that goes before the scenario's wish. Raises UserError for options that no engine has,
    and when even an embedded engine can't start.
    """
    opening = _Opening(plan, scenario)
    return Engines(
        activity=opening.stage("voice_activity"),
        recognizer=opening.stage("recognizer", scenario) if hears else None,
        partner=opening.stage("partner", scenario),
        synthesizer=opening.synthesizer(voice) if speaks else None,
        rater=opening.stage("rater"),
        commands=_commands() if hears else None,
        counter=counter,
        names=opening.names,
        faults=opening.faults,
    )


def _commands() -> CommandEar:
    from voice_agent.speech.command_grammar import CommandRecognizer  # loads an acoustic model

    return CommandRecognizer()


def stage_options(plan: PipelinePlan, stage: str) -> tuple[str, Any]:
    """The engine's name and its typed options. Raises UserError naming the pipeline, stage and key."""
    table: dict[str, Any] = dict(getattr(plan, stage))
    place = f"pipeline {plan.id}, [{stage}]"
    name = table.pop("engine", None)
    if not isinstance(name, str):
        raise UserError('"engine" is missing', place=place, cure=f'add engine = "{EMBEDDED.get(stage, "...")}"')
    return name, checked(table, engine(stage, name).options, name=place)


class _Opening:
    def __init__(self, plan: PipelinePlan, scenario: Scenario) -> None:
        self._plan = plan
        self._scenario = scenario
        self.names: dict[str, str] = {}
        self.faults: list[StageFault] = []

    def stage(self, stage: str, *arguments: object) -> Any:
        name, options = stage_options(self._plan, stage)
        try:
            opened = engine(stage, name).open(options, *arguments)
        except (EngineError, UserError) as error:
            stand_in = EMBEDDED[stage]
            if stand_in == name:
                raise UserError(error.cause, place=f"{stage} {name}", cure=error.cure) from error
            opened = engine(stage, stand_in).open(engine(stage, stand_in).options(), *arguments)
            self.faults.append(StageFault(stage, f"{name}: {error.cause}", f"{stand_in} takes over", error.cure))
            name = stand_in
        self.names[stage] = name
        return opened

    def synthesizer(self, wanted: str | None) -> Synthesizer | None:
        table = dict(self._plan.synthesizer)
        wanted = wanted or table.pop("voice", None)
        voices = [load_voice(wanted)] if wanted else []
        only = table.pop("engine", "catalogue")
        voices += [] if wanted else [v for v in all_voices() if only in ("catalogue", v.engine)]
        opened, faults = open_voice(self._scenario, voices, keep_order=bool(wanted), options=table)
        if opened is None and wanted:
            opened, more = open_voice(self._scenario, all_voices(), keep_order=False, options={})
            faults += more
        self.faults += faults if opened is None or wanted else []
        if opened is None:
            self.faults.append(
                StageFault("synthesizer", "no voice of the catalogue works", "replies are shown as text", "")
            )
            return None
        voice, synthesizer = opened
        for fault in faults:
            fault.done = f"{voice.id} takes over"
        self.names |= {"synthesizer": voice.engine, "voice": voice.id}
        return synthesizer


def open_voice(
    scenario: Scenario, voices: Sequence[Voice], *, keep_order: bool, options: dict[str, Any]
) -> tuple[tuple[Voice, Synthesizer] | None, list[StageFault]]:
    """The first working voice, by the scenario's wish or in the order given, and why others did not work."""
    opened: dict[str, Synthesizer] = {}
    faults: list[StageFault] = []

    def works(voice: Voice) -> bool:
        try:
            spec = engine("synthesizer", voice.engine)
            opened[voice.id] = spec.open(checked(options, spec.options, name=f"voice {voice.id}"), voice)
        except (EngineError, UserError) as error:
            faults.append(StageFault("synthesizer", f"{voice.id}: {error.cause}", "", error.cure))
            return False
        return True

    if keep_order:
        chosen = next((voice for voice in voices if works(voice)), None)
    else:
        try:
            chosen = choose_voice(scenario.partner.voice, voices, works)
        except UserError:
            chosen = None
    return ((chosen, opened[chosen.id]) if chosen else None), faults
