"""Codes that people write down and read out."""

from __future__ import annotations

import random

import pytest

from voice_agent.errors import UserError
from voice_agent.study.codes import ALPHABET, new_code, read_code


def some_codes(count: int = 50) -> list[str]:
    draw = random.Random(7)
    return [new_code((), draw.randrange) for _ in range(count)]


def test_a_code_is_read_however_it_is_typed() -> None:
    for code in some_codes():
        assert read_code(code.lower()) == code
        assert read_code(f" {code.replace('-', '')} ") == code


def test_every_wrong_character_and_every_swap_of_neighbours_is_caught() -> None:
    for code in some_codes():
        bare = code.replace("-", "")
        for place in range(len(bare)):
            for other in ALPHABET.replace(bare[place], ""):
                with pytest.raises(UserError, match="slip"):
                    read_code(bare[:place] + other + bare[place + 1 :])
        for place in range(len(bare) - 1):
            swapped = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
            if swapped != bare:
                with pytest.raises(UserError, match="slip"):
                    read_code(swapped)


def test_look_alikes_are_in_no_code_and_a_taken_code_is_not_given_again() -> None:
    assert not set("B8I1LO0S5UZ26") & set(ALPHABET)
    with pytest.raises(UserError, match='"O" is in no code'):
        read_code("AAAOAA")
    first = new_code((), random.Random(1).randrange)
    assert new_code({first}, random.Random(1).randrange) != first
