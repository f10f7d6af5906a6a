"""The descriptions of models: every shipped one is right, every mistake is named, nothing leads out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.made import model, toml
from voice_agent.catalog.models import all_models, load_model, model_files
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.voices import all_voices
from voice_agent.errors import UserError
from voice_agent.model_entry import ModelEntry
from voice_agent.models.needs import needed
from voice_agent.pipeline_plan import PipelinePlan

ENTRY = toml(model("https://models.example"))


@pytest.mark.parametrize("name", sorted(model_files()))
def test_every_shipped_model_is_right(name: str) -> None:
    found = load_model(name)
    assert found.id == name
    assert found.licence
    assert found.size > 1_000_000
    for file in found.files:
        assert file.url.startswith("https://")
        assert file.sha256
        assert file.url.rsplit("/", 1)[1] == file.path.rsplit("/", 1)[1]


def test_the_shipped_models_are_many_and_each_is_named_once() -> None:
    models = all_models()
    assert {"tiny.en", "base.en", "small.en"} <= {one.name for one in models if one.engine == "faster-whisper"}
    assert sum(one.engine == "piper" for one in models) >= 12
    assert sum(len(one.files) for one in models) == len({path for one in models for path in one.paths}), (
        "no two models write the same file"
    )
    for engine in ("faster-whisper", "piper"):
        assert any(one.starter for one in models if one.engine == engine)


def test_every_shipped_piper_model_speaks_for_a_voice_of_the_catalogue() -> None:
    spoken = {voice.engine_voice.partition("#")[0] for voice in all_voices() if voice.engine == "piper"}
    assert {load_model(name).name for name in model_files() if name.startswith("piper-")} == spoken


def test_what_a_voice_of_the_catalogue_needs_is_checked_by_sha256_and_told_alike_in_both_places() -> None:
    to_download = {file.path: file for model in all_models() for file in model.files}
    files = [file for voice in all_voices() if voice.engine == "piper" for file in voice.files]
    assert len(files) >= 24
    for file in files:
        assert file.sha256, file.path
        assert to_download[file.path] == file


def test_a_model_is_found_by_its_id_and_by_its_engines_name() -> None:
    assert load_model("base.en") == load_model("whisper-base-en")
    assert load_model("en_GB-alba-medium").id == "piper-en-gb-alba-medium"


PATH = 'path = "whisper/tiny.test/model.bin"'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (PATH, 'path = "../../../.bashrc"', "mine.toml:11: files[1].path: is"),
        (PATH, 'path = "/etc/passwd"', "mine.toml:11: files[1].path: is"),
        (PATH, 'path = "whisper/../../x"', "mine.toml:11: files[1].path: is"),
        (PATH, r'path = "a\\b"', "mine.toml:11: files[1].path: is"),
        (PATH, 'path = "whisper/tiny.test/config.json"', "two files have the same path; give each its own"),
        ('url = "https:', 'url = "file:', "mine.toml:12: files[1].url: is"),
        ('sha256 = "', 'sha256 = "x', "mine.toml:14: files[1].sha256: is"),
        ("bytes = 50000", "bytes = 0", "mine.toml:13: files[1].bytes: is 0; choose at least 1"),
        ("bytes = 17", "size = 17", 'mine.toml:19: files[2]: unknown key "size"'),
        ('stage = "recognizer"', 'stage = "recogniser"', "mine.toml:4: stage"),
        ('id = "mine"', 'id = "other"', 'id is "other", the file is called "mine"'),
    ],
)
def test_a_mistake_is_named_with_its_line_and_cure(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = ENTRY.replace('id = "test-tiny"', 'id = "mine"')
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        load_model(str(path))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_users_description_of_an_id_wins(home: Path) -> None:
    folder = home / "config" / "models"
    folder.mkdir(parents=True)
    (folder / "whisper-base-en.toml").write_text(ENTRY.replace("test-tiny", "whisper-base-en"))
    assert load_model("whisper-base-en").name == "tiny.test"


VOICE = """schema = 1
id = "{name}"
title = "V"
engine = "piper"
engine_voice = "{engine_voice}"
language = "en-gb"
sex = "male"
age = "adult"
manner = "plain"
naturalness = 4
licence = "l"
source = "s"

"""


def plan(**stages: dict[str, object]) -> PipelinePlan:
    tables: dict[str, dict[str, object]] = {
        "voice_activity": {"engine": "webrtcvad"},
        "recognizer": {"engine": "pocketsphinx"},
        "partner": {"engine": "repertory"},
        "synthesizer": {"engine": "catalogue"},
        "rater": {"engine": "minilm"},
        **stages,
    }
    return PipelinePlan(schema=1, id="mine", title="Mine", **tables)  # type: ignore[arg-type]


def ids(models: list[ModelEntry]) -> list[str]:
    return [one.id for one in models]


def test_the_embedded_pipeline_needs_nothing() -> None:
    assert needed(load_pipeline("offline")) == []


@pytest.mark.parametrize("pipeline", ["local", "study"])
def test_the_pipelines_with_larger_models_say_what_they_need(pipeline: str) -> None:
    assert ids(needed(load_pipeline(pipeline))) == [
        "whisper-base-en",
        "piper-en-us-john-medium",
        "piper-en-us-kristin-medium",
    ]


def test_a_stage_needs_the_model_that_it_names_or_else_the_starters() -> None:
    assert ids(needed(plan(recognizer={"engine": "faster-whisper", "model": "small.en"}))) == ["whisper-small-en"]
    starters = ids(needed(plan(synthesizer={"engine": "piper"})))
    assert len(starters) >= 2, "a woman and a man"


def test_a_pipelines_voice_needs_its_model_whichever_speaker_it_takes(home: Path) -> None:
    folder = home / "config" / "voices"
    folder.mkdir(parents=True)
    for name, speaker in (("all", ""), ("one", "#42")):
        voice = VOICE.format(name=name, engine_voice=f"en_GB-vctk-medium{speaker}")
        (folder / f"{name}.toml").write_text(voice)
        assert ids(needed(plan(synthesizer={"engine": "catalogue", "voice": name}))) == ["piper-en-gb-vctk-medium"]


def test_a_voice_brings_its_own_files(home: Path) -> None:
    folder = home / "config" / "voices"
    folder.mkdir(parents=True)
    files = toml(model("https://models.example")).split("\n\n", 1)[1].replace("whisper/", "piper/")
    for name, speaker in (("own-one", "#1"), ("own-two", "#2")):
        (folder / f"{name}.toml").write_text(VOICE.format(name=name, engine_voice=f"xx_XX-own-low{speaker}") + files)
    own = load_model("own-two")
    assert own.paths == {"piper/tiny.test/model.bin", "piper/tiny.test/config.json"}
    assert own == load_model("own-one") == load_model("xx_XX-own-low"), "two speakers of one model"
    assert needed(plan(synthesizer={"engine": "catalogue", "voice": "own-two"})) == [own]


def test_what_a_model_and_a_voice_both_describe_they_describe_alike() -> None:
    described = {file.path: file for name in model_files() for file in load_model(name).files}
    for voice in all_voices():
        for file in voice.files:
            twin = described.get(file.path, file)
            assert (twin.url, twin.bytes) == (file.url, file.bytes)


def test_a_model_that_nobody_described_is_told_and_a_path_is_the_users_own() -> None:
    with pytest.raises(UserError, match=r'no download for the model "bas\.en"; did you mean "base\.en"'):
        needed(plan(recognizer={"engine": "faster-whisper", "model": "bas.en"}))
    assert needed(plan(recognizer={"engine": "faster-whisper", "model": "/opt/whisper"})) == []
