"""Data files: every mistake is one line with file, line, field and cure; every shipped file is right."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import SITUATION
from voice_agent.catalog.pipelines import load_pipeline, pipeline_files
from voice_agent.catalog.scenario_text import with_values
from voice_agent.catalog.scenarios import load_scenario, parse_scenario, scenario_files
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError
from voice_agent.pipeline.stages import EMBEDDED, stage_options


def refused(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_scenario(text, name="dishes.yaml", stem="dishes")
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("difficulty: 2", "difficulty: 7", "dishes.yaml:6: difficulty: is 7; choose at most 5"),
        ("difficulty: 2", "difficulty: hard", "dishes.yaml:6: difficulty: is a text; write a whole number"),
        ("difficulty: 2", "dificulty: 2", 'dishes.yaml:6: unknown key "dificulty"; did you mean "difficulty"?'),
        ("domain: social", "domain: socal", 'domain: "socal" is not known; did you mean "social"?'),
        ("moves: [minimise, deflect]", "moves: [minimise, defect]", 'partner.moves[2]: "defect" is not known'),
        ("  name: Sam\n", "", 'partner: "name" is missing; add it'),
        ("id: dishes", "id: Dishes Now", "id: "),
        ("id: dishes", "id: plates", 'id is "plates", the file is called "dishes"; make them the same'),
        ("about: [work]", "about: [wrok]", 'topic "wrok" is not among the topics; did you mean "work"?'),
        (
            '  - {say: "I\'m done here.", move: close_hurt}',
            '  - {say: "No. Not at midnight.", move: refuse}',
            "the same words as",
        ),
        ("title: Dishes", "title: [Dishes", "dishes.yaml:"),
        ("title: Dishes", "title: !!python/object:os.system Dishes", "is not allowed; remove the tag"),
        ("demo: [you never", "demo: [the dishes were in the sink, you never", "is also in practice"),
        ("schema: 1", "schema: 1\nschema: 1", 'key "schema" stands twice; remove one'),
        ("schema: 1", "schema: 9", "schema"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_cure(old: str, new: str, told: str) -> None:
    assert old in SITUATION
    assert told in refused(SITUATION.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "just words", "- a\n- list", "a: &x [*x]", "\x00", "{" * 100, "a: 1\n\tb: 2"])
def test_what_is_no_scenario_is_refused(text: str) -> None:
    assert refused(text).startswith("dishes.yaml")


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_text_can_crash_the_reader(text: str) -> None:
    with suppress(UserError):
        parse_scenario(text, name="x.yaml")


@given(st.text(min_size=1, max_size=80))
@settings(deadline=None)
def test_a_new_value_keeps_the_rest_of_the_file(value: str) -> None:
    text = with_values(SITUATION, {"title": value, "partner.name": value})
    before, after = yaml.safe_load(SITUATION), yaml.safe_load(text)
    assert after["title"] == after["partner"]["name"]
    for read in (before, after):
        read["title"] = read["partner"]["name"] = ""
    assert before == after


@pytest.mark.parametrize("name", sorted(scenario_files()))
def test_every_shipped_situation_is_right(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.id == name
    assert scenario.partner.softened_by
    assert scenario.partner.hardened_by
    assert 5 <= len(scenario.demo) <= 6


def test_the_users_file_of_an_id_wins(home: Path) -> None:
    folder = home / "config" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "roommate-dishes.yaml").write_text(SITUATION.replace("id: dishes", "id: roommate-dishes"))
    assert load_scenario("roommate-dishes").partner.persona == "Cooks late, hates to be nagged."


def test_a_file_that_is_not_utf8_or_too_large_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"schema: 1\ntitle: caf\xe9\n")
    with pytest.raises(UserError, match=r"latin\.yaml:2: not UTF-8 text"):
        load_scenario(str(latin))
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * 3_000_000)
    with pytest.raises(UserError, match="larger than 2 MB"):
        load_scenario(str(large))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'engine = "webrtcvad"',
            'engine = "webrtc"',
            'no voice_activity engine is named "webrtc"; did you mean "webrtcvad"?',
        ),
        (
            'engine = "pocketsphinx"',
            'engine = "pocketsphinx"\nwieght = 0.5',
            'unknown key "wieght"; did you mean "weight"?',
        ),
        ('engine = "pocketsphinx"', 'engine = "pocketsphinx"\nweight = 2', "weight: is 2; choose at most 0.9"),
        ("silence_s = 8.0", "silence_s = -1", "turns.silence_s: is -1"),
        ("[rater]", "[ratre]", 'unknown key "ratre"; did you mean "rater"?'),
        ("schema = 1", "schema = ", "mine.toml:4:"),
    ],
)
def test_a_mistake_in_a_pipeline_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    shipped = pipeline_files()["offline"].path.read_text().replace('id = "offline"', 'id = "mine"')
    assert old in shipped
    path = tmp_path / "mine.toml"
    path.write_text(shipped.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        plan = load_pipeline(str(path))
        for stage in EMBEDDED:
            stage_options(plan, stage)
    assert told in str(caught.value)


def test_a_mistake_in_a_voice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('schema = 1\nid = "mine"\nsex = "women"\n')
    with pytest.raises(UserError, match=r"mine\.toml:"):
        load_voice(str(path))
