"""Line by line, a situation is searched for, looked at, told or taken."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.scenes import situation
from voice_agent.cli.choose import choose_in_lines
from voice_agent.errors import UserError

SITUATIONS = [
    situation(),
    situation(**{"id: dishes": "id: raise", "Dishes in the sink": "The raise", "domain: social": "domain: work"}),
    situation(**{"id: dishes": "id: late", "Dishes in the sink": "Late again", "difficulty: 2": "difficulty: 4"}),
]


def chosen(answers: Sequence[str], recent: Sequence[str] = ()) -> tuple[str | None, list[str]]:
    told: list[str] = []
    waiting = list(answers)
    tries = iter([UserError("exists already", cure="choose another id"), None])

    def own() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "mine"

    found = choose_in_lines(SITUATIONS, recent, ask=lambda words: waiting.pop(0), tell=told.append, tell_own=own)
    return found, told


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        (["2"], "raise"),
        (["late"], "late"),
        (["work", "1"], "raise"),
        (["difficulty 4", "1"], "late"),
        (["work", "all", "3"], "late"),
        (["zeppelin", "99", "q"], None),
        (["own", "own"], "mine"),
    ],
)
def test_it_is_found_by_number_id_words_or_difficulty(answers: list[str], wanted: str | None) -> None:
    assert chosen(answers)[0] == wanted


def test_what_was_practised_stands_first_and_one_is_looked_at_before() -> None:
    found, told = chosen(["show 1", "1"], recent=["late"])
    assert found == "late"
    assert told[1] == "1. Late again (social, difficulty 4, practised)"
    assert "Your goal: Dishes are washed the same evening." in told
    assert not any("hidden" in line or "bad roommate" in line for line in told), "the partner's mind is not told"


def test_help_and_slips_are_single_lines() -> None:
    _, told = chosen(["help", "zeppelin", "own", "q"])
    assert any(line.startswith("A number or an id") for line in told)
    assert any(line.startswith("Nothing fits.") for line in told)
    assert "exists already; choose another id." in told
    assert all("\n" not in line for line in told)
