"""Models on disk, servers, and the stages at work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from voice_agent.catalog.checked import checked
from voice_agent.catalog.chosen import CATALOGUE
from voice_agent.catalog.voices import load_voice
from voice_agent.chat.options import ChatOptions
from voice_agent.chat.server import ChatServer
from voice_agent.doctor.findings import Finding, Verdict
from voice_agent.models.install import check
from voice_agent.models.needs import needed
from voice_agent.models.states import State
from voice_agent.pipeline.proof import Trial
from voice_agent.pipeline.stages import EMBEDDED, stage_options
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import engine


def models(plan: PipelinePlan) -> Finding:
    """Whether the files that the pipeline needs are whole, by their checksums."""
    states = check(needed(plan))
    if not states:
        return Finding("models", Verdict.OK, f"{plan.id} needs no downloads")
    bad = [state for state in states if state.state is not State.INSTALLED]
    if bad:
        told = ", ".join(f"{state.model.id} is {state.state.value}" for state in bad)
        return Finding("models", Verdict.FAILED, told, f"run `voice-agent setup {plan.id}`", is_needed=True)
    size_mb = sum(state.model.size for state in states) / 1e6
    return Finding("models", Verdict.OK, f"{', '.join(state.model.id for state in states)} ({size_mb:.0f} MB, whole)")


def servers(plan: PipelinePlan) -> dict[str, tuple[list[str], ChatOptions]]:
    """The chat servers that stages ask, by address: the stages, and the options of the first."""
    found: dict[str, tuple[list[str], ChatOptions]] = {}
    for stage in EMBEDDED:
        _, options = stage_options(plan, stage)
        if isinstance(options, ChatOptions):
            found.setdefault(f"{options.shown_address} {options.model_name}", ([], options))[0].append(stage)
    return found


def server(stages: list[str], options: ChatOptions) -> Finding:
    """Whether it answers and has the model. Raises EngineError or UserError with a cure."""
    component = f"server of {' and '.join(stages)}"

    async def names() -> list[str]:
        one = ChatServer(options, component=component)
        try:
            return await one.models()
        finally:
            await one.close()

    known, model = asyncio.run(names()), options.model_name
    # Ollama lists what it calls by a bare name with a tag.
    if known and not {model, f"{model}:latest"} & set(known):
        cure = f"run `ollama pull {model}`" if options.is_local else "choose a model that the server has"
        told = f"{options.host} has no model {model}, but {', '.join(known[:5])}"
        return Finding(component, Verdict.FAILED, told, cure, is_needed=True)
    return Finding(component, Verdict.OK, f"{options.shown_address} answers, model {model}")


def stages(trial: Trial) -> Iterator[Finding]:
    """Each stage's work, once."""
    for proof in trial.proofs():
        verdict = Verdict.OK if proof.works else Verdict.FAILED
        told = proof.told if proof.told.startswith(f"{proof.engine}:") else f"{proof.engine}: {proof.told}"
        yield Finding(
            proof.stage.replace("_", " "), verdict, told, proof.cure, is_needed=True, seconds=round(proof.seconds, 3)
        )


def leaves_machine(plan: PipelinePlan) -> str:
    """The host to which the pipeline sends words or sound; empty when all stays here. Raises UserError."""
    for stage in EMBEDDED:
        name, options = stage_options(plan, stage)
        if engine(stage, name).leaves_machine and not options.is_local:
            return str(options.host)
    table = dict(plan.synthesizer)
    name, voice = table.pop("engine", CATALOGUE), table.pop("voice", None)
    name = load_voice(voice).engine if voice else name
    if name != CATALOGUE and (spec := engine("synthesizer", name)).leaves_machine:
        chosen = checked(table, spec.options, name=f"pipeline {plan.id}, [synthesizer]")
        return "" if chosen.is_local else str(chosen.host)
    return ""
