"""Opens the engines of a pipeline. A stage that can't start says so, and the embedded engine takes over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from voice_agent.audio.protocols import VoiceActivity, VoiceLikelihood
from voice_agent.catalog.checked import checked
from voice_agent.catalog.voices import all_voices, choose_voice, is_installed, load_voice
from voice_agent.clock import Clock
from voice_agent.errors import EngineError, UserError
from voice_agent.feedback.protocols import Advisor, Rater
from voice_agent.feedback.sentence_encoder import COMPONENT as EMBEDDINGS
from voice_agent.feedback.sounding import load_praat
from voice_agent.partner.pausing import PausingPartner
from voice_agent.partner.protocols import Partner
from voice_agent.pipeline.turn_end.judge import TurnJudge, shared_judge
from voice_agent.pipeline.turn_end.smart_turn import SmartTurn
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import engine, engine_names
from voice_agent.scenario import Scenario
from voice_agent.speech.protocols import AnswerEar, CommandEar, Recognizer, Synthesizer
from voice_agent.text import clean
from voice_agent.voice import Voice
from voice_agent.worker import WorkCounter, Worker

EMBEDDED = {
    "voice_activity": "webrtcvad",
    "recognizer": "pocketsphinx",
    "partner": "repertory",
    "rater": "minilm",
    "advisor": "local",
}
"""What takes over; the synthesizer's stand-in is the next working voice of the catalogue."""
CATALOGUE = "catalogue"
"""Stands for any engine of `[synthesizer]` whose voices stay on this machine."""


@dataclass(slots=True)
class StageFault:
    """A stage that did not start as asked."""

    stage: str
    happened: str
    """The engine or voice that was asked for, a colon, and why it can't start."""
    done: str
    """Which one stands in."""
    cure: str

    @property
    def told(self) -> str:
        """What happened, with the stage named."""
        return f"the {self.stage.replace('_', ' ')} can't start as asked: {self.happened}"


def why(error: Exception) -> tuple[str, str]:
    """Cause and cure of what an engine raised."""
    if isinstance(error, EngineError | UserError):
        return error.cause, error.cure
    return clean(f"{type(error).__name__}: {error}", limit=300), "tell those who made it, or choose another engine"


