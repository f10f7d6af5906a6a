"""Reads PocketSphinx's binary trie language model into arrays, as far as adapting it needs.

Layout (PocketSphinx `lm_trie.c`, 16-bit quantization): header, order, counts; tables of quantized values;
unigrams; then bigrams and trigrams as packed bits. The trie is reversed: below a word stand the words that
come *before* it. Values are logarithms to the base 1.0001.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voice_agent.errors import EngineError

_HEADER = b"Trie Language Model"
_TABLE = 1 << 16
_TO_LOG10 = float(np.log10(1.0001))

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrieModel:
    """A trigram model; probabilities and back-off weights as log10, shape (number of n-grams,)."""

    words: list[str]
    unigram: Floats
    unigram_backoff: Floats
    bigram: tuple[Ints, Ints]
    """(first word, second word) of each."""
    bigram_prob: Floats
    bigram_backoff: Floats
    """Of the bigram as the history of a third word."""
    trigram: tuple[Ints, Ints, Ints]
    trigram_prob: Floats


def read_trie_model(path: Path) -> TrieModel:
    """About half a second for the bundled model. Raises EngineError when the file is another kind."""
    data = path.read_bytes()
    if not data.startswith(_HEADER) or data[len(_HEADER)] != 3:
        raise EngineError(
            "recognizer", f"{path.name} is no trigram model of PocketSphinx", cure="reinstall pocketsphinx"
        )
    offset = len(_HEADER) + 1
    unigrams, bigrams, trigrams, quantization = struct.unpack_from("<4I", data, offset)
    offset += 16
    if quantization != 1:
        raise EngineError("recognizer", f"{path.name} is quantized in an unknown way", cure="reinstall pocketsphinx")
    tables = np.frombuffer(data, "<f4", 3 * _TABLE, offset).reshape(3, _TABLE) * _TO_LOG10
    offset += 3 * _TABLE * 4
    head = np.frombuffer(data, np.dtype([("p", "<f4"), ("bo", "<f4"), ("next", "<u4")]), unigrams + 1, offset)
    offset += 12 * (unigrams + 1)
    word_bits, next_bits = unigrams.bit_length(), trigrams.bit_length()
    middle_bits, last_bits = word_bits + 32 + next_bits, word_bits + 16
    middle_bytes = ((1 + bigrams) * middle_bits + 7) // 8 + 8
    last_bytes = ((1 + trigrams) * last_bits + 7) // 8 + 8
    middle = np.frombuffer(data, np.uint8, middle_bytes, offset)
    last = np.frombuffer(data, np.uint8, last_bytes, offset + middle_bytes)
    offset += middle_bytes + last_bytes
    (size,) = struct.unpack_from("<I", data, offset)
    words = data[offset + 4 : offset + 4 + size].decode("utf-8", "replace").split("\0")[:unigrams]

    # The header counts a few bigrams too many; where the last unigram's children end is the truth.
    bigrams = int(head["next"][unigrams])
    second = np.repeat(np.arange(unigrams), _steps(head["next"].astype(np.int64)))
    first = _field(middle, 0, word_bits, middle_bits, bigrams)
    starts = _field(middle, word_bits + 32, next_bits, middle_bits, bigrams + 1)
    parent = np.repeat(np.arange(bigrams), _steps(starts))
    trigrams = int(starts[-1])
    return TrieModel(
        words=words,
        unigram=head["p"][:unigrams] * _TO_LOG10,
        unigram_backoff=head["bo"][:unigrams] * _TO_LOG10,
        bigram=(first, second),
        bigram_prob=tables[0][_field(middle, word_bits + 16, 16, middle_bits, bigrams)],
        bigram_backoff=tables[1][_field(middle, word_bits, 16, middle_bits, bigrams)],
        trigram=(_field(last, 0, word_bits, last_bits, trigrams), first[parent], second[parent]),
        trigram_prob=tables[2][_field(last, word_bits, 16, last_bits, trigrams)],
    )


def _steps(starts: Ints) -> Ints:
    return starts[1:] - starts[:-1]


def _field(packed: npt.NDArray[np.uint8], start: int, bits: int, stride: int, count: int) -> Ints:
    """A field of `bits` (at most 32) from each of `count` entries of `stride` bits."""
    position = start + np.arange(count, dtype=np.int64) * stride
    byte = position >> 3
    value = np.zeros(count, np.uint64)
    for place in range(5):
        value |= packed[byte + place].astype(np.uint64) << np.uint64(8 * place)
    shifted = value >> (position & 7).astype(np.uint64)
    return (shifted & np.uint64((1 << bits) - 1)).astype(np.int64)
