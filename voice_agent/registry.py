"""Engines by name: each registers an `EngineSpec` under an entry point, so that another package can add one.

Groups: `voice_agent.voice_activity`, `voice_agent.recognizers`, `voice_agent.partners`,
`voice_agent.synthesizers`, `voice_agent.raters`, `voice_agent.advisors`. The entry point's name is the
engine's name in a pipeline file; it loads an `EngineSpec`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

import msgspec

from voice_agent.errors import UserError, nearest

Options = TypeVar("Options", bound=msgspec.Struct)

STAGES = {
    "voice_activity": "voice_agent.voice_activity",
    "recognizer": "voice_agent.recognizers",
    "partner": "voice_agent.partners",
    "synthesizer": "voice_agent.synthesizers",
    "rater": "voice_agent.raters",
    "advisor": "voice_agent.advisors",
}
"""Stage of a pipeline, and the entry point group of its engines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec(Generic[Options]):
    """An engine as the program sees it before it is opened; importing its module loads no model."""

    options: type[Options]
    """A frozen msgspec Struct with `forbid_unknown_fields`; every field has a default."""
    open: Callable[..., Any]
    """Makes the engine, ready for use. Raises EngineError or UserError with a cure when it can't start.

    Arguments by stage: voice_activity (options), recognizer (options, scenario or None), partner (options, scenario),
    synthesizer (options, voice), rater (options), advisor (options).
    """
    leaves_machine: bool = False
    """Whether words or audio may go to another host; then the options tell `host` and `is_local`."""
    own_voice: Any = None
    """The one `Voice` of a synthesizer that is in no catalogue: only a pipeline that names the engine has it."""


@cache
def _entries(stage: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=STAGES[stage])}


def engine_names(stage: str) -> list[str]:
    return sorted(_entries(stage))


def engine(stage: str, name: str) -> EngineSpec[Any]:
    """The engine's spec. Raises UserError when there is none of that name for the stage."""
    try:
        entry = _entries(stage)[name]
    except KeyError:
        raise UserError(f'no {stage} engine is named "{name}"', cure=nearest(name, engine_names(stage))) from None
    spec = entry.load()
    if not isinstance(spec, EngineSpec):
        raise UserError(f'{stage} engine "{name}" of {entry.value} is no EngineSpec', cure="update its package")
    return spec