@dataclass(slots=True)
class Engines:
    """Everything that can be swapped, ready for one rehearsal; each blocking one with its own thread."""

    activity: VoiceActivity
    recognizer: Recognizer | None
    partner: Partner
    stand_in_partner: Partner
    """The authored one: it goes on in the same role when the other fails; the same where that is not wanted."""
    synthesizer: Synthesizer | None
    rater: Rater
    advisor: Advisor
    stand_in_advisor: Advisor
    """The local one: what it says stands when the other fails; often the same."""
    commands: CommandEar | None
    answers: AnswerEar | None
    """Hears numbers, feelings and yes or no where they were asked for."""
    counter: WorkCounter
    voice: VoiceLikelihood | None = None
    """Tells a voice from a cough while the partner speaks; None: `activity` has to."""
    judge: TurnJudge | None = None
    """Tells a pause from an end of turn; None: silence alone ends turns."""
    coach: Synthesizer | None = None
    """The coach's own voice, another than the partner's; None without sound, or where there is only one voice."""
    names: dict[str, str] = field(default_factory=dict)
    faults: list[StageFault] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    """Stages whose words or audio leave this machine, and where they go."""
    recognizer_worker: Worker = field(init=False)
    synthesizer_worker: Worker = field(init=False)
    rater_worker: Worker = field(init=False)
    commands_worker: Worker = field(init=False)
    prosody_worker: Worker = field(init=False)
    coach_worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.recognizer_worker = Worker("recognizer", self.counter)
        self.synthesizer_worker = Worker("synthesizer", self.counter)
        self.rater_worker = Worker("rater", self.counter)
        self.commands_worker = Worker("commands", self.counter)
        self.prosody_worker = Worker("prosody", self.counter)
        self.coach_worker = Worker("coach", self.counter)

    def hesitate(self, clock: Clock) -> None:
        """Let the partner take its time before it answers, by its mood."""
        # The authored one is often both; they stay the same object, which tells that nobody stands in.
        held = {id(one): PausingPartner(one, clock) for one in (self.partner, self.stand_in_partner)}
        self.partner, self.stand_in_partner = held[id(self.partner)], held[id(self.stand_in_partner)]

    async def close(self) -> None:
        """Free the engines, each on its own thread; then the threads."""
        await self.partner.close()
        if self.stand_in_partner is not self.partner:
            await self.stand_in_partner.close()
        await self.advisor.close()
        if self.stand_in_advisor is not self.advisor:
            await self.stand_in_advisor.close()
        if self.recognizer is not None:
            await self.recognizer_worker.run(self.recognizer.close)
        if self.synthesizer is not None:
            await self.synthesizer_worker.run(self.synthesizer.close)
        if self.coach is not None:
            await self.coach_worker.run(self.coach.close)
        for worker in (
            self.recognizer_worker,
            self.synthesizer_worker,
            self.rater_worker,
            self.commands_worker,
            self.prosody_worker,
            self.coach_worker,
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
    if hears:
        load_praat()
    advisor = opening.stage("advisor")
    partner = opening.stage("partner", scenario)
    synthesizer = opening.synthesizer(voice) if speaks else None
    is_authored = opening.names["partner"] == EMBEDDED["partner"]
    stays_alone = not getattr(stage_options(plan, "partner")[1], "stand_in", True)
    return Engines(
        activity=opening.stage("voice_activity"),
        voice=opening.voice() if hears and speaks else None,
        recognizer=opening.stage("recognizer", scenario) if hears else None,
        partner=partner,
        stand_in_partner=partner if is_authored or stays_alone else opening.embedded("partner", scenario),
        synthesizer=synthesizer,
        coach=opening.coach() if synthesizer is not None else None,
        rater=opening.stage("rater"),
        advisor=advisor,
        stand_in_advisor=advisor if opening.names["advisor"] == EMBEDDED["advisor"] else opening.embedded("advisor"),
        commands=_commands() if hears else None,
        answers=_answers() if hears else None,
        counter=counter,
        judge=opening.judge() if hears else None,
        names=opening.names,
        faults=opening.faults,
        hosts=opening.hosts,
    )


def open_feedback(advisor: str | None, options: Mapping[str, str] | None = None) -> tuple[Rater, Advisor | None]:
    """The embedded rater, and the advisor of this name; for commands without a talk.

    options: of the advisor, where they are not the default. Raises UserError when there is no such advisor, when it
    has no such option, or can't start.
    """
    rater = engine("rater", EMBEDDED["rater"])
    opened: Rater = rater.open(rater.options())
    if advisor is None:
        return opened, None
    spec = engine("advisor", advisor)
    return opened, spec.open(checked(dict(options or {}), spec.options, name=f"advisor {advisor}"))


def _commands() -> CommandEar:
    from voice_agent.speech.command_grammar import CommandRecognizer  # loads an acoustic model

    return CommandRecognizer()


def _answers() -> AnswerEar:
    from voice_agent.speech.command_grammar import AnswerRecognizer

    return AnswerRecognizer()


def stage_options(plan: PipelinePlan, stage: str) -> tuple[str, Any]:
    """The engine's name and its typed options. Raises UserError naming the pipeline, stage and key."""
    table: dict[str, Any] = dict(getattr(plan, stage))
    place = f"pipeline {plan.id}, [{stage}]"
    name = table.pop("engine", None)
    if not isinstance(name, str):
        raise UserError('"engine" is missing', place=place, cure=f'add engine = "{EMBEDDED.get(stage, "...")}"')
    return name, checked(table, engine(stage, name).options, name=place)


def open_stage(plan: PipelinePlan, stage: str, *arguments: object) -> Any:
    """One stage as the pipeline asks for it, without a stand-in. Raises UserError, or what the engine raises."""
    name, options = stage_options(plan, stage)
    return engine(stage, name).open(options, *arguments)


def synthesizer_options(plan: PipelinePlan) -> tuple[str, Any]:
    """The engine's name and its typed options; None for the catalogue, whose engines have their own.

    Raises UserError naming the pipeline and the key.
    """
    table = dict(plan.synthesizer)
    table.pop("voice", None)
    name = table.pop("engine", CATALOGUE)
    return name, checked_options(plan, name, table)


def checked_options(plan: PipelinePlan, name: str, table: dict[str, Any]) -> Any:
    """Options of a synthesizer engine, None for the catalogue. Raises UserError naming pipeline and key."""
    place = f"pipeline {plan.id}, [synthesizer]"
    if name != CATALOGUE:
        return checked(table, engine("synthesizer", name).options, name=place)
    if table:
        key = next(iter(table))
        raise UserError(f'unknown key "{key}"', place=place, cure='name the engine that it is for, not "catalogue"')
    return None


class _Opening:
    def __init__(self, plan: PipelinePlan, scenario: Scenario) -> None:
        self._plan = plan
        self._scenario = scenario
        self.names: dict[str, str] = {}
        self.faults: list[StageFault] = []
        self.hosts: dict[str, str] = {}

    def embedded(self, stage: str, *arguments: object) -> Any:
        """The embedded engine with its own options."""
        spec = engine(stage, EMBEDDED[stage])
        return spec.open(spec.options(), *arguments)

    def voice(self) -> VoiceLikelihood | None:
        from voice_agent.audio.silero import SileroDetector

        try:
            return SileroDetector()
        except EngineError as error:
            done = "a cough may stop your partner"
            self.faults.append(StageFault("voice_activity", f"silero: {error.cause}", done, error.cure))
            return None

    def judge(self) -> TurnJudge | None:
        """None, told, when its model is damaged; an ear that is missing is told, and the melody is heard."""
        try:
            if self._plan.turns.ear == "smart-turn" and (ear := self._ear()) is not None:
                return TurnJudge(ear=ear)
            return shared_judge()
        except EngineError as error:
            self.faults.append(
                StageFault(
                    "end of turn", f"words and melody: {error.cause}", "Turns end by silence alone.", error.cure
                )
            )
            return None

    def _ear(self) -> SmartTurn | None:
        try:
            return SmartTurn()
        except EngineError as error:
            self.faults.append(
                StageFault("end of turn", f"smart-turn: {error.cause}", "The melody is heard instead.", error.cure)
            )
            return None

    def stage(self, stage: str, *arguments: object) -> Any:
        name, options = stage_options(self._plan, stage)
        try:
            opened = self._opened(stage, name, options, *arguments)
        except Exception as error:
            # Engines of other packages may raise anything.
            cause, cure = why(error)
            stand_in = EMBEDDED[stage]
            if stand_in == name:
                raise UserError(cause, place=f"{stage} {name}", cure=cure) from error
            opened = self.embedded(stage, *arguments)
            self.faults.append(StageFault(stage, f"{name}: {cause}", f"{stand_in} takes over", cure))
            name = stand_in
        else:
            if engine(stage, name).leaves_machine and not options.is_local:
                self.hosts[stage] = options.host
        self.names[stage] = name
        return opened

    def _opened(self, stage: str, name: str, options: Any, *arguments: object) -> Any:
        """The engine; without its embedding model where only that is missing, which is told."""
        spec = engine(stage, name)
        try:
            return spec.open(options, *arguments)
        except EngineError as error:
            if error.component != EMBEDDINGS:
                raise
            done = "the rater's own network finds the examples"
            self.faults.append(StageFault(stage, f"{name}: {error.cause}", done, error.cure))
            return spec.open(msgspec.structs.replace(options, embeddings=""), *arguments)

    def synthesizer(self, wanted: str | None) -> Synthesizer | None:
        """The voice asked for, or the best installed one; else, with a fault, another that stays on this machine."""
        table = dict(self._plan.synthesizer)
        named = table.pop("voice", None)
        only = table.pop("engine", CATALOGUE)
        wanted = wanted or named
        if wanted:
            asked, whose = [load_voice(wanted)], wanted
            by = asked[0].engine
            if by not in (only, CATALOGUE) and wanted != named:
                table = {}  # the voice was asked for elsewhere: these options are for another engine
        else:
            asked, whose, by = [voice for voice in _choices(only) if is_installed(voice)], only, only
        chosen = checked_options(self._plan, by, table)
        opened, faults = open_voice(self._scenario, asked, keep_order=bool(wanted), options=table)
        if opened is None and not asked:
            cure = (
                f"run `voice-agent setup {self._plan.id}`"
                if _choices(only)
                else f'add a voice file with engine = "{only}"'
            )
            faults.append(StageFault("synthesizer", f"{whose}: none of its voices is installed", "", cure))
        if opened is None and whose != CATALOGUE:
            others = [voice for voice in _choices(CATALOGUE) if is_installed(voice)]
            opened, more = open_voice(self._scenario, others, keep_order=False, options={})
            faults += more
        self.faults += faults
        if opened is None:
            self.faults.append(
                StageFault("synthesizer", "no voice of the catalogue works", "replies are shown as text", "")
            )
            return None
        voice, synthesizer = opened
        for fault in faults:
            fault.done = f"{voice.id} takes over"
        self.names |= {"synthesizer": voice.engine, "voice": voice.id}
        if engine("synthesizer", voice.engine).leaves_machine and not chosen.is_local:
            self.hosts["synthesizer"] = chosen.host
        return synthesizer

    def coach(self) -> Synthesizer | None:
        """The first working voice that is not the partner's, of the other sex where there is one."""
        voices = [voice for voice in _choices(CATALOGUE) if is_installed(voice)]
        partner = next((one for one in voices if one.id == self.names.get("voice")), None)
        others = [one for one in voices if partner is None or one.id != partner.id]
        others.sort(key=lambda one: partner is not None and one.sex is partner.sex)
        opened, _ = open_voice(self._scenario, others, keep_order=True, options={})
        return opened[1] if opened is not None else None


def _choices(only: str) -> list[Voice]:
    """The voices of an engine; of the catalogue those that never leave this machine."""
    if only != CATALOGUE:
        own = engine("synthesizer", only).own_voice
        return [own] if own is not None else [voice for voice in all_voices() if voice.engine == only]
    leaving = {name for name in engine_names("synthesizer") if engine("synthesizer", name).leaves_machine}
    return [voice for voice in all_voices() if voice.engine not in leaving]


def open_voice(
    scenario: Scenario, voices: Sequence[Voice], *, keep_order: bool, options: dict[str, Any]
) -> tuple[tuple[Voice, Synthesizer] | None, list[StageFault]]:
    """The first working voice, by the scenario's wish or in the order given, and why others did not work.

    That the system lacks an engine of its own (Flite) is no fault while another voice works.
    """
    opened: dict[str, Synthesizer] = {}
    failed: list[tuple[Voice, str, str]] = []

    def works(voice: Voice) -> bool:
        try:
            spec = engine("synthesizer", voice.engine)
            opened[voice.id] = spec.open(checked(options, spec.options, name=f"voice {voice.id}"), voice)
        except Exception as error:  # noqa: BLE001 - engines of other packages may raise anything
            failed.append((voice, *why(error)))
            return False
        return True

    if keep_order:
        chosen = next((voice for voice in voices if works(voice)), None)
    else:
        try:
            chosen = choose_voice(scenario.partner.voice, voices, works)
        except UserError:
            chosen = None
    told = [one for one in failed if chosen is None or keep_order or one[0].files]
    # Four voices of an engine that is missing are one fault.
    by_cause = {(voice.engine, cause): (voice, cause, cure) for voice, cause, cure in reversed(told)}
    faults = [
        StageFault("synthesizer", f"{voice.id}: {cause}", "", cure)
        for voice, cause, cure in reversed(by_cause.values())
    ]
    return ((chosen, opened[chosen.id]) if chosen else None), faults
