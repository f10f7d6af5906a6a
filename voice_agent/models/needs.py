"""Which models a pipeline needs on this machine."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from voice_agent.catalog.models import all_models
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError, nearest
from voice_agent.model_entry import ModelEntry
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.registry import STAGES, engine


def needed(plan: PipelinePlan) -> list[ModelEntry]:
    """The models of all stages, each once, in the order of the stages; none where engines bring their own.

    Raises UserError when a stage names a model that nobody has described.
    """
    models = all_models()
    found: dict[str, ModelEntry] = {}
    for stage in STAGES:
        for model in _of_stage(plan, stage, models):
            found[model.id] = model
    return list(found.values())


def _of_stage(plan: PipelinePlan, stage: str, models: list[ModelEntry]) -> list[ModelEntry]:
    table: dict[str, Any] = getattr(plan, stage)
    name, wanted = str(table.get("engine", "")), table.get("model")
    if stage == "synthesizer" and "voice" in table:
        voice = load_voice(str(table["voice"]))
        name, wanted = voice.engine, voice.engine_voice
    known = [model for model in models if model.stage == stage and model.engine == name]
    if not known:
        return []
    if wanted is None:
        wanted = _default_model(stage, name)
    if wanted is None:
        return [model for model in known if model.starter]
    # A voice of many speakers names one of them behind the model's name.
    found = [model for model in known if re.match(rf"{re.escape(model.name)}(?![\w.-])", str(wanted))]
    if found or "/" in str(wanted) or "\\" in str(wanted):
        return found  # a path is the user's own model
    raise UserError(
        f'there is no download for the model "{wanted}"',
        place=f"pipeline {plan.id}, [{stage}]",
        cure=nearest(str(wanted), {model.name for model in known}) + ", or describe it in a file of models/",
    )


def _default_model(stage: str, name: str) -> str | None:
    """What the engine uses when the pipeline names nothing."""
    try:
        options = engine(stage, name).options
    except UserError:
        return None
    for field in msgspec.structs.fields(options):
        if field.encode_name == "model" and isinstance(field.default, str):
            return field.default or None
    return None
