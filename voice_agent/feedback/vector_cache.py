"""Vectors of texts kept on disk: a bank is encoded once for each model.

The files are private, since vectors tell of the words that they were made from; what a learner says in a talk is
never kept here.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from voice_agent.errors import UserError
from voice_agent.feedback.text_encoder import Floats, TextEncoder
from voice_agent.folders import cache_folder, write_private

BATCH = 32


def cached_vectors(turns: Sequence[tuple[str, str]], encoder: TextEncoder) -> Floats:
    """As `encoder.vectors`, from the cache where it has them; what is new is encoded and kept.

    A broken file is made anew; one that can't be written costs time and no more.
    """
    path = cache_file(encoder)
    known = _read(path)
    keys = [_key(turn) for turn in turns]
    new = {key: turn for key, turn in zip(keys, turns, strict=True) if key not in known}
    if new:
        asked = list(new.values())
        made = [encoder.vectors(asked[start : start + BATCH]) for start in range(0, len(asked), BATCH)]
        known |= dict(zip(new, np.vstack(made), strict=True))
        _write(path, known)
    return np.vstack([known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)


def cache_file(encoder: TextEncoder) -> Path:
    return cache_folder() / "embeddings" / f"{hashlib.sha256(encoder.name.encode()).hexdigest()[:24]}.npz"


def _key(turn: tuple[str, str]) -> str:
    return hashlib.sha256("\0".join(turn).encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> dict[str, Floats]:
    try:
        # Read whole first: np.load leaves a broken file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            keys, vectors = kept["keys"], kept["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
    if vectors.ndim != 2 or len(keys) != len(vectors):
        return {}
    return dict(zip(map(str, keys), vectors, strict=True))


def _write(path: Path, known: dict[str, Floats]) -> None:
    file = io.BytesIO()
    np.savez(file, keys=np.array(list(known)), vectors=np.vstack(list(known.values())))
    try:
        write_private(path, file.getvalue())
    except UserError:
        return
