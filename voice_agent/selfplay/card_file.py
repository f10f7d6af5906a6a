"""Realism cards as data: those that are shipped, and those of the user, which go first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from voice_agent.catalog.data_files import read_text, shipped_folder
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.errors import UserError
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.folders import data_folder, write_private
from voice_agent.partner import moves, progress, repertory, stance
from voice_agent.scenario import Scenario
from voice_agent.selfplay.card import RealismCard

FILE = "realism_cards.json"


def shipped_file() -> Path:
    return shipped_folder("scenarios") / "shared" / FILE


def users_file() -> Path:
    return data_folder() / FILE


def seal_of(scenario: Scenario) -> str:
    """Another text of the situation, or of the shared lines, gives another seal."""
    told = msgspec.msgpack.encode((scenario, shared_lines()))
    return hashlib.blake2b(told, digest_size=8).hexdigest()


@cache
def program_seal() -> str:
    """Another rule of stance or of choosing a line, or another rater, gives another seal. Loads the rater."""
    told = [Path(room.__file__ or "").read_bytes() for room in (moves, progress, repertory, stance)]
    return hashlib.blake2b(b"".join(told) + shared_encoder().version.encode(), digest_size=8).hexdigest()


def read_cards(path: Path) -> dict[str, RealismCard]:
    """Cards by the scenario's id; none where there is no file. Raises UserError for a broken one."""
    if not path.exists():
        return {}
    try:
        cards = msgspec.json.decode(read_text(path), type=list[RealismCard])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise UserError(
            f"holds no realism cards: {error}", place=str(path), cure="delete it, then: voice-agent simulate --cards"
        ) from error
    return {card.scenario: card for card in cards}


def card_for(scenario: Scenario) -> RealismCard | None:
    """The user's card before the shipped one; None when the situation was never played. Raises UserError."""
    return read_cards(users_file()).get(scenario.id) or read_cards(shipped_file()).get(scenario.id)


def write_cards(cards: Iterable[RealismCard], path: Path) -> None:
    """Put cards beside those in the file, in place of older ones of the same situations. Raises UserError."""
    kept: dict[str, RealismCard] = {}
    with suppress(UserError):  # a broken file is replaced
        kept = read_cards(path)
    kept |= {card.scenario: card for card in cards}
    lines = [msgspec.json.encode(kept[name]) for name in sorted(kept)]
    content = b"[\n" + b",\n".join(lines) + b"\n]\n"
    if path == users_file():
        write_private(path, content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(error.strerror or "cannot be written", place=str(path), cure="choose another file") from error


def is_out_of_date(card: RealismCard, scenario: Scenario) -> str:
    """Why the card says nothing certain any more; empty when it does."""
    if card.seal != seal_of(scenario):
        return "the situation has changed since"
    if card.program != program_seal():
        return "the program's partner or rater has changed since"
    return ""
