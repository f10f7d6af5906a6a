"""Which pipeline is in use, and what the environment and config.toml change in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from voice_agent.catalog.chosen import (
    changes_of,
    chosen_name,
    chosen_pipeline,
    configured_pipeline,
    unknown_variables,
)
from voice_agent.errors import UserError
from voice_agent.pipeline.stages import stage_options
from voice_agent.settings import Patience


def configure(home: Path, text: str) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text(text)


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen_name() == "offline"
    configure(home, 'pipeline = "openai"')
    assert chosen_name() == "openai"
    monkeypatch.setenv("VOICE_AGENT_PIPELINE", "local")
    assert chosen_name() == "local"
    assert chosen_name("offline") == "offline"
    monkeypatch.setenv("VOICE_AGENT_PIPELINE", "")
    assert chosen_name() == "openai", "an empty variable is none"


def test_options_come_typed_from_the_environment_over_the_file_over_the_pipeline(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, "[pipelines.offline.recognizer]\nweight = 0.4\nadapt = false\n")
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_WEIGHT", "0.5")
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_SECOND_PASS", "yes")
    monkeypatch.setenv("VOICE_AGENT_VOICE_ACTIVITY_AGGRESSIVENESS", "3")
    monkeypatch.setenv("VOICE_AGENT_TURNS_PATIENCE", "patient")
    monkeypatch.setenv("VOICE_AGENT_TURNS_SILENCE_S", "3")
    plan = chosen_pipeline()
    _, options = stage_options(plan, "recognizer")
    assert (options.weight, options.adapt, options.second_pass) == (0.5, False, True)
    assert stage_options(plan, "voice_activity")[1].aggressiveness == 3
    assert (plan.turns.patience, plan.turns.silence_s) == (Patience.PATIENT, 3.0)
    by = {f"{change.part}.{change.option}": change.by for change in changes_of("offline")}
    assert by["recognizer.adapt"].endswith("config.toml:3")
    assert by["recognizer.weight"] == "VOICE_AGENT_RECOGNIZER_WEIGHT", "the last one wins"


def test_the_file_changes_only_the_pipeline_that_it_names(home: Path) -> None:
    configure(home, '[pipelines.openai.partner]\nmodel = "other"\n')
    assert configured_pipeline("openai").partner["model"] == "other"
    assert chosen_pipeline("local").partner["model"] == "llama3.1"


def test_another_engine_drops_the_options_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_AGENT_PARTNER_ENGINE", "repertory")
    assert chosen_pipeline("local").partner == {"engine": "repertory"}
    monkeypatch.setenv("VOICE_AGENT_PARTNER_ENGINE", "openai")
    monkeypatch.setenv("VOICE_AGENT_PARTNER_MODEL", "7b")
    plan = chosen_pipeline("local")
    assert plan.partner["model"] == "7b"
    assert plan.partner["base_url"] == "http://localhost:11434/v1", "the same engine keeps its options"


def test_a_voice_is_chosen_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_AGENT_SYNTHESIZER_VOICE", "espeak-us-man")
    assert chosen_pipeline().synthesizer["voice"] == "espeak-us-man"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RECOGNIZER_WEIGHT", "2", "VOICE_AGENT_RECOGNIZER_WEIGHT: weight: is 2; choose at most 0.9"),
        ("RECOGNIZER_WEIGHT", "much", "VOICE_AGENT_RECOGNIZER_WEIGHT: weight: is a text; write a number"),
        ("RECOGNIZER_ADAPT", "maybe", "VOICE_AGENT_RECOGNIZER_ADAPT: adapt: is a text; write yes or no"),
        ("RECOGNIZER_WIGHT", "0.3", 'there is no option "wight"; did you mean "weight"?'),
        ("RECOGNIZER_ENGINE", "pocket", 'VOICE_AGENT_RECOGNIZER_ENGINE: no recognizer engine is named "pocket"'),
        ("TURNS_PATIENCE", "patent", 'VOICE_AGENT_TURNS_PATIENCE: patience: "patent" is not known; did you mean'),
        ("SYNTHESIZER_SPEED", "2", 'VOICE_AGENT_SYNTHESIZER_SPEED: the catalogue has no option "speed"'),
        ("SYNTHESIZER_VOICE", "nobody", 'voice "nobody" not found'),
        ("PIPELINE", "offlin", 'pipeline "offlin" not found; did you mean "offline"?'),
    ],
)
def test_a_slip_in_a_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(f"VOICE_AGENT_{name}", value)
    with pytest.raises(UserError) as caught:
        chosen_pipeline()
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('pipline = "x"', 'config.toml:1: unknown key "pipline"; did you mean "pipeline"?'),
        ("[pipelines.offline.recogniser]\nweight = 1", "unknown key"),
        ("[pipelines.offline.recognizer]\nweight = 2", "config.toml:2: weight: is 2; choose at most 0.9"),
        ('[pipelines.offline.recognizer]\nweight = "0.4"', "config.toml:2: weight: is a text; write a number"),
        ("pipeline = \n", "config.toml:1:"),
    ],
)
def test_a_slip_in_the_file_is_named_with_its_line(home: Path, text: str, told: str) -> None:
    configure(home, text)
    with pytest.raises(UserError) as caught:
        chosen_pipeline()
    assert told in str(caught.value)


def test_an_empty_file_changes_nothing(home: Path) -> None:
    configure(home, "# nothing yet\n")
    assert changes_of("offline") == []


def test_a_variable_that_means_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_AGENT_RECOGNISER_ENGINE", "pocketsphinx")
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_WEIGHT", "0.5")
    assert unknown_variables() == {"VOICE_AGENT_RECOGNISER_ENGINE": 'did you mean "VOICE_AGENT_RECOGNIZER_ENGINE"?'}
