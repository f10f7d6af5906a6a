"""Keys come from the environment and go to their server, and nowhere else: no file, event, error or log holds one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.test_commands import TYPED, run
from tests.fakes.chat_server import Reply, chat_server
from tests.scenes import SITUATION
from voice_agent.catalog.checked import checked
from voice_agent.chat.options import ChatOptions
from voice_agent.errors import UserError
from voice_agent.servers.options import KEY_RING_SERVICE

KEY = "sk-test-7f3a9c51d2e8"


def told(**options: object) -> str:
    with pytest.raises(UserError) as caught:
        checked(options, ChatOptions, name="mine.toml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("option", "value", "cause"),
    [
        ("key_variable", KEY, "key_variable is no variable's name"),
        ("api_key", KEY, 'unknown key "api_key"'),
        ("base_url", f"https://me:{KEY}@server.example/v1", "base_url holds a password or a key"),
        ("base_url", f"https://server.example/v1?key={KEY}", "base_url holds a password or a key"),
        ("base_url", "localhost:11434/v1", "base_url is no web address; begin it with http://"),
    ],
)
def test_a_key_in_the_wrong_place_is_refused_without_telling_it(option: str, value: str, cause: str) -> None:
    message = told(**{option: value})
    assert cause in message
    assert KEY not in message


def test_an_address_with_a_password_is_shown_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:{KEY}@127.0.0.1:8000/v1")
    assert ChatOptions().shown_address == "http://127.0.0.1:8000/v1"


def test_a_key_may_lie_in_the_key_ring_and_the_environment_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {(KEY_RING_SERVICE, "MY_KEY"): KEY}
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=lambda *asked: kept.get(asked)))
    monkeypatch.delenv("MY_KEY", raising=False)
    options = ChatOptions(base_url="https://api.example.com/v1", key_variable="MY_KEY")
    assert options.key() == KEY
    monkeypatch.setenv("MY_KEY", "sk-of-the-environment")
    assert options.key() == "sk-of-the-environment"


def test_a_locked_key_ring_is_like_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: str) -> str:
        raise RuntimeError(f"locked, {KEY}")

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(UserError, match="set the environment variable MY_KEY") as told:
        ChatOptions(base_url="https://api.example.com/v1", key_variable="MY_KEY").key()
    assert KEY not in str(told.value)


@pytest.mark.loopback
async def test_a_server_that_repeats_the_key_in_its_refusal_does_not_spread_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    situation = tmp_path / "dishes.yaml"
    situation.write_text(SITUATION)
    refusal = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}})
    async with chat_server(Reply(status=401, raw=refusal.encode())) as server:
        for name, value in {
            "PIPELINE": "openai",
            "PARTNER_BASE_URL": server.url,
            "ADVISOR_BASE_URL": server.url,
            "PARTNER_KEY_VARIABLE": "MY_KEY",
            "RECOGNIZER_ADAPT": "no",
        }.items():
            monkeypatch.setenv(f"VOICE_AGENT_{name}", value)
        monkeypatch.setenv("MY_KEY", KEY)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        practice = ("--debug", "practice", str(situation), *TYPED)
        said = '{"command": "Say", "text": "would you wash up"}\n'
        programs = await asyncio.to_thread(run, *practice, "--json", home=home, stdin=said)
        talk = await asyncio.to_thread(run, *practice, "--plain", home=home, stdin="would you wash up\n/end\n")
        shown = await asyncio.to_thread(run, "pipelines", "show", home=home)
        check = await asyncio.to_thread(run, "pipelines", "check", home=home)
        kept = await asyncio.to_thread(run, "sessions", "export", home=home)
        assert server.requests, "the server was asked"
        assert KEY in " ".join(server.authorizations), "the key went where it belongs"
    for ran in (programs, talk, shown, check, kept):
        assert KEY not in ran.stdout + ran.stderr
    assert "refused the key; set the environment variable MY_KEY" in check.stdout
    assert kept.stdout
    for file in home.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
