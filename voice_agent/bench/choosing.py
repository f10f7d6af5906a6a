"""Which tracks are run, and with what: the pipeline with the track, its truth and the server filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import MIC_RATE_HZ
from voice_agent.bench.stub_server import MODEL
from voice_agent.catalog.chosen import chosen_pipeline
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.errors import UserError
from voice_agent.pipeline_plan import PipelinePlan
from voice_agent.speech.truth import SpokenTurn, read_truth

BENCH_PIPELINE = Path(__file__).with_name("bench.toml")
_CHAT = "openai"
_FIXED_COST = "fixed-cost"


@dataclass(frozen=True, slots=True)
class Track:
    """A recording and what is really said on it."""

    sound: Path
    truth: Path
    seconds: float
    turns: tuple[SpokenTurn, ...]


def tracks_at(track: Path, truth: Path | None) -> list[Track]:
    """One recording with its truth, or all of a folder: each NAME.wav with NAME.json beside it. Raises UserError."""
    if track.is_dir():
        found = [path for path in sorted(track.glob("*.wav")) if path.with_suffix(".json").is_file()]
        if not found:
            raise UserError(
                "holds no NAME.wav with NAME.json beside it",
                place=str(track),
                cure="make some with `voice-agent bench tracks`",
            )
        return [_track(path, path.with_suffix(".json")) for path in found]
    return [_track(track, truth or track.with_suffix(".json"))]


def _track(sound: Path, truth: Path) -> Track:
    seconds = len(read_sound(sound)) / MIC_RATE_HZ
    return Track(sound, truth, seconds, read_truth(truth, track_s=seconds))


def bench_plan(pipeline: str | None) -> PipelinePlan:
    """The bench's own pipeline, or the one named with the user's changes. Raises UserError."""
    return chosen_pipeline(pipeline) if pipeline else load_pipeline(str(BENCH_PIPELINE))


def asks_chat_server(plan: PipelinePlan) -> bool:
    return plan.partner.get("engine") == _CHAT


def wants_stub(plan: PipelinePlan, *, base_url: str, server: str) -> bool:
    """Whether the stub answers: as asked, else where the pipeline names no server. Raises UserError."""
    if base_url and server:
        raise UserError("--base-url and --server name two servers", cure="leave one of them out")
    if (base_url or server) and not asks_chat_server(plan):
        cure = f'choose a pipeline whose partner is engine = "{_CHAT}"'
        raise UserError(f"pipeline {plan.id} asks no chat server", cure=cure)
    return bool(server) or (asks_chat_server(plan) and not base_url and not plan.partner.get("base_url"))


def with_track(plan: PipelinePlan, track: Track, *, base_url: str, model: str = "") -> PipelinePlan:
    """The plan for one track. base_url: the server's, empty where the plan's own is to be asked."""
    changes: dict[str, Any] = {}
    if plan.recognizer.get("engine") == _FIXED_COST:
        changes["recognizer"] = {**plan.recognizer, "track": str(track.sound), "truth": str(track.truth)}
    if base_url:
        changes["partner"] = {
            **plan.partner,
            "base_url": base_url,
            "model": model or plan.partner.get("model", MODEL),
        }
    return msgspec.structs.replace(plan, **changes)
