"""Which model, and how long to wait; the typed options that every stage on a chat server shares."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import msgspec

from voice_agent.servers.options import ServerOptions


class Message(msgspec.Struct, frozen=True):
    """One message of a chat request."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatOptions(ServerOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a stage that asks a chat server."""

    model: str = ""
    """Empty: the variable VOICE_AGENT_MODEL, else gpt-4o-mini."""
    first_token_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 8.0
    """Longest wait for the first piece of an answer, in seconds."""
    next_token_s: Annotated[float, msgspec.Meta(gt=0, le=600)] = 4.0
    """Longest wait between two pieces, in seconds."""
    whole_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0
    """Longest time for a whole answer, in seconds."""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.7

    @property
    def model_name(self) -> str:
        return self.model or os.environ.get("VOICE_AGENT_MODEL", "") or "gpt-4o-mini"
