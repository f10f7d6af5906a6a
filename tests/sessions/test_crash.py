"""A program that is killed at any event has lost nothing that it showed: with real processes and a real file."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sessions.killed_rehearsal import COMMANDS, MOMENTS
from voice_agent.events import UNSTORED, from_json
from voice_agent.rehearsal.setup import talk_of
from voice_agent.sessions.store import SessionStore
from voice_agent.sessions.story import story_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sessions.killed_rehearsal"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        yield started
        assert started.stdin is not None
        started.stdin.close()


@given(
    moment=st.sampled_from(MOMENTS),
    count=st.integers(1, 40),
    commands=st.lists(st.sampled_from(sorted(COMMANDS)), max_size=6),
)
@settings(max_examples=14, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_shown_is_stored_and_goes_on(
    program: subprocess.Popen[str], moment: str, count: int, commands: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, shown_path = Path(folder) / "sessions.db", Path(folder) / "shown.jsonl"
        wish = {
            "path": str(path),
            "shown": str(shown_path),
            "moment": moment,
            "count": count,
            "commands": ["ask", *commands],
        }
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(json.dumps(wish) + "\n")
        program.stdin.flush()
        code = int(program.stdout.readline())
        assert code in (-9, 0), "killed, or over before the moment came"

        shown = [from_json(line) for line in shown_path.read_bytes().splitlines()]
        store = SessionStore(path)
        try:
            stored = store.events("test")
            assert [one.seq for one in stored] == list(range(len(stored)))
            to_keep = [one for one in shown if not isinstance(one.event, UNSTORED)]
            assert stored[: len(to_keep)] == to_keep
            if stored:
                assert talk_of(stored).ended is not None or code == -9
                assert story_of(stored).session == "test"
                (summary,) = store.summaries()
                assert summary.turns == sum(bool(take.said) for take in story_of(stored).takes)
            else:
                assert code == -9
                assert not shown
        finally:
            store.close()
