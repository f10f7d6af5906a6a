"""Smart Turn as the ear for the end of a turn, on a small network that the test builds in a package of that name."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.errors import EngineError
from voice_agent.pipeline.stages import open_engines
from voice_agent.pipeline.turn_end.judge import TurnJudge
from voice_agent.pipeline.turn_end.smart_turn import HEARD_S, SmartTurn
from voice_agent.pipeline_plan import Turns
from voice_agent.worker import WorkCounter


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network that is surer the louder the last tenth of a second is against all that it hears."""
    folder = tmp_path / "pipecat" / "audio" / "turn" / "smart_turn" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "pipecat" / "__init__.py").write_text("raise SystemExit('its code must not run')\n")
    ints = [helper.make_tensor(name, TensorProto.INT64, [1], [n]) for name, n in [("a", -10), ("b", 800), ("t", 2)]]
    axes = helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2])
    graph = helper.make_graph(
        [
            helper.make_node("Slice", ["input_features", "a", "b", "t"], ["last"]),
            helper.make_node("ReduceMean", ["last", "axes"], ["late"], keepdims=0),
            helper.make_node("ReduceMean", ["input_features", "axes"], ["all"], keepdims=0),
            helper.make_node("Sub", ["late", "all"], ["by"]),
            helper.make_node("Sigmoid", ["by"], ["flat"]),
            helper.make_node("Reshape", ["flat", "shape"], ["likely"]),
        ],
        "small",
        [helper.make_tensor_value_info("input_features", TensorProto.FLOAT, [1, 80, 800])],
        [helper.make_tensor_value_info("likely", TensorProto.FLOAT, [1, 1])],
        [*ints, axes, helper.make_tensor("shape", TensorProto.INT64, [2], [1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, folder / "smart-turn-v3.9-cpu.onnx")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def noise(seconds: float, loud_at_the_end: bool) -> Int16Array:
    sound = np.random.default_rng(1).normal(0, 300, round(seconds * MIC_RATE_HZ))
    sound[-MIC_RATE_HZ // 4 :] *= 20 if loud_at_the_end else 0.05
    return sound.astype(np.int16)


@pytest.mark.usefixtures("package")
def test_it_hears_the_last_seconds_whatever_the_length() -> None:
    ear = SmartTurn()
    assert ear.name == "smart-turn-v3.9-cpu"
    for seconds in (1.0, HEARD_S, 3.0 * HEARD_S):
        assert ear.features(noise(seconds, loud_at_the_end=True)).shape == (80, 100 * HEARD_S)
        loud, soft = (ear.log_odds(noise(seconds, loud_at_the_end=loud)) for loud in (True, False))
        assert loud is not None
        assert soft is not None
        assert loud > soft
    assert ear.log_odds(noise(0.1, loud_at_the_end=True)) is None


@pytest.mark.usefixtures("package")
def test_the_judge_joins_it_with_the_words() -> None:
    judge = TurnJudge(ear=SmartTurn())
    by_sound = [judge.melody(noise(3.0, loud_at_the_end=loud)) for loud in (True, False)]
    words = judge.words("i would like you to wash up", "")
    over = [judge.over(words, sound) for sound in by_sound]
    assert over[0] is not None
    assert over[1] is not None
    assert over[0] > over[1]


async def test_where_it_is_missing_that_is_told_and_the_melody_is_heard() -> None:
    with pytest.raises(EngineError, match=r"not installed.*pipecat-ai"):
        await asyncio.to_thread(SmartTurn)
    plan = await asyncio.to_thread(load_pipeline, "offline")
    plan = msgspec.structs.replace(plan, turns=Turns(ear="smart-turn"))
    scenario = await asyncio.to_thread(load_scenario, "roommate-dishes")
    engines = await asyncio.to_thread(open_engines, plan, scenario, counter=WorkCounter(), speaks=False)
    try:
        told = [fault for fault in engines.faults if "smart-turn" in fault.happened]
        assert [fault.done for fault in told] == ["The melody is heard instead."]
        assert engines.judge is not None
    finally:
        await engines.close()
