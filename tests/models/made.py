"""Models of a few kilobytes, described as the shipped ones are."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile

WEIGHTS = random.Random(1).randbytes(50_000)
CONFIG = b'{"model": "tiny"}'
FILES = {"/org/tiny/model.bin": WEIGHTS, "/org/tiny/config.json": CONFIG}


def model(url: str, *, checksum: str | None = "sha256") -> ModelEntry:
    """The model of `FILES` on a server. checksum: the algorithm that is published, or None."""
    return ModelEntry(
        schema=1,
        id="test-tiny",
        title="A tiny model",
        stage="recognizer",
        engine="faster-whisper",
        name="tiny.test",
        licence="CC0",
        source="https://example.org",
        files=tuple(
            ModelFile(
                path=f"whisper/tiny.test/{path.rsplit('/', 1)[1]}",
                url=url + path,
                bytes=len(body),
                sha256=hashlib.sha256(body).hexdigest() if checksum == "sha256" else None,
                md5=hashlib.md5(body).hexdigest() if checksum == "md5" else None,
            )
            for path, body in FILES.items()
        ),
    )


def toml(entry: ModelEntry) -> str:
    """The entry as a file of `models/`."""
    keys = ("id", "title", "stage", "engine", "name", "licence", "source")
    lines = ["schema = 1", *(f'{key} = "{getattr(entry, key)}"' for key in keys)]
    for file in entry.files:
        lines += ["", "[[files]]", f'path = "{file.path}"', f'url = "{file.url}"', f"bytes = {file.bytes}"]
        lines += [f'sha256 = "{file.sha256}"'] if file.sha256 else []
    return "\n".join(lines) + "\n"


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
