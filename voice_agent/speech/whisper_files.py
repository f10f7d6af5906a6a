"""Where Whisper models lie, and which parts of the machine run them. Nothing is downloaded here."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from voice_agent.errors import EngineError, nearest
from voice_agent.folders import models_folder
from voice_agent.models.sums import changed

FOLDER = "whisper"
"""Below the user's folder of models: one folder for each model, called by its size."""
SIZES = (
    "tiny", "tiny.en", "base", "base.en", "small", "small.en", "distil-small.en", "medium", "medium.en",
    "distil-medium.en", "large-v2", "large-v3", "distil-large-v3", "large-v3-turbo",
)  # fmt: skip
NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer the engine would ask a model hub for one."""
MOST_THREADS = 8
"""More threads make decoding hardly faster."""


def installed() -> list[str]:
    """Names of the models in the user's folder."""
    folder = models_folder() / FOLDER
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def model_path(model: str) -> Path:
    """The folder of a model, by its size or by a path. Raises EngineError with a cure when it is not whole."""
    is_path = model.startswith(("~", ".")) or "/" in model or os.sep in model
    folder = Path(model).expanduser() if is_path else models_folder() / FOLDER / model
    if not folder.is_dir():
        if is_path:
            raise _error(f"there is no folder {folder}", cure="name the folder of a CTranslate2 model, or a size")
        if model not in SIZES and model not in installed():
            raise _error(f'no model is called "{model}"', cure=nearest(model, {*SIZES, *installed()}))
        raise _error(f'the model "{model}" is not installed', cure='run "voice-agent setup local"')
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        missing.append("vocabulary.json")
    if missing:
        raise _error(
            f'the model "{model}" lacks {", ".join(missing)}',
            cure="name the folder of a whole model" if is_path else 'run "voice-agent setup local" again',
        )
    if not is_path and (name := changed(f"{FOLDER}/{model}/")):
        raise _error(f"{name} has changed since it was fetched", cure=f'run "voice-agent setup {model}"')
    return folder


def devices_for(wanted: str, cuda_devices: Callable[[], int]) -> tuple[str, ...]:
    """Devices to try, best first. wanted: `auto`, `cpu` or `cuda`. Raises EngineError where there is no such GPU."""
    if wanted == "cpu":
        return ("cpu",)
    count = cuda_devices()
    if wanted == "cuda" and not count:
        raise _error("no CUDA device is there", cure='set device = "cpu"')
    # A GPU whose libraries (cuBLAS, cuDNN) are missing shows at the first decode.
    return {"cuda": ("cuda",), "auto": ("cuda", "cpu") if count else ("cpu",)}[wanted]


def compute_type_for(device: str, wanted: str, supported: Collection[str]) -> str:
    """How numbers are held: float16 on CUDA, int8 on CPU, where the device has it. Raises EngineError."""
    if wanted != "auto":
        if wanted not in supported:
            raise _error(f"{device} has no compute type {wanted}", cure=nearest(wanted, supported))
        return wanted
    best = ("float16", "int8_float16", "int8", "float32") if device == "cuda" else ("int8", "float32")
    return next((kind for kind in best if kind in supported), "default")


def threads_for(wanted: int, cores: int | None = None) -> int:
    """Threads on CPU. wanted: 0 leaves one core to sound, screen and voice; at most 8 then."""
    if wanted:
        return wanted
    if cores is None:
        # Cores that this process may use: a container can have fewer than the machine.
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST_THREADS, max(1, cores - 1))


def _error(cause: str, *, cure: str) -> EngineError:
    return EngineError("recognizer", cause, cure=cure)
