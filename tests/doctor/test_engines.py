"""The doctor on models and servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fakes.chat_server import Reply, chat_server
from tests.models.made import FILES, model, put, toml
from tests.models.test_manifest import plan
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.chat.options import ChatOptions
from voice_agent.doctor import engines
from voice_agent.doctor.findings import Finding, Verdict, timed

OWN_SERVER: dict[str, object] = {"engine": "openai", "base_url": "http://localhost:11434/v1", "model": "llama3.1"}
WHISPER = plan(recognizer={"engine": "faster-whisper", "model": "tiny.test"})


def test_missing_damaged_and_whole_models_are_told_apart(home: Path) -> None:
    assert engines.models(load_pipeline("offline")).verdict is Verdict.OK
    put(home / "config" / "models", {"test-tiny.toml": toml(model("https://models.example")).encode()})
    missing = engines.models(WHISPER)
    assert (missing.verdict, missing.told, missing.is_needed) == (Verdict.FAILED, "test-tiny is missing", True)
    assert missing.cure == "run `voice-agent setup mine`"
    files = {f"whisper/tiny.test/{path.rsplit('/', 1)[1]}": body for path, body in FILES.items()}
    put(home / "data" / "models", files)
    whole = engines.models(WHISPER)
    assert (whole.verdict, whole.told) == (Verdict.OK, "test-tiny (0 MB, whole)")
    put(home / "data" / "models", {"whisper/tiny.test/config.json": b"x" * 17})
    assert engines.models(WHISPER).told == "test-tiny is damaged"


def test_stages_that_ask_the_same_server_for_the_same_model_are_one() -> None:
    servers = engines.servers(plan(partner=OWN_SERVER, advisor=OWN_SERVER))
    assert [stages for stages, _ in servers.values()] == [["partner", "advisor"]]
    assert engines.servers(load_pipeline("offline")) == {}


def test_where_words_go_is_known_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert engines.leaves_machine(load_pipeline("offline")) == ""
    assert engines.leaves_machine(plan(partner=OWN_SERVER)) == ""
    assert engines.leaves_machine(plan(advisor={"engine": "openai"})) == "api.openai.com"


async def look(url: str) -> Finding:
    options = ChatOptions(base_url=url, model="llama3.1", first_token_s=2)
    return await asyncio.to_thread(timed, "server", lambda: engines.server(["partner"], options))


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("models", "verdict", "told", "cure"),
    [
        (["llama3.1"], Verdict.OK, "answers, model llama3.1", ""),
        (["other", "llama3.1:latest"], Verdict.OK, "answers, model llama3.1", ""),
        (None, Verdict.OK, "answers, model llama3.1", ""),
        (["qwen3:4b"], Verdict.FAILED, "127.0.0.1 has no model llama3.1, but qwen3:4b", "run `ollama pull llama3.1`"),
    ],
)
async def test_a_server_is_asked_for_its_models(
    models: list[str] | None, verdict: Verdict, told: str, cure: str
) -> None:
    async with chat_server(Reply()) as server:
        server.models = models
        found = await look(server.url)
    assert (found.verdict, found.cure) == (verdict, cure)
    assert told in found.told


@pytest.mark.loopback
async def test_a_server_that_is_not_there_is_a_failure_with_a_cure() -> None:
    async with chat_server(Reply()) as gone:
        url = gone.url
    found = await look(url)
    assert (found.verdict, found.is_needed) == (Verdict.FAILED, True)
    assert found.told == "127.0.0.1 can't be reached"
    assert found.cure == f"start the server at {url}"
