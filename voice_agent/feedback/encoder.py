"""Runs the trained rater's network: ONNX by onnxruntime, word pieces by tokenizers, no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voice_agent.errors import EngineError
from voice_agent.feedback.rater_input import CUES, cues, texts

MODEL_FOLDER = Path(__file__).parent / "model"
LONGEST_PIECES = 256
WIDTH = 384
"""Numbers of a vector."""
OUTPUTS = ("embedding", "levels", "next_skill", "act")
SYNTAX = "syntax"
"""The third layer's vectors: they hold how a sentence is built more than what it is about."""
SYNTAX_LAYER = 3
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the network says of some turns; probabilities along the last axis."""

    embedding: Floats
    """(turns, 384), of length 1: near for turns that are alike."""
    levels: Floats
    """(turns, 7, 3), in the order of `Skill`; calibrated."""
    next_skill: Floats
    """(turns, 7)."""
    act: Floats
    """(turns, 22), in the order of `Act`."""


class Encoder:
    """The network, loaded. Blocking; one thread at a time."""

    def __init__(self, folder: Path = MODEL_FOLDER, *, threads: int = 1) -> None:
        """Loading takes about 0.1 s. Raises EngineError when a file is missing or is not the one that was shipped."""
        import onnxruntime  # 0.1 s
        from tokenizers import Tokenizer

        self.card = _card(folder)
        path = folder / "rater.onnx"
        _check(path, self.card["sha256"])
        options = onnxruntime.SessionOptions()
        # One thread: rating runs beside recogniser and voice, and is fast enough.
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:
            raise EngineError("rater", f"its model can't be loaded: {error}", cure="reinstall the program") from error
        # Asked for `SYNTAX` alone, it stops at that layer.
        self._only_asked = onnxruntime.RunOptions()
        self._only_asked.only_execute_path_to_fetches = True
        self._tokenizer.enable_truncation(LONGEST_PIECES)
        self._tokenizer.enable_padding()
        calibration = np.asarray(self.card["calibration"], dtype=np.float32)
        self._temperatures, self._biases = calibration[:, :1], calibration[:, 1:]
        self.version: str = self.card["version"]
        self.name = f"minilm {self.version}"

    def encode(self, turns: Sequence[tuple[str, str]]) -> Encoded:
        """turns: (what was said, the partner's line before it). About 10 ms a turn on one core."""
        if not turns:
            raise ValueError("no turns")
        read = [texts(said, line) for said, line in turns]
        out = self._run(OUTPUTS, read, np.stack([cues(said) for said, _ in read]))
        embedding, levels, next_skill, act = out
        return Encoded(
            embedding,
            _softmax(_log_softmax(levels) / self._temperatures + self._biases),
            _softmax(next_skill),
            _softmax(act),
        )

    @property
    def syntax_size(self) -> int:
        """Numbers that `syntax` gives."""
        return 2 * WIDTH

    def syntax(self, words: str) -> Floats:
        """(768,): the vectors of the last word piece and of the end mark after three of six layers; half the time.

        words: as a recognizer prints them, without punctuation.
        """
        [tokens] = self._run((SYNTAX,), [words], np.zeros((1, CUES), np.float32))
        found: Floats = np.concatenate([tokens[0, -2], tokens[0, -1]])
        return found

    def _run(self, outputs: Sequence[str], read: Sequence[str | tuple[str, str]], cued: Floats) -> list[Floats]:
        pieces = self._tokenizer.encode_batch(list(read))
        found: list[Floats] = self._session.run(
            list(outputs),
            {
                "input_ids": np.array([one.ids for one in pieces], dtype=np.int64),
                "attention_mask": np.array([one.attention_mask for one in pieces], dtype=np.int64),
                "token_type_ids": np.array([one.type_ids for one in pieces], dtype=np.int64),
                "cues": cued,
            },
            self._only_asked,
        )
        return found

    def vectors(self, turns: Sequence[tuple[str, str]]) -> Floats:
        """See `TextEncoder`: the embeddings alone."""
        return self.encode(turns).embedding


@cache
def shared_encoder() -> Encoder:
    """One for the program: rater, advisor and bank read the same network."""
    return Encoder()


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    probabilities: Floats = raised / raised.sum(-1, keepdims=True)
    return probabilities


def _log_softmax(logits: Floats) -> Floats:
    return np.log(np.clip(_softmax(logits), 1e-7, 1))


def _card(folder: Path) -> dict[str, Any]:
    try:
        card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError("rater", "its model card is missing or broken", cure="reinstall the program") from error
    return card


def _check(path: Path, sha256: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise EngineError("rater", f"{path.name} can't be read", cure="reinstall the program") from error
    if found != sha256:
        raise EngineError("rater", f"{path.name} is not the file that was shipped", cure="reinstall the program")
