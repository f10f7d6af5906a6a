"""The pipeline that the user wants: named, in the environment, or in config.toml; and what these change in it.

`config.toml` in the user's config folder:

    pipeline = "local"                    # where no --pipeline is given

    [pipelines.local.recognizer]          # changes a stage of the pipeline "local"
    model = "small.en"

Environment: VOICE_AGENT_PIPELINE, and VOICE_AGENT_<STAGE>_<OPTION> for the pipeline in use, such as
VOICE_AGENT_RECOGNIZER_MODEL, VOICE_AGENT_PARTNER_BASE_URL, VOICE_AGENT_TURNS_PATIENCE; an empty one counts as
not set. Order: flag, environment, config.toml, pipeline file. Another `engine` for a stage drops the options that
the engine before it had.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import read_text
from voice_agent.catalog.pipelines import DEFAULT_PIPELINE, load_pipeline
from voice_agent.catalog.toml_lines import parse_toml
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError, nearest
from voice_agent.folders import config_folder
from voice_agent.pipeline_plan import PipelinePlan, Turns
from voice_agent.registry import STAGES, engine

PREFIX = "VOICE_AGENT_"
PIPELINE_VARIABLE = "VOICE_AGENT_PIPELINE"
CATALOGUE = "catalogue"
_TURNS = "turns"
_PARTS = (*STAGES, _TURNS)
_OTHER_VARIABLES = ("HOME", "PIPELINE", "REGION", "MODEL", "MIRROR", "SPEECH")


class _Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options by name, for each part of a pipeline."""

    voice_activity: dict[str, Any] = {}
    recognizer: dict[str, Any] = {}
    partner: dict[str, Any] = {}
    synthesizer: dict[str, Any] = {}
    rater: dict[str, Any] = {}
    advisor: dict[str, Any] = {}
    turns: dict[str, Any] = {}


class _Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The format of config.toml."""

    pipeline: str = ""
    pipelines: dict[str, _Changes] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is not the pipeline file's."""

    part: str
    """A stage, or `turns`."""
    option: str
    value: Any
    by: str
    """The variable, or the file with its line."""
    is_text: bool = False
    """From the environment: numbers and truths are still written as text."""


def chosen_name(name: str | None = None) -> str:
    """The pipeline's id: as named, else VOICE_AGENT_PIPELINE, else config.toml's, else the embedded one."""
    return name or os.environ.get(PIPELINE_VARIABLE, "") or _config()[0].pipeline or DEFAULT_PIPELINE


def chosen_pipeline(name: str | None = None) -> PipelinePlan:
    """The pipeline in use, with all changes. Raises UserError naming the file and line, or the variable."""
    return _changed(configured_pipeline(chosen_name(name)), _of_environment())


def configured_pipeline(name: str) -> PipelinePlan:
    """A pipeline with the changes of config.toml, not those of the environment. Raises UserError."""
    plan = load_pipeline(name)
    return _changed(plan, _of_config(plan.id))


def changes_of(plan_id: str) -> list[Change]:
    """What config.toml and the environment change in the pipeline in use; a later one wins."""
    return [*_of_config(plan_id), *_of_environment()]


def unknown_variables() -> dict[str, str]:
    """Variables that begin like ours and mean nothing, each with its cure: most are slips."""
    known = [PREFIX + name for name in _OTHER_VARIABLES]
    known += [f"{PREFIX}{part.upper()}_ENGINE" for part in STAGES]
    found = {}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known and _split(name) is None:
            found[name] = nearest(name, known) if nearest(name, known).startswith("did") else "unset it"
    return found


def config_file() -> str:
    return str(config_folder() / "config.toml")


def _config() -> tuple[_Config, Any]:
    path = config_folder() / "config.toml"
    if not path.is_file():
        return _Config(), lambda _: None
    data, line_of = parse_toml(read_text(path), name=str(path))
    return checked(data, _Config, name=str(path), line_of=line_of) if data else _Config(), line_of


def _of_config(plan_id: str) -> list[Change]:
    config, line_of = _config()
    changes = config.pipelines.get(plan_id, _Changes())
    return [
        Change(part, option, value, f"{config_file()}:{line_of(('pipelines', plan_id, part, option)) or 1}")
        for part in _PARTS
        for option, value in getattr(changes, part).items()
    ]


def _of_environment() -> list[Change]:
    found = []
    for name, value in sorted(os.environ.items()):
        if (split := _split(name)) is not None and value:
            found.append(Change(*split, value, name, is_text=True))
    return found


def _split(name: str) -> tuple[str, str] | None:
    """A variable's stage and option."""
    rest = name.removeprefix(PREFIX).lower()
    if not name.startswith(PREFIX):
        return None
    return next(((part, rest[len(part) + 1 :]) for part in _PARTS if rest.startswith(f"{part}_")), None)


def _changed(plan: PipelinePlan, changes: Iterable[Change]) -> PipelinePlan:
    for part, of_part in groupby(changes, key=lambda change: change.part):
        # The engine first: it decides which options there are.
        ordered = sorted(of_part, key=lambda change: change.option != "engine")
        if part == _TURNS:
            told = {change.option: _value(change, Turns) for change in ordered}
            plan = msgspec.structs.replace(plan, turns=msgspec.structs.replace(plan.turns, **told))
        else:
            plan = msgspec.structs.replace(plan, **{part: _table(part, getattr(plan, part), ordered)})
    return plan


def _table(part: str, table: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    table = dict(table)
    for change in changes:
        if change.option == "engine":
            if change.value != table.get("engine"):
                table = {"engine": _engine_name(part, change)}
        elif part == "synthesizer" and change.option == "voice":
            load_voice(str(change.value))
            table["voice"] = str(change.value)
        else:
            table[change.option] = msgspec.to_builtins(_value(change, _options(part, table, change)))
    return table


def _engine_name(part: str, change: Change) -> str:
    name = str(change.value)
    if not (part == "synthesizer" and name == CATALOGUE):
        try:
            engine(part, name)
        except UserError as error:
            raise UserError(error.cause, place=change.by, cure=error.cure) from error
    return name


def _options(part: str, table: dict[str, Any], change: Change) -> type[msgspec.Struct]:
    name = str(table.get("engine", CATALOGUE))
    if part == "synthesizer" and "voice" in table:
        name = load_voice(str(table["voice"])).engine
    if part == "synthesizer" and name == CATALOGUE:
        raise UserError(
            f'the catalogue has no option "{change.option}"',
            place=change.by,
            cure="name a voice, or a synthesizer's engine, whose options it may be",
        )
    return engine(part, name).options


def _read(text: str, kind: Any) -> Any:
    """A variable's text as its option's type, or as near as it comes: what is wrong is told later."""
    with suppress(msgspec.ValidationError):
        return msgspec.convert({"yes": "true", "no": "false"}.get(text.lower(), text), kind, strict=False)
    with suppress(ValueError):
        return float(text) if "." in text else int(text)
    return text


def _value(change: Change, options: type[msgspec.Struct]) -> Any:
    """The value in its option's type. Raises UserError; never tells a value that may be a key."""
    types = {field.encode_name: field.type for field in msgspec.structs.fields(options)}
    if change.option not in types:
        cure = nearest(change.option, types)
        if "key" in change.option and "key_variable" in types:
            cure = "keys come from the environment variable that key_variable names, or from the key ring"
        raise UserError(f'there is no option "{change.option}"', place=change.by, cure=cure)
    value = _read(change.value, types[change.option]) if change.is_text else change.value
    found = checked({change.option: msgspec.to_builtins(value)}, options, name=change.by)
    return getattr(found, change.option)
