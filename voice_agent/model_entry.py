"""A model that `voice-agent setup` can download. The format of `models/*.toml`, one model a file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from voice_agent.model_file import ModelFile
from voice_agent.scenario import Slug, Text


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model: what uses it, where its files come from and where they go."""

    schema: Literal[1]
    id: Slug
    """The same as the file's name without `.toml`."""
    title: Text
    stage: Literal["voice_activity", "recognizer", "partner", "synthesizer", "rater", "advisor"]
    engine: Text
    """The engine that reads it, as pipelines name it."""
    name: Text
    """What the engine calls it: the recognizer's option `model`, a voice's `engine_voice` without its speaker."""
    starter: bool = False
    """Downloaded for a pipeline that uses the engine and names no model or voice."""
    licence: Text
    """Shown before it is downloaded."""
    source: Text
    """Who publishes it: an address."""
    files: Annotated[tuple[ModelFile, ...], msgspec.Meta(min_length=1, max_length=200)]
    """Where only a size is known, the first download's SHA-256 is remembered and must stay."""

    def __post_init__(self) -> None:
        if len(self.paths) < len(self.files):
            raise ValueError("two files have the same path; give each its own")

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(file.path for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.bytes for file in self.files)
