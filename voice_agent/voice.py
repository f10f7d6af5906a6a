"""A voice that a partner can speak with. The format of `voices/*.toml`, one voice a file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from voice_agent.model_file import ModelFile
from voice_agent.scenario import Age, Sex, Slug, Text

SAMPLE = "I hear you. I just don't see why it has to be me, and why it has to be tonight."


class Voice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the voice catalogue."""

    schema: Literal[1]
    id: Slug
    """The same as the file's name without `.toml`."""
    title: Text
    engine: Text
    """Name of a synthesizer engine: espeak-ng, flite, piper, openai."""
    engine_voice: Text
    """What the engine calls it: `en-us+f3`, `slt`, `en_US-joe-medium`, `en_GB-vctk-medium#p245`, `alloy`."""
    language: Text
    """BCP 47, lower case: en-us."""
    sex: Sex
    age: Age
    manner: Text
    """How it sounds, in a few words: `clear, a little flat`."""
    naturalness: Annotated[int, msgspec.Meta(ge=1, le=5)]
    """1 robot, 5 hardly told from a person. The better of two fitting voices is chosen."""
    rate: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    """Brings the engine's own speed to an easy talking pace; multiplied with the scenario's wish."""
    pitch: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    licence: Text
    source: Text
    """Where voice and engine come from: a project's name or address."""
    sample: Text = SAMPLE
    """What it says when someone wants to hear it."""
    files: tuple[ModelFile, ...] = ()
    """What has to be downloaded for it; empty when its engine brings the voice along."""
