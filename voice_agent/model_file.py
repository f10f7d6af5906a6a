"""A file that an engine needs and does not carry: where it comes from, and how to tell that it is whole."""

from __future__ import annotations

from typing import Annotated

import msgspec


class ModelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a model."""

    path: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$")]
    """Where it lies below the models folder: `piper/en_US-joe-medium.onnx`."""
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+$")]
    bytes: Annotated[int, msgspec.Meta(ge=1)]
    """Its size; a file of another size is not whole."""
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    md5: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")] | None = None
    """As its publisher tells it; believed only where no `sha256` is known."""
