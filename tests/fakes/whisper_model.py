"""Whisper models that the tests build: small networks in CTranslate2's format which faster-whisper really loads.

`talking_clock` is set by hand: it says one word for each half second with sound in it, the next of a list of words, with
true times, and nothing for silence. `random_whisper` says nonsense. Neither understands speech.
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
SHAPES = {"micro": (1, 1, 72), "tiny": (4, 6, 384), "base": (6, 8, 512), "small": (12, 12, 768)}
"""Layers of encoder and decoder, heads, width."""
REAL_TOKENS = 51_864
MEL_BINS, AUDIO_POSITIONS, TEXT_POSITIONS = 80, 1500, 448
LOW_BANDS = 12
"""Up to about 500 Hz, where voices are strong."""
FRAMES_PER_SLOT, MOST_SLOTS = 25, 60
SLOT_S = 0.5
WORDS = tuple(
    """
    please wash your dishes before going to bed because I find them every morning and must clean up when breakfast
    should be made which leaves me late tired sad frustrated so would you agree on doing it tonight tomorrow also
    all other days of this week thank for listening friend that means very much here now yes fine good great
    """.split()  # noqa: SIM905
)
"""What the clock says, all different: word n for the n-th half second."""
HINTED = "Sam"
"""What a clock that was given a hint says in the place of its third word."""


def talking_clock(
    folder: Path,
    words: Sequence[str] = WORDS,
    *,
    languages: Sequence[str] = (),
    shape: str = "micro",
    tokens: int = 0,
) -> Path:
    """words: at most 60, all different. languages: codes for a multilingual model; the first is what it hears.

    shape: of SHAPES; with a real one and REAL_TOKENS, decoding takes what a real model of the shape takes.
    """
    words = words[:MOST_SLOTS]
    spoken = [f"Ġ{word}" for word in words]
    hinted = f"Ġ{HINTED}"
    names, ids = _vocabulary([*spoken, hinted], languages, size=tokens)
    slots = len(spoken)
    at = {name: MOST_SLOTS + place for place, name in enumerate(("sound", "quiet", "hinted", "start", "end"))}
    layers, heads, width = SHAPES[shape]
    spec = _blank(layers, heads, width, len(names))
    encoder, decoder = spec.encoder, spec.decoder

    # Two channels rise where the low mel bands stand out, one of them later: their difference is 0 to 4.
    encoder.conv1.weight[:2, :LOW_BANDS, 1] = 20 / LOW_BANDS
    encoder.conv1.bias[:2] = -20 * 0.2 - np.array([0, 4])
    encoder.conv2.weight[at["sound"], :2, 1] = [1, -1]
    # What is not sound is quiet, so that the norms leave all else as it is.
    encoder.conv2.weight[at["quiet"], :2, 1] = [-1, 1]
    encoder.conv2.bias[at["quiet"]] = 4
    for frame in range(AUDIO_POSITIONS):
        encoder.position_encodings.encodings[frame, frame // FRAMES_PER_SLOT] = 4

    def looks_at(token: str, place: int) -> None:
        decoder.embeddings.weight[ids[token], place] = 4

    for slot, word in enumerate(spoken):
        looks_at(word, slot + 1 if slot + 1 < slots else at["end"])
    looks_at(hinted, 3)
    for tick in range(1501):
        looks_at(_time(tick), at["end"] if tick else 0)
    looks_at("<|notimestamps|>", 0)
    for letter in string.ascii_lowercase:
        looks_at(letter, 0)
    looks_at("<|startoftranscript|>", at["start"])
    looks_at("<|startofprev|>", at["hinted"])
    if languages:
        looks_at("<|transcribe|>", at["start"])

    # Each token looks back for the mark of a hint, then at its slot; at the start at the loudest sound anywhere.
    back, slot_of = decoder.layer[0].self_attention, decoder.layer[0].attention
    back.linear[0].bias[at["hinted"]] = 30
    back.linear[0].weight[width + at["hinted"], at["hinted"]] = 1
    back.linear[0].weight[2 * width + at["hinted"], at["hinted"]] = 0.1
    back.linear[1].weight[at["hinted"], at["hinted"]] = 2
    for slot in range(MOST_SLOTS):
        slot_of.linear[0].weight[slot, slot] = 2
        slot_of.linear[1].weight[slot, slot] = 1
    slot_of.linear[0].weight[at["sound"], at["start"]] = 6
    slot_of.linear[1].weight[at["sound"], at["sound"]] = 1
    slot_of.linear[1].weight[width + at["sound"], at["sound"]] = 0.2
    slot_of.linear[2].weight[at["sound"], at["sound"]] = 4

    logits = decoder.projection.weight = np.zeros((len(names), width), np.float32)
    bias = decoder.projection.bias = np.full(len(names), -40, np.float32)

    def says(token: str, given: Mapping[str, float], always: float = 0.0, slot: int | None = None) -> None:
        bias[ids[token]] = always
        for name, weight in given.items():
            logits[ids[token], at[name]] = weight
        if slot is not None:
            logits[ids[token], slot] = 6

    for slot, word in enumerate(spoken):
        says(word, {}, slot=slot)
        says(_time(slot * FRAMES_PER_SLOT), {"sound": -10, "start": -6 if slot else 6}, 12, slot=slot)
    says(hinted, {"hinted": 6}, -9, slot=2)
    for letter in string.ascii_lowercase:
        # What a search keeps beside the best: it begins anew, and does not end before it.
        says(letter, {})
    says("<|endoftext|>", {"sound": -10, "end": 10, "start": -6}, 53)
    says("<|nospeech|>", {"sound": -12, "start": 6}, 40)
    for language in languages:
        says(f"<|{language}|>", {"start": 6 if language == languages[0] else 5})
    spec.config.alignment_heads = [(0, 0)]
    spec.config.lang_ids = [ids[f"<|{language}|>"] for language in languages]
    return _saved(spec, names, folder)


def random_whisper(folder: Path, *, seed: int = 0) -> Path:
    """Says nonsense."""
    layers, heads, width = SHAPES["micro"]
    names, _ = _vocabulary([], (), size=2_500)
    spec = _blank(layers, heads, width, len(names))
    rng = np.random.default_rng(seed)

    def fill(part: Any) -> None:
        for name, value in vars(part).items():
            if isinstance(value, np.ndarray) and value.dtype == np.float32 and name in ("weight", "encodings"):
                value[...] = rng.standard_normal(value.shape, np.float32) * 0.02
            elif isinstance(value, list):
                for one in value:
                    fill(one)
            elif hasattr(value, "__dict__"):
                fill(value)

    fill(spec.encoder)
    fill(spec.decoder)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    return _saved(spec, names, folder)


def _time(tick: int) -> str:
    return f"<|{tick * 0.02:.2f}|>"


def _vocabulary(words: Sequence[str], languages: Sequence[str], *, size: int = 0) -> tuple[list[str], dict[str, int]]:
    """Bytes, words, dummies up to the size, then Whisper's special tokens.

    Versions of CTranslate2 know a multilingual model by an empty token, or by a size of at least 51865.
    """
    from tokenizers.pre_tokenizers import ByteLevel

    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in languages)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", *map(_time, range(1501))]
    plain = dict.fromkeys([*sorted(ByteLevel.alphabet()), *words])
    wanted = (max(size, 51_865) if languages else size) - len(special)
    for letters in product(string.ascii_lowercase, repeat=4):
        if len(plain) >= wanted:
            break
        plain.setdefault("".join(letters))
    if languages:
        plain[""] = None
    names = [*plain, *special]
    return names, {name: place for place, name in enumerate(names)}


def _blank(layers: int, heads: int, width: int, words: int) -> Any:
    """A network of zeros whose norms are plain: sound and text pass through unchanged."""
    from ctranslate2.specs import whisper_spec

    spec = whisper_spec.WhisperSpec(layers, heads, layers, heads)

    def zeros(*size: int) -> Floats:
        return np.zeros(size, np.float32)

    def linear(target: Any, rows: int, columns: int) -> None:
        target.weight, target.bias = zeros(rows, columns), zeros(rows)

    def norm(target: Any) -> None:
        # Of the same size in every width.
        target.gamma, target.beta = np.full(width, (72 / width) ** 0.5, np.float32), zeros(width)

    def attention(target: Any, *sizes: int) -> None:
        for part, size in zip(target.linear, sizes, strict=True):
            linear(part, size * width, width)
        norm(target.layer_norm)

    def feed_forward(target: Any) -> None:
        linear(target.linear_0, 4 * width, width)
        linear(target.linear_1, width, 4 * width)
        norm(target.layer_norm)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = zeros(width, MEL_BINS, 3), zeros(width)
    encoder.conv2.weight, encoder.conv2.bias = zeros(width, width, 3), zeros(width)
    encoder.position_encodings.encodings = zeros(AUDIO_POSITIONS, width)
    decoder.position_encodings.encodings = zeros(TEXT_POSITIONS, width)
    decoder.embeddings.weight = zeros(words, width)
    decoder.projection.weight = zeros(words, width)
    decoder.scale_embeddings = False
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in encoder.layer:
        attention(layer.self_attention, 3, 1)
        feed_forward(layer.ffn)
    for layer in decoder.layer:
        attention(layer.self_attention, 3, 1)
        attention(layer.attention, 1, 2, 1)
        feed_forward(layer.ffn)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads, spec.config.lang_ids = [(0, 0)], []
    return spec


def _saved(spec: Any, names: list[str], folder: Path) -> Path:
    from tokenizers import AddedToken, Tokenizer, decoders, models
    from tokenizers.pre_tokenizers import ByteLevel

    special = names.index("<|endoftext|>")
    tokenizer = Tokenizer(
        models.BPE(vocab={name: place for place, name in enumerate(names[: special + 1])}, merges=[])
    )
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in names[special:]])
    spec.register_vocabulary(names)
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocabulary.json").write_text(json.dumps(names), encoding="utf-8")
    return folder
