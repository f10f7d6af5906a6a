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
    """None: full with headphones, files, or an echo canceller that works; else half."""
    silence_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 8.0
    replies_ahead: Annotated[int, msgspec.Meta(ge=0, le=8)] | None = None
    """Replies that may be prepared for one turn before it is surely over. None: 3 where the partner answers on this
    machine, 0 where words leave it and may cost money."""
    ear: Literal["melody", "smart-turn"] = "melody"
    """What hears how finished a turn sounds: pitch and level, or Smart Turn v3 where the package `pipecat-ai` is."""
    stance_pauses: bool = False
    """Whether the partner hesitates before it answers, by its mood."""


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
    advisor: dict[str, Any] = msgspec.field(default_factory=lambda: {"engine": "local"})
    turns: Turns = Turns()
