"""Which engine runs each stage. The format of `pipelines/*.toml`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from voice_agent.scenario import Slug, Text
from voice_agent.settings import Duplex, Patience


class Turns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How turns are taken, where the user has not chosen."""

    patience: Patience = Patience.NORMAL
    duplex: Duplex | None = None
    """None: half with a sound card, full with files."""
    silence_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 8.0


class PipelinePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One pipeline. A stage is a table with `engine` and that engine's own options."""

    schema: Literal[1]
    id: Slug
    title: Text
    voice_activity: dict[str, Any]
    recognizer: dict[str, Any]
    partner: dict[str, Any]
    synthesizer: dict[str, Any]
    """`engine = "catalogue"` takes the best working voice for each scenario's wish; `voice` names one."""
    rater: dict[str, Any]
    turns: Turns = Turns()
