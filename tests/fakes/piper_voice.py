"""Writes small voices that the real Piper loads and speaks with: a buzz whose pauses fall where the text's do.

The network has Piper's signature (piper-tts 1.8, `piper/voice.py`): phoneme ids, their count, the scales of
noise, length and rhythm, and a speaker where there are several; it gives samples in [-1, 1].
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE_HZ = 22_050
SAMPLES_PER_ID = 830
"""At length 1; a line of twelve words then takes four seconds."""
_SYMBOLS = "_^$ !\"'(),-.:;?abcdefghijklmnopqrstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢˈˌːˑ˞̩̃ᵻ"
_FIRST_SOUND = _SYMBOLS.index("a")
"""Ids below it are silent: padding is not, so that words hang together."""


def write_voice(
    folder: Path,
    name: str = "en_US-buzz-medium",
    *,
    hz: float = 120.0,
    loudness: float = 0.3,
    length: float = 1.0,
    speakers: Mapping[str, int] | None = None,
    several: int = 1,
    slow_from_ids: int | None = None,
    fails_from_ids: int = 10**6,
) -> Path:
    """The model's path; its settings lie beside it.

    hz: pitch of the first speaker; each further one is 60 Hz higher. loudness: peak in [0, 1]. length: seconds
    relative to the usual. speakers: names and ids; several: speakers without names. slow_from_ids: a text of
    more phoneme ids than this takes for ever; fails_from_ids: one of more than this ends the run with an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = len(speakers) if speakers else several
    path = folder / f"{name}.onnx"
    onnx.save(_network(hz, loudness, length, count > 1, slow_from_ids, fails_from_ids), path)
    config = {
        "audio": {"sample_rate": RATE_HZ, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {symbol: [index] for index, symbol in enumerate(_SYMBOLS)},
        "num_symbols": 256,
        "num_speakers": count,
        "speaker_id_map": dict(speakers or {}),
    }
    path.with_name(f"{path.name}.json").write_text(json.dumps(config), encoding="utf-8")
    return path


def _network(
    hz: float, loudness: float, length: float, has_speakers: bool, slow_from_ids: int | None, fails_from_ids: int
) -> onnx.ModelProto:
    constants = {
        "zero": np.int64(0),
        "one": np.int64(1),
        "samples_per_id": np.float32(SAMPLES_PER_ID * length),
        "first_sound": np.int64(_FIRST_SOUND),
        "radians": np.float32(2 * np.pi / RATE_HZ),
        "loudness": np.float32(loudness / 1.6),
        "octave": np.float32(2.0),
        "half": np.float32(0.5),
        "flat": np.array([-1], np.int64),
        "shape": np.array([1, 1, -1], np.int64),
        "hz": np.float32(hz),
        "step": np.float32(60.0),
        "length_at": np.int64(1),
        "hiss": np.float32(0.002),
        "noise_at": np.int64(0),
        "fails_from": np.int64(fails_from_ids),
        "only_one": np.ones(1, np.float32),
        "beyond": np.int64(9),
    }
    nodes = [
        helper.make_node("Reshape", ["input", "flat"], ["ids"]),
        helper.make_node("Size", ["ids"], ["count"]),
        helper.make_node("Gather", ["scales", "length_at"], ["length_scale"]),
        helper.make_node("Mul", ["length_scale", "samples_per_id"], ["id_samples"]),
        helper.make_node("Cast", ["count"], ["count_f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["count_f", "id_samples"], ["total_f"]),
        helper.make_node("Cast", ["total_f"], ["total"], to=TensorProto.INT64),
        helper.make_node("Range", ["zero", "total", "one"], ["time"]),
        helper.make_node("Cast", ["time"], ["time_f"], to=TensorProto.FLOAT),
        # Which phoneme sounds at each sample, and whether it is one with a sound.
        helper.make_node("Div", ["time_f", "id_samples"], ["place_f"]),
        helper.make_node("Cast", ["place_f"], ["place_raw"], to=TensorProto.INT64),
        helper.make_node("Sub", ["count", "one"], ["last"]),
        helper.make_node("Min", ["place_raw", "last"], ["place"]),
        helper.make_node("Gather", ["ids", "place"], ["sounding_id"]),
        helper.make_node("Less", ["sounding_id", "first_sound"], ["is_low"]),
        helper.make_node("Equal", ["sounding_id", "zero"], ["is_padding"]),
        helper.make_node("Not", ["is_low"], ["is_letter"]),
        helper.make_node("Or", ["is_letter", "is_padding"], ["sounds"]),
        helper.make_node("Cast", ["sounds"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["time_f", "radians"], ["turn"]),
        helper.make_node("Mul", ["turn", "pitch"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["first_harmonic"]),
        helper.make_node("Mul", ["phase", "octave"], ["phase_2"]),
        helper.make_node("Sin", ["phase_2"], ["second_harmonic"]),
        helper.make_node("Mul", ["second_harmonic", "half"], ["quieter"]),
        helper.make_node("Add", ["first_harmonic", "quieter"], ["buzz"]),
        helper.make_node("Mul", ["buzz", "loudness"], ["level"]),
        helper.make_node("Gather", ["scales", "noise_at"], ["noise_scale"]),
        helper.make_node("RandomNormalLike", ["level"], ["random"], dtype=TensorProto.FLOAT, seed=1.0),
        helper.make_node("Mul", ["random", "noise_scale"], ["scaled_noise"]),
        helper.make_node("Mul", ["scaled_noise", "hiss"], ["noise"]),
        helper.make_node("Add", ["level", "noise"], ["noisy"]),
        # An index that the table lacks is an error of the run.
        helper.make_node("Greater", ["count", "fails_from"], ["is_too_long"]),
        helper.make_node("Where", ["is_too_long", "beyond", "zero"], ["index"]),
        helper.make_node("Gather", ["only_one", "index"], ["unit"]),
        helper.make_node("Mul", ["noisy", "unit"], ["checked"]),
        helper.make_node("Mul", ["checked", "mask"], ["spoken"]),
        helper.make_node("Reshape", ["spoken", "shape"], ["output" if slow_from_ids is None else "made"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if has_speakers:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
        speaker = [
            helper.make_node("Cast", ["sid"], ["sid_f"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["sid_f", "step"], ["above"]),
            helper.make_node("Add", ["above", "hz"], ["pitch"]),
        ]
    else:
        speaker = [helper.make_node("Identity", ["hz"], ["pitch"])]
    if slow_from_ids is not None:
        constants |= {"slow_from": np.int64(slow_from_ids), "ages": np.int64(10**12), "yes": np.bool_(True)}
        nodes += [
            helper.make_node("Greater", ["count", "slow_from"], ["is_slow"]),
            helper.make_node("Where", ["is_slow", "ages", "one"], ["rounds"]),
            helper.make_node("Loop", ["rounds", "yes", "made"], ["output"], body=_nothing()),
        ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "samples"])]
    initializers = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph([*speaker, *nodes], "buzz", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _nothing() -> onnx.GraphProto:
    """A round of the loop that hands the samples on."""
    return helper.make_graph(
        [
            helper.make_node("Identity", ["more"], ["go_on"]),
            helper.make_node("Identity", ["before"], ["after"]),
        ],
        "round",
        [
            helper.make_tensor_value_info("round_number", TensorProto.INT64, []),
            helper.make_tensor_value_info("more", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.FLOAT, [1, 1, "samples"]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("after", TensorProto.FLOAT, [1, 1, "samples"]),
        ],
    )
