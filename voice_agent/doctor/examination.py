"""The whole examination, one finding after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TextIO

from voice_agent.audio.devices import SoundDevice
from voice_agent.audio.protocols import VoiceActivity
from voice_agent.catalog.chosen import configured_pipeline
from voice_agent.catalog.pipelines import pipeline_files
from voice_agent.doctor import engines, machine, sound
from voice_agent.doctor.findings import Finding, Verdict, timed
from voice_agent.doctor.gaps import Estimate, estimate
from voice_agent.errors import UserError
from voice_agent.pipeline.proof import Trial
from voice_agent.pipeline.stages import stage_options
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import engine
from voice_agent.scenario import Scenario
from voice_agent.settings import Duplex


@dataclass(slots=True, kw_only=True)
class Examination:
    """Run `findings` to its end, then `estimates`. Blocking; not for the event loop."""

    plan: PipelinePlan
    scenario: Scenario
    output: TextIO
    mic: str | None = None
    speaker: str | None = None
    makes_sound: bool = True
    """Whether the microphone is opened and a short sweep is played."""
    asks_others: bool = False
    """Whether pipelines that send words elsewhere are measured, too; the chosen one always is."""
    ready: Callable[[], None] = lambda: None
    """Called when somebody may speak into the microphone."""
    _trial: Trial | None = None
    _failing: list[str] = field(default_factory=list)
    """Stages of the pipeline that did not do their work."""
    _devices: list[SoundDevice | None] = field(default_factory=lambda: [None, None])
    _closing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Examination:
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    def findings(self) -> Iterator[Finding]:
        """One a component; what breaks is a finding, too."""
        plan = self.plan
        yield timed("settings", lambda: machine.settings(plan.id))
        yield timed("terminal", lambda: machine.terminal(self.output))
        yield timed("disk", machine.disk)
        yield timed("folders", machine.folders)
        yield timed("models", lambda: engines.models(plan))
        yield from self._sound()
        for stages, options in engines.servers(plan).values():
            yield timed(f"server of {' and '.join(stages)}", partial(engines.server, stages, options))
        yield from self._stages()

    def estimates(self) -> Iterator[Estimate]:
        """One a pipeline, the chosen one first."""
        own = estimate(self.plan, self.scenario, asks_others=True, opened=self._trial)
        if own.gap is not None and self._failing:
            own = replace(own, why=f"failed: {', '.join(self._failing)}")
        yield own
        for name in pipeline_files():
            if name == self.plan.id:
                continue
            try:
                other = configured_pipeline(name)
            except UserError as error:
                yield Estimate(name, None, f"does not work here: {error.cause}", error.cure)
                continue
            yield estimate(other, self.scenario, asks_others=self.asks_others)

    def _sound(self) -> Iterator[Finding]:
        if not self.makes_sound:
            yield Finding("sound", Verdict.NOT_HERE, "not looked at, as asked")
            return
        yield timed("sound devices", self._look_for_devices)
        mic, speaker = self._devices
        yield timed("microphone", lambda: sound.microphone(mic, self._activity(), ready=self.ready))
        duplex = self.plan.turns.duplex
        yield timed("echo", lambda: sound.echo(mic, speaker, duplex))
        if duplex is not Duplex.HALF:
            yield timed("echo canceller", lambda: sound.canceller(mic, speaker))

    def _activity(self) -> VoiceActivity:
        name, options = stage_options(self.plan, "voice_activity")
        activity: VoiceActivity = engine("voice_activity", name).open(options)
        return activity

    def _look_for_devices(self) -> Finding:
        finding, *self._devices = sound.devices(self.mic, self.speaker)
        return finding

    def _stages(self) -> Iterator[Finding]:
        opened: list[Trial] = []

        def opening() -> Finding:
            opened.append(self._closing.enter_context(Trial(self.plan, self.scenario)))
            return Finding("engines", Verdict.OK, f"pipeline {self.plan.id} is open")

        yield timed("engines", opening)
        if opened:
            self._trial = opened[0]
            for finding in engines.stages(opened[0]):
                if finding.verdict is Verdict.FAILED:
                    self._failing.append(finding.component)
                yield finding
