"""The installed program in a real terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from voice_agent.feedback.wording import sentence

SOCKET = f"voice-agent-test-{os.getpid()}"


def tmux(*arguments: str) -> str:
    ran = subprocess.run(["tmux", "-L", SOCKET, *arguments], capture_output=True, text=True, check=False)
    return ran.stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    tmux("kill-server")


def until(words: str, seconds: float = 40, *, shown_now: bool = True) -> str:
    """The screen, once it shows the words, or does not show them any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (words in (shown := tmux("capture-pane", "-p", "-t", "talk"))) is shown_now:
            return shown
        time.sleep(0.2)
    raise AssertionError(f"{words!r} did not appear:\n{shown}")


def coloured() -> str:
    """The screen with its colours, by which a line shows that it takes letters."""
    return tmux("capture-pane", "-e", "-p", "-t", "talk")


@pytest.mark.parametrize(("columns", "rows"), [(120, 40), (80, 24)])
def test_a_talk_from_the_list_to_the_end(terminal: Path, columns: int, rows: int) -> None:
    command = f"env -u COLUMNS -u LINES VOICE_AGENT_HOME={terminal} {sys.executable} -m voice_agent practice --mic typed --speaker none --no-check-in"
    tmux("new-session", "-d", "-s", "talk", "-x", str(columns), "-y", str(rows), f"{command}; echo left $?; sleep 30")
    until("Begin with a sound check")
    tmux("send-keys", "-t", "talk", "Escape")
    until("Begin with a sound check", shown_now=False)
    tmux("send-keys", "-t", "talk", "roommate-dishes")
    until("You talk with Sam")
    tmux("send-keys", "-t", "talk", "Enter")
    until("Listening")
    before = coloured()
    tmux("send-keys", "-t", "talk", "t")
    while coloured() == before:  # what follows at once would still be keys of the screen
        time.sleep(0.05)
    tmux("send-keys", "-t", "talk", "you always leave your plates in the sink")
    until("you always leave your plates")
    tmux("send-keys", "-t", "talk", "Enter", "Escape")
    until("You: you always leave your plates")
    if columns < 100:
        tmux("send-keys", "-t", "talk", "f")
    shown = until("You could say:")
    assert "stay Mindful" in shown
    tmux("send-keys", "-t", "talk", "q")
    until("left 0")


def test_suggested_words_are_written_like_sentences() -> None:
    assert sentence("i was late on monday") == "I was late on Monday."
    assert sentence("when i got up the sink was full") == "When I got up the sink was full."
    assert sentence("how about monday") == "How about Monday?"
    assert sentence("what would work for you") == "What would work for you?"
