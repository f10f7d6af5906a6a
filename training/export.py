"""Writes the network as int8 ONNX, with tokenizer, model card and demonstrations, where the package ships it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.dataset import DATA, pairs, turns
from training.network import RaterNetwork, base_model
from voice_agent.annotation import Demonstration
from voice_agent.catalog.json_lines import to_line
from voice_agent.feedback.bank import PAIRS, VECTORS, vectors_of
from voice_agent.feedback.encoder import MODEL_FOLDER, SYNTAX, SYNTAX_LAYER, WIDTH, Encoder
from voice_agent.feedback.rater_input import CUES


def export(network: RaterNetwork, card: dict[str, Any], folder: Path = MODEL_FOLDER) -> None:
    """Replaces rater.onnx, tokenizer.json, card.json and the demonstrations. card: all but the checksum."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        _to_onnx(network, whole)
        quantize_dynamic(
            whole,
            folder / "rater.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"MatMulConstBOnly": True},
        )
        show_syntax(folder / "rater.onnx")
        base_model().tokenizer.save_pretrained(scratch)
        shutil.copy(Path(scratch) / "tokenizer.json", folder / "tokenizer.json")
    card = {**card, "sha256": hashlib.sha256((folder / "rater.onnx").read_bytes()).hexdigest()}
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    write_demonstrations(folder)


def show_syntax(path: Path) -> None:
    """Makes the vectors of an inner layer an output of the network: the end of a turn is read from them."""
    import onnx

    model = onnx.load(path)
    norms = [node for node in model.graph.node if node.op_type == "LayerNormalization"]
    # One for the embeddings, two a layer; the second ends it.
    node = onnx.helper.make_node("Identity", [norms[2 * SYNTAX_LAYER].output[0]], [SYNTAX])
    model.graph.node.append(node)
    shape: list[str | int | None] = ["turns", "pieces", WIDTH]
    model.graph.output.append(onnx.helper.make_tensor_value_info(SYNTAX, onnx.TensorProto.FLOAT, shape))
    onnx.save(model, path)


def write_demonstrations(folder: Path = MODEL_FOLDER, data: Path = DATA) -> None:
    """The pairs of the training split: dev and test stay unseen by whoever asks the bank."""
    known = {turn.id: turn for turn in turns("train", data / "turns.jsonl")}
    shown = [
        Demonstration(
            id=pair.weaker,
            situation=known[pair.weaker].situation,
            partner_line=known[pair.weaker].partner_line,
            skill=pair.skill,
            weaker=known[pair.weaker].utterance,
            level=known[pair.weaker].labels[pair.skill],
            stronger=known[pair.stronger].utterance,
            why=pair.why,
        )
        for pair in pairs(data / "pairs.jsonl")
        if pair.weaker in known and pair.stronger in known
    ]
    (folder / PAIRS).write_text("".join(to_line(pair) + "\n" for pair in shown), encoding="utf-8")
    np.save(folder / VECTORS, vectors_of(shown, Encoder(folder)).astype(np.float16))


def _to_onnx(network: RaterNetwork, path: Path) -> None:
    ids = torch.ones((2, 8), dtype=torch.int64)
    kinds = torch.tensor([[0, 0, 0, 0, 1, 1, 1, 1]] * 2)
    texts = {0: "turns", 1: "pieces"}
    torch.onnx.export(
        network.eval(),
        (ids, torch.ones_like(ids), kinds, torch.zeros((2, CUES))),
        str(path),
        input_names=["input_ids", "attention_mask", "token_type_ids", "cues"],
        output_names=["embedding", "levels", "next_skill", "act"],
        dynamic_axes={
            "input_ids": texts,
            "attention_mask": texts,
            "token_type_ids": texts,
            "cues": {0: "turns"},
            "embedding": {0: "turns"},
            "levels": {0: "turns"},
            "next_skill": {0: "turns"},
            "act": {0: "turns"},
        },
        opset_version=17,
        dynamo=False,
    )
