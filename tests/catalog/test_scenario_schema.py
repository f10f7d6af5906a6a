"""The JSON Schema for editors says the same as the program, and shipped situations are as rich as the first ones."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.scenes import SITUATION
from voice_agent.catalog.data_files import shipped_folder
from voice_agent.catalog.own_scenarios import as_yaml, keep_scenario
from voice_agent.catalog.scenario_schema import HEADER, SCHEMA_FILE, scenario_schema, schema_text
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.conversation import Move, StanceBand
from voice_agent.partner.coverage import gaps
from voice_agent.scenario import Domain, Manner, Scenario, Sex

SHIPPED = sorted(shipped_folder("scenarios").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_situation_fits_the_schema(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text()))


def test_the_schema_is_one_and_knows_every_key_with_its_words() -> None:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema["$defs"]["Scenario"]["properties"]) == set(Scenario.__struct_fields__)
    assert "the words that show it" in schema["$defs"]["Scenario"]["properties"]["topics"]["description"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("difficulty", 9), ("domain", "sport"), ("id", "../x"), ("lines", []), ("unknown", 1), ("opening", "x" * 401)],
)
def test_the_schema_refuses_what_the_program_refuses(key: str, value: Any) -> None:
    data = yaml.safe_load(SITUATION)
    VALIDATOR.validate(data)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({**data, key: value})


def test_an_own_situation_names_the_schema_that_lies_beside_it(home: Path) -> None:
    path = keep_scenario(yaml.safe_load(SITUATION))
    assert path.read_text().startswith(HEADER)
    assert (path.parent / SCHEMA_FILE).read_text() == schema_text()
    assert yaml.safe_load(as_yaml(load_scenario("dishes")))["partner"]["name"] == "Sam"


def _shipped() -> list[Scenario]:
    return [load_scenario(path.stem) for path in SHIPPED]


FIRST_TWELVE = (
    "boss-raise", "boss-weekend-shift", "colleague-credit", "father-career", "friend-cancels", "friend-loan",
    "mother-comments", "neighbour-noise", "partner-phone", "roommate-dishes", "sibling-care", "teammate-late-handover",
)  # fmt: skip


def test_every_shipped_situation_is_as_rich_as_the_poorest_of_the_first_twelve() -> None:
    def riches(one: Scenario) -> dict[str, int]:
        moves = Counter(line.move for line in one.lines)
        bands = Counter(band for line in one.lines for band in line.stance)
        habits = min(moves[habit] for habit in one.partner.moves)
        return {
            "lines": len(one.lines), "words": sum(len(line.say.split()) for line in one.lines),
            "about": sum(bool(line.about) for line in one.lines), "moves": len(moves), "habits": habits,
            "topics": len(one.topics), "practice": len(one.practice), "demo": len(one.demo),
            "softened": len(one.partner.softened_by), "hardened": len(one.partner.hardened_by),
            "beliefs": len(one.partner.beliefs), "facts": len(one.learner.facts),
            **{move.value: moves[move] for move in (Move.REFUSE, Move.ASK_BACK, Move.ANSWER, Move.ACKNOWLEDGE, Move.OPEN_UP)},
            **{band.value: min(8, bands[band]) for band in StanceBand},
        }  # fmt: skip

    least: dict[str, int] = {}
    for first in map(load_scenario, FIRST_TWELVE):
        for what, count in riches(first).items():
            least[what] = min(count, least.get(what, count))
    for one in _shipped():
        poor = {what: (count, least[what]) for what, count in riches(one).items() if count < least[what]}
        assert not poor, f"{one.id}: {poor}"
        assert gaps(one) == []


def test_the_shelf_is_wide() -> None:
    shipped = _shipped()
    assert len(shipped) >= 36
    domains = Counter(one.domain for one in shipped)
    assert all(domains[domain] >= 7 for domain in Domain), domains
    assert {one.difficulty for one in shipped} == {1, 2, 3, 4, 5}


def test_no_manner_belongs_to_one_sex() -> None:
    """Talkative women and silent men would be a stereotype of the whole shelf, however real each one is."""
    by_manner: dict[Manner, list[Sex]] = {}
    for one in _shipped():
        by_manner.setdefault(one.partner.manner, []).append(one.partner.voice.sex)
    for manner, sexes in by_manner.items():
        for sex in (Sex.FEMALE, Sex.MALE):
            assert sexes.count(sex) * 5 >= len(sexes), f"{manner.value}: {Counter(sexes)}"
