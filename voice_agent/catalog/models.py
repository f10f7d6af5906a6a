"""The models that can be downloaded: `models/*.toml`, shipped and the user's own, and those that voices describe."""

from __future__ import annotations

from difflib import get_close_matches

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text
from voice_agent.catalog.toml_lines import parse_toml
from voice_agent.catalog.voices import all_voices, load_voice, voice_files
from voice_agent.errors import UserError, nearest
from voice_agent.model_entry import ModelEntry
from voice_agent.voice import Voice

KIND, SUFFIX = "models", ".toml"


def model_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def all_models() -> list[ModelEntry]:
    """Each model once: those with a file of their own, then those that only voices describe."""
    models = [_read(file) for file in model_files().values()]
    known = {model.paths for model in models}
    for voice in all_voices():
        if voice.files and (model := _of_voice(voice)).paths not in known:
            known.add(model.paths)
            models.append(model)
    return models


def load_model(name: str) -> ModelEntry:
    """The model of this id, in this file, that its engine calls so (`base.en`), or that a voice of this id needs.

    Raises UserError naming file, line and field, or the nearest model.
    """
    if name.endswith(SUFFIX) or name in model_files():
        return _read(find(KIND, SUFFIX, name))
    models = all_models()
    found = [model for model in models if name in (model.id, model.name)]
    if not found and name in voice_files() and (voice := load_voice(name)).files:
        found = [model for model in models if model.paths == _of_voice(voice).paths]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f'several models are called "{name}"', cure=nearest(name, [model.id for model in found]))
    near = get_close_matches(name, sorted({word for model in models for word in (model.id, model.name)}), n=1)
    cure = f'did you mean "{near[0]}"?' if near else "see `voice-agent setup --list`"
    raise UserError(f'model "{name}" not found', cure=cure)


def _of_voice(voice: Voice) -> ModelEntry:
    return ModelEntry(
        schema=1,
        id=voice.id,
        title=voice.title,
        stage="synthesizer",
        engine=voice.engine,
        # Behind the model's name may stand which of its speakers is meant.
        name=voice.engine_voice.partition("#")[0],
        licence=voice.licence,
        source=voice.source,
        files=voice.files,
    )


def _read(file: DataFile) -> ModelEntry:
    name = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    data, line_of = parse_toml(read_text(file.path), name=name)
    model = checked(data, ModelEntry, name=name, line_of=line_of)
    if model.id != file.id:
        raise UserError(
            f'id is "{model.id}", the file is called "{file.id}"',
            place=f"{name}:{line_of(('id',)) or 1}",
            cure="make them the same",
        )
    return model
