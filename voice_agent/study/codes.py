"""Participant codes: random, free of look-alikes, and with a character that catches slips of the pen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container

from voice_agent.errors import UserError

ALPHABET = "ACDEFGHJKMNPQRTVWXY3479"
"""No B, 8, I, 1, L, O, 0, S, 5, U, Z, 2, 6. Their number, 23, is a prime: so every wrong character and every pair of
neighbours in the wrong order is caught by the check below."""
LENGTH = 6


def new_code(taken: Container[str], draw: Callable[[int], int] = secrets.randbelow) -> str:
    """Five random characters and the check: `QH7-K3W`. draw(n): a whole number from 0 to n - 1."""
    while True:
        body = "".join(ALPHABET[draw(len(ALPHABET))] for _ in range(LENGTH - 1))
        code = _written(body + _check(body))
        if code not in taken:
            return code


def read_code(told: str) -> str:
    """The code as it is kept, however it was typed. Raises UserError when it can't be right."""
    bare = "".join(character for character in told.upper() if character.isalnum())
    if len(bare) != LENGTH:
        raise UserError(f'"{told}" is no participant code', cure=f"a code has {LENGTH} characters, such as QH7-K3W")
    if strange := sorted(set(bare) - set(ALPHABET)):
        raise UserError(f'code "{told}": "{strange[0]}" is in no code', cure="read the code again")
    if _check(bare[:-1]) != bare[-1]:
        raise UserError(f'code "{told}" has a slip in it', cure="read the code again")
    return _written(bare)


def _check(body: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def _written(bare: str) -> str:
    return f"{bare[: LENGTH // 2]}-{bare[LENGTH // 2 :]}"
