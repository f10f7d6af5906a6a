"""Finds a Piper voice on this machine and loads it; downloads nothing.

A model is two files, `NAME.onnx` and `NAME.onnx.json`, in the models folder (`piper/`) or wherever the voice
file says. Source of the format: piper-tts 1.8, `piper/config.py` and `piper/voice.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_agent.errors import EngineError, UserError, nearest
from voice_agent.folders import models_folder
from voice_agent.models.sums import changed
from voice_agent.quiet import quieten
from voice_agent.voice import Voice

if TYPE_CHECKING:
    from piper.voice import PiperVoice

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_QUIET_LOG = 4
"""onnxruntime's `fatal`: its warnings on the terminal would tear the screen."""
_MOST_SPEAKERS_TOLD = 8


@dataclass(frozen=True, slots=True)
class PiperModel:
    """A loaded model and who of it speaks."""

    piper: PiperVoice
    speaker: int | None
    """None where the model has only one."""


def model_path(voice: Voice) -> Path:
    """The model of `engine_voice`, without its `#speaker`; there may be no such file.

    Raises UserError when `engine_voice` names neither a model nor a file.
    """
    name = voice.engine_voice.partition("#")[0]
    if name.endswith(".onnx"):
        return Path(name).expanduser()
    if not _NAME.fullmatch(name):
        raise UserError(
            f'piper has no voice "{name}"',
            place=f"voice {voice.id}",
            cure="name a model such as en_US-joe-medium, or a file that ends in .onnx",
        )
    return models_folder() / "piper" / f"{name}.onnx"


def load(voice: Voice, threads: int) -> PiperModel:
    """Blocking, about half a second. threads: of the model; 0 for half of the cores.

    Raises EngineError when the model is missing or broken, UserError for a speaker that it does not have.
    """
    path = model_path(voice)
    setup = f"run `voice-agent setup {voice.id if voice.files else path.stem}`"
    config = _config(path, setup)
    if path.parent == models_folder() / "piper" and (name := changed(f"piper/{path.name}")):
        raise _broken(models_folder() / name, "it has changed since it was fetched", setup)
    try:
        import onnxruntime
        from piper.config import PiperConfig
        from piper.voice import PiperVoice  # 0.1 s
    except ImportError as error:
        raise EngineError("synthesizer", "piper-tts can't be loaded", cure="reinstall piper-tts") from error
    quieten("piper")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or max(1, (os.cpu_count() or 2) // 2)
    options.log_severity_level = _QUIET_LOG
    try:
        piper = PiperVoice(
            config=PiperConfig.from_dict(config),
            session=onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]),
        )
        has_espeak_phonemes = piper.config.phoneme_type.value in ("espeak", "text")
        is_plausible = 8_000 <= piper.config.sample_rate <= 48_000
    except Exception as error:
        raise _broken(path, type(error).__name__, setup) from error
    if not (has_espeak_phonemes and is_plausible):
        raise _broken(path, "its settings are of another kind", setup)
    return PiperModel(piper, _speaker(voice, piper.config.speaker_id_map, piper.config.num_speakers))


def _config(path: Path, setup: str) -> dict[str, object]:
    """The model's settings. Raises EngineError when either of its files is missing or the settings are no JSON.

    setup: the cure for a model that can be downloaded.
    """
    settings = path.with_name(f"{path.name}.json")
    for file in (path, settings):
        if not file.is_file():
            is_own = path.parent != models_folder() / "piper"
            cause = f"there is no file {file}" if is_own else f"{path.stem} is not installed"
            raise EngineError("synthesizer", cause, cure="check engine_voice" if is_own else setup)
    try:
        config = json.loads(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(settings, type(error).__name__, setup) from error
    if not isinstance(config, dict):
        raise _broken(settings, "its settings are of another kind", setup)
    return config


def _broken(path: Path, why: str, setup: str) -> EngineError:
    return EngineError("synthesizer", f"{path.name} is broken ({why})", cure=setup)


def _speaker(voice: Voice, names: Mapping[str, int], count: int) -> int | None:
    """The speaker after `#`: a name where the model names its speakers, else a number from 0."""
    wanted = voice.engine_voice.partition("#")[2]
    if not wanted:
        return 0 if count > 1 else None
    if wanted in names:
        return names[wanted]
    if not names and wanted.isdecimal() and int(wanted) < max(1, count):
        return int(wanted) if count > 1 else None
    known = nearest(wanted, names) if 0 < len(names) <= _MOST_SPEAKERS_TOLD else ""
    first = ", ".join(list(names)[:_MOST_SPEAKERS_TOLD])
    if not names:
        known = f"choose 0 to {count - 1}" if count > 1 else "leave out the #"
    raise UserError(
        f'{model_path(voice).stem} has no speaker "{wanted}"',
        place=f"voice {voice.id}",
        cure=known or f"choose one of its {count}: {first} and so on",
    )
