"""An own situation filled out by a chat server: what is told stays, what is written is checked."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_commands import run
from tests.fakes.chat_server import Reply, chat_server, streamed
from voice_agent.catalog.own_scenarios import as_yaml
from voice_agent.catalog.scenarios import parse_scenario
from voice_agent.chat.options import ChatOptions
from voice_agent.chat.server import ChatServer
from voice_agent.errors import EngineError
from voice_agent.partner.scenario_writer import ScenarioWriter, filled_out
from voice_agent.rehearsal.interview import Interview

pytestmark = pytest.mark.loopback

ANSWERS = [
    "Petra", "my landlady for two years", "services", "on Monday I told her about the mould in the bathroom", "",
    "that she sends somebody to treat the mould", "the mould", "send somebody to treat the mould", "that she gets loud",
    "2 3", "that's just a bit of damp", "", "Yes, what now?", "", "", "half", "3", "female", "old",
]  # fmt: skip
LINES = [
    ("It's an old house, they all breathe a bit.", "minimise"),
    ("Have you thought of opening a window now and then?", "deflect"),
    ("I have three other flats, and none of them complains.", "minimise"),
    ("What is it that you want me to do about it?", "ask_back"),
    ("I can have somebody look at it, but I won't paint.", "half_agree"),
    ("The last painter cost me a month's rent, if you must know.", "open_up"),
    ("You shout at me, so I'm going back inside.", "on_attack"),
    ("All right, so that black corner is worse than I thought.", "acknowledge"),
]
BAD_LINES = [
    ("Of course, consider everything granted to you.", "agree"),  # she gives half at best
    ("My nephew Gregor says it costs 400 euros.", "answer"),
    ("*sighs* You could try saying how you feel.", "answer"),
    ("It's an old house, and they all breathe a bit.", "minimise"),
    ("As an AI I can't play a landlady.", "refuse"),
    ("Kill yourself.", "on_attack"),
    ("No.", "explode"),
]


def written(lines: list[tuple[str, str]], **changes: Any) -> str:
    whole = {
        "persona": "Petra answers at the door and speaks fast. She turns every wish into a question of money.",
        "hidden_concern": "That one repair is followed by ten.",
        "bottom_line": "Somebody comes to look at it.",
        "lines": [{"say": say, "move": move} for say, move in lines],
        "practice": ["I told you about the mould", "would you send somebody", "on the 14th you said no"],
    }
    return json.dumps({**whole, **changes})


def told() -> dict[str, Any]:
    interview = Interview()
    for words in ANSWERS:
        interview.answer(words)
    assert interview.question is None
    return interview.scenario("petra-the-mould")


async def filled(*replies: Reply) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    before = told()
    scenario = parse_scenario(as_yaml(before), name="test")
    async with chat_server(*replies) as server:
        writer = ScenarioWriter(ChatServer(ChatOptions(base_url=server.url, model="m"), component="test"))
        try:
            return filled_out(before, await writer.write(scenario)), server.requests
        finally:
            await writer.close()


async def test_what_was_told_stays_and_what_a_person_would_say_is_added() -> None:
    before = told()
    after, asked = await filled(Reply(streamed(written(LINES + BAD_LINES), 200)))
    assert after["learner"] == before["learner"]
    assert after["opening"] == before["opening"]
    assert after["lines"][: len(before["lines"])] == before["lines"]
    assert [line["say"] for line in after["lines"][len(before["lines"]) :]] == [say for say, _ in LINES]
    assert "question of money" in after["partner"]["persona"]
    assert "would you send somebody" in after["practice"]
    assert not any("14th" in words for words in after["practice"])
    parse_scenario(as_yaml(after), name="test")
    assert "mould in the bathroom" in asked[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    "bad",
    ["Sure! Here is Petra.", written(LINES[:3]), written(LINES, persona="x"), written(LINES)[:300],
     written(LINES, hidden_concern="That Gregor finds out, said Gregor.")],
)  # fmt: skip
async def test_what_can_not_be_used_is_asked_for_once_more(bad: str) -> None:
    after, asked = await filled(Reply(streamed(bad, 200)), Reply(streamed(written(LINES), 200)))
    assert len(asked) == 2
    assert "can't be used" in asked[1]["messages"][-1]["content"]
    assert len(after["lines"]) > len(LINES)


async def test_two_unusable_answers_leave_all_as_it_was() -> None:
    with pytest.raises(EngineError, match="nothing that can be used"):
        await filled(Reply(streamed("no")))


@contextmanager
def served(*replies: Reply) -> Iterator[str]:
    """A chat server on a thread of its own, for a program that is run."""
    url: list[str] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with chat_server(*replies) as server:
            url.append(server.url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    ready.wait(10)
    try:
        yield url[0]
    finally:
        done.set()
        thread.join()


def test_the_command_fills_out_a_file_of_ones_own_and_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("scenarios", "new", "petra", home=home, stdin="\n".join(ANSWERS) + "\n").returncode == 0
    with served(Reply(streamed(written(LINES + BAD_LINES), 200))) as url:
        monkeypatch.setenv("VOICE_AGENT_PIPELINE", "local")
        monkeypatch.setenv("VOICE_AGENT_PARTNER_BASE_URL", url)
        ran = run("scenarios", "enrich", "petra", home=home)
    assert ran.returncode == 0, ran.stderr
    assert "8 lines added, 7 left out" in ran.stdout
    path = next(home.rglob("petra.yaml"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    filled_out = path.read_text()
    assert len(yaml.safe_load(filled_out)["lines"]) == 10
    with served(Reply(status=500)) as url:
        monkeypatch.setenv("VOICE_AGENT_PARTNER_BASE_URL", url)
        failed = run("scenarios", "enrich", "petra", home=home)
    assert failed.returncode == 1
    assert failed.stderr.strip().splitlines()[1:] == [
        "scenario writer: 127.0.0.1 failed (500); check the server, or try again. Your situation stays as it is."
    ]
    assert path.read_text() == filled_out
    shipped = run("scenarios", "enrich", "boss-raise", home=home)
    assert shipped.returncode == 2
    assert "--like boss-raise" in shipped.stderr
    authored = run("scenarios", "enrich", "petra", "--pipeline", "offline", home=home)
    assert authored.returncode == 2
    assert len(authored.stderr.strip().splitlines()) == 1
