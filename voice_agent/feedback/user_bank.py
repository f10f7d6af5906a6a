"""The user's own part of the bank: annotated turns in one private JSON Lines file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from voice_agent.annotation import AnnotatedTurn, cleaned_turn
from voice_agent.catalog.json_lines import read_lines, to_line
from voice_agent.feedback.bank import Bank, demonstrations_of, shipped_bank, weaker_sides
from voice_agent.feedback.sentence_encoder import SentenceEncoder
from voice_agent.feedback.vector_cache import cached_vectors
from voice_agent.folders import data_folder, write_private


def bank_file() -> Path:
    return data_folder() / "bank.jsonl"


def read_bank() -> list[AnnotatedTurn]:
    """All turns, oldest first; several may have one id, by different raters. Raises UserError."""
    path = bank_file()
    return [cleaned_turn(turn) for turn in read_lines(path, AnnotatedTurn)] if path.exists() else []


def write_bank(turns: Sequence[AnnotatedTurn]) -> None:
    """Replace the file in one step, readable by the user alone. Raises UserError when it can't be written."""
    write_private(bank_file(), "".join(to_line(turn) + "\n" for turn in turns).encode())


def whole_bank(embeddings: str = "") -> Bank:
    """The shipped pairs and the user's. A broken file of the user is told, never skipped: raises UserError.

    embeddings: a model of sentence-transformers that finds them; empty: the shipped encoder. Raises EngineError
    when the model can't be had.
    """
    shipped, own = shipped_bank(), demonstrations_of(read_bank())
    if not embeddings:
        return shipped.with_more(own)
    pairs, encoder = [*own, *shipped.demonstrations], SentenceEncoder(embeddings)
    return Bank(pairs, cached_vectors(weaker_sides(pairs), encoder), encoder)
