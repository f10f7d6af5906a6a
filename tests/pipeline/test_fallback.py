"""A stage that can't start names itself, the cause, the cure and its stand-in, in every front; and the talk goes on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.cli.test_commands import TYPED, events, run
from tests.scenes import SITUATION, scene, situation
from voice_agent import registry
from voice_agent.catalog.chosen import chosen_pipeline
from voice_agent.events import Fault, TalkState
from voice_agent.pipeline.proof import Trial
from voice_agent.pipeline.stages import StageFault, open_engines
from voice_agent.settings import Settings
from voice_agent.tui.app import RehearsalApp
from voice_agent.tui.transcript import Transcript
from voice_agent.worker import WorkCounter

NO_MODEL = StageFault(
    "recognizer",
    "faster-whisper: the model base.en is not here",
    "pocketsphinx takes over",
    "run `voice-agent setup local`",
)
LINE = (
    "The recognizer can't start as asked: faster-whisper: the model base.en is not here. Pocketsphinx takes over. "
    "Run `voice-agent setup local`."
)


@pytest.fixture
def dishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    path = tmp_path / "dishes.yaml"
    path.write_text(SITUATION)
    return str(path)


def test_in_lines(home: Path, dishes: str) -> None:
    ran = run("practice", dishes, *TYPED, "--pipeline", "openai", home=home, stdin="would you wash up\n/end\n")
    assert ran.returncode == 0, ran.stderr
    for stage, stand_in in (("partner", "Repertory"), ("advisor", "Local")):
        assert (
            f"The {stage} can't start as asked: openai: no key for api.openai.com. {stand_in} takes over. Set the "
            "environment variable OPENAI_API_KEY, or choose a server on this machine."
        ) in ran.stdout.splitlines()
    assert "Sam: " in ran.stdout, "and the talk goes on"
    assert "Everything stays on this machine." in ran.stdout


def test_in_json(home: Path, dishes: str) -> None:
    ran = run("practice", dishes, *TYPED, "--pipeline", "openai", "--json", home=home, stdin='{"command": "End"}\n')
    faults = [event for event in events(ran.stdout) if event["kind"] == "Fault"]
    assert [fault["component"] for fault in faults] == ["advisor", "partner"]
    for fault in faults:
        assert fault["category"] == "fallback"
        assert "no key for api.openai.com" in fault["happened"]
        assert "takes over" in fault["done"]
        assert "OPENAI_API_KEY" in fault["cure"]
    started = next(event for event in events(ran.stdout) if event["kind"] == "SessionStarted")
    assert started["engines"]["partner"] == "repertory", "what runs is told, not what was asked for"
    assert started["hosts"] == {}


async def test_in_the_app() -> None:
    front = lambda rehearsal: RehearsalApp(rehearsal).run_test(size=(120, 40))  # noqa: E731
    async with scene(settings=Settings(check_ins=False), faults=[NO_MODEL], front=front) as talk:
        await talk.until_state(TalkState.LISTENING)
        pilot: Pilot[None] = talk.shown
        await pilot.pause()
        shown = " ".join(str(static.visual) for static in pilot.app.screen.query_one(Transcript).query(Static))
        assert " ".join(LINE.split()) in " ".join(shown.split())


async def test_a_fault_without_a_cure_sends_to_the_doctor() -> None:
    fault = StageFault("synthesizer", "no voice works", "replies are shown as text", "")
    async with scene(settings=Settings(check_ins=False), faults=[fault]) as talk:
        assert (await talk.until_event(Fault)).cure == "run `voice-agent doctor`"


@pytest.fixture
def other_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Installs a package of somebody else with one engine: its stage's group, and what happens when it is opened."""

    def install(group: str, body: str) -> None:
        (tmp_path / "other.py").write_text(
            "import msgspec\nfrom voice_agent.registry import EngineSpec\n"
            "class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):\n    pass\n"
            f"def _open(*arguments):\n    {body}\n"
            "SPEC = EngineSpec(options=Options, open=_open)\n"
        )
        info = tmp_path / "other-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\nother = other:SPEC\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        registry._entries.cache_clear()

    yield install
    sys.modules.pop("other", None)
    registry._entries.cache_clear()


MISSING, BROKEN = "import a_package_that_is_not_here", "raise RuntimeError('\\x1b[2Jno\\nGPU')"


@pytest.mark.parametrize(
    ("stage", "group", "stand_in", "body"),
    [
        ("voice_activity", "voice_agent.voice_activity", "webrtcvad", MISSING),
        ("recognizer", "voice_agent.recognizers", "pocketsphinx", MISSING),
        ("partner", "voice_agent.partners", "repertory", BROKEN),
        ("rater", "voice_agent.raters", "minilm", BROKEN),
        ("advisor", "voice_agent.advisors", "local", MISSING),
    ],
)
def test_an_engine_of_another_package_that_breaks_is_replaced(
    other_package: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    group: str,
    stand_in: str,
    body: str,
) -> None:
    other_package(group, body)
    monkeypatch.setenv(f"VOICE_AGENT_{stage.upper()}_ENGINE", "other")
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_ADAPT", "" if stage == "recognizer" else "no")
    engines = open_engines(
        chosen_pipeline(), situation(), counter=WorkCounter(), hears=stage == "recognizer", speaks=False
    )
    try:
        (fault,) = engines.faults
        assert (fault.stage, fault.done) == (stage, f"{stand_in} takes over")
        assert fault.happened.startswith(("other: ModuleNotFoundError: ", "other: RuntimeError: no GPU"))
        assert fault.cure
        assert engines.names[stage] == stand_in
    finally:
        asyncio.run(engines.close())


def proofs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_ADAPT", "no")
    with Trial(chosen_pipeline(), situation()) as trial:
        return {proof.stage: proof for proof in trial.proofs()}


def test_the_proof_of_a_replaced_stage_fails_with_cause_and_cure(
    other_package: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_package("voice_agent.advisors", "raise RuntimeError('no GPU')")
    monkeypatch.setenv("VOICE_AGENT_ADVISOR_ENGINE", "other")
    found = proofs(monkeypatch)
    assert set(found) == {"synthesizer", "voice_activity", "recognizer", "rater", "partner", "advisor"}
    assert [stage for stage, proof in found.items() if not proof.works] == ["advisor"]
    assert found["advisor"].engine == "other"
    assert found["advisor"].told == "other: RuntimeError: no GPU; local takes over"


def test_a_stage_that_starts_and_then_fails_at_its_work_is_found(
    other_package: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_package("voice_agent.raters", "return type('R', (), {'name': 'r', 'read': lambda self, turn: 1 / 0})()")
    monkeypatch.setenv("VOICE_AGENT_RATER_ENGINE", "other")
    found = proofs(monkeypatch)
    assert found["recognizer"].works
    assert not found["rater"].works
    assert "ZeroDivisionError" in found["rater"].told


def test_the_gap_is_the_sum_of_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_AGENT_RECOGNIZER_ADAPT", "no")
    with Trial(chosen_pipeline(), situation()) as trial:
        gap = trial.gap()
    parts = (gap.words_s, gap.rating_s, gap.text_s, gap.sound_s)
    assert all(part > 0 for part in parts)
    assert gap.total_s == pytest.approx(sum(parts))
