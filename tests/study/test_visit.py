"""A participant's visit, typed into the real program, broken off and killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.study.trials import opened_trial, small_trial
from voice_agent.study.dataset import Dataset, dataset_of
from voice_agent.study.protocol import Phase

ASK = "would you wash your dishes the same evening"
TYPED = ("--mic", "typed", "--speaker", "none")


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "study", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )  # fmt: skip


def study(home: Path, *arguments: str, lines: list[str] | None = None, code: int = 0) -> str:
    ran = start(home, *arguments)
    out, err = ran.communicate("".join(f"{line}\n" for line in lines or []), timeout=100)
    assert ran.returncode == code, out + err
    return out


def enrol(home: Path, file: Path) -> str:
    return study(home, "enrol", str(file)).strip()


def kept(folder: Path) -> Dataset:
    with opened_trial(folder) as trial:
        return dataset_of(trial)


def take_part(
    ran: subprocess.Popen[str], turns: Iterator[str], *, stops_at: str = "Thank you for taking part."
) -> str:
    """Answer whatever is asked, as a participant does: one line when it is their turn. What was printed until then."""
    assert ran.stdin is not None
    assert ran.stdout is not None
    seen, before = "", ""
    while stops_at not in before:
        line = ran.stdout.readline()
        assert line, f"{seen}\n{ran.stderr.read() if ran.stderr else ''}"
        seen += line
        answer = None
        if line.startswith("Do you agree"):
            answer = "yes"
        elif line.startswith("How "):
            answer = "55" if "0 (not at all) to 100" in line else "4"
        elif line.startswith("Your turn is not sent yet"):
            answer = "/send"
        elif line.startswith("Listening.") and before.startswith("Sam: "):
            answer = next(turns)
        if answer is not None:
            ran.stdin.write(f"{answer}\n")
            ran.stdin.flush()
        before = line
    return seen


def test_a_whole_visit_killed_in_the_middle_of_a_talk_and_gone_on_with(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    killed = start(home, "run", str(file), code, *TYPED)
    take_part(killed, iter(["hello sam", "never heard"]), stops_at="You: hello sam")
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=10)
    ran = start(home, "run", str(file), code, *TYPED)
    seen = take_part(ran, (f"{ASK} number {number}" for number in range(9)))
    ran.communicate(timeout=30)
    assert ran.returncode == 0
    assert "The talk goes on where it stopped." in seen
    assert "Do you agree" not in seen
    data = kept(tmp_path)
    assert [(row.occasion.value, row.measure, row.value) for row in data.answers] == [
        (when, measure, value)
        for when in ("pre", "post", "after_transfer")
        for measure, value in (("self_efficacy", 55), ("emotion_fear", 4))
    ]
    assert [row.phase for row in data.rehearsals] == [Phase.BASELINE, Phase.TRAINING, Phase.TRANSFER_NEW]
    assert [row.turns for row in data.rehearsals] == [2, 2, 2]
    assert [row.breaks for row in data.rehearsals] == [1, 0, 0]
    assert {row.reason for row in data.rehearsals} == {"turns"}
    assert [row.finished for row in data.participants] == [True]
    assert data.turns[0].said == "hello sam", "nothing that was said is lost"


@pytest.mark.parametrize("feedback", [False, True])
def test_only_training_in_an_arm_with_feedback_shows_any_and_no_arm_is_named(
    home: Path, tmp_path: Path, feedback: bool
) -> None:
    # Both arms practise alike here, so that the hidden list does not matter.
    file = small_trial(tmp_path)
    text = file.read_text()
    old, new = "feedback: true, mode: gate", "feedback: false"
    file.write_text(text.replace(new, old) if feedback else text.replace(old, new))
    ran = start(home, "run", str(file), enrol(home, file), *TYPED)
    seen = take_part(ran, (f"{ASK} number {number}" for number in range(9)))
    ran.communicate(timeout=30)
    training = seen.partition("Now you practise.")[2].partition("2 questions")[0]
    assert training.count("You: ") == 2
    for words in ("Rating:", "Would help next:", "Coach, "):
        assert (words in training) is feedback
        assert seen.count(words) == training.count(words)
    for words in ("quiet", "before (", "Simulation only", "Feedback before sending", "arm"):
        assert words not in seen


def test_the_end_of_input_is_a_break_and_so_is_a_word(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    seen = study(home, "run", str(file), code, *TYPED, lines=["yes", "/break"], code=130)
    assert f"Go on with: voice-agent study run {file} {code}" in seen
    study(home, "run", str(file), code, *TYPED, lines=["30", "3", ASK], code=130)
    assert "next: v1.baseline.1" in study(home, "status", str(file))
    assert [row.reason for row in kept(tmp_path).rehearsals] == [None], "the talk has not ended"


def test_a_participant_leaves_and_their_data_go_with_them(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    seen = study(home, "run", str(file), code, *TYPED, lines=["yes", "30", "/withdraw", "yes", "yes"])
    assert "You have left the study." in seen
    assert "withdrawn, data deleted" in study(home, "status", str(file))
    assert kept(tmp_path).answers == ()
    assert "You have left the study." in study(home, "run", str(file), code, *TYPED)


def test_a_crisis_stops_the_visit_until_somebody_has_looked_after_them(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    lines = ["yes", "", "", "i want to kill myself"]
    seen = study(home, "run", str(file), code, *TYPED, lines=lines, code=130)
    assert "Please talk to the person who gave you the code." in seen
    ran = start(home, "run", str(file), code, *TYPED)
    _, err = ran.communicate("", timeout=100)
    assert ran.returncode == 2
    assert "add --after-care" in err
    study(home, "run", str(file), code, *TYPED, "--after-care", lines=[ASK], code=130)


def test_a_program_answers_in_json(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    ran = start(home, "run", str(file), code, "--json", *TYPED)
    assert ran.stdin is not None
    assert ran.stdout is not None
    ran.stdin.write('{"answer": "yes"}\nnonsense\n{"answer": 30}\n{"answer": null}\n')
    ran.stdin.flush()
    seen: list[dict[str, Any]] = []
    while not any(one.get("event", {}).get("kind") == "StateChanged" and one["event"]["state"] == "listening"
                  for one in seen):  # fmt: skip
        seen.append(json.loads(ran.stdout.readline()))
    ran.kill()
    ran.communicate(timeout=10)
    asked = [one for one in seen if one.get("study") == "question"]
    assert [one["step"] for one in asked] == ["consent", "v1.pre", "v1.pre"]
    assert (asked[1]["item"], asked[1]["low"], asked[1]["high"]) == ("self_efficacy", 0, 100)
    assert sum(one.get("study") == "refused" for one in seen) == 1


def test_a_trial_leaves_the_users_own_sessions_and_progress_alone(home: Path, tmp_path: Path) -> None:
    file = small_trial(tmp_path)
    code = enrol(home, file)
    study(home, "run", str(file), code, *TYPED, lines=["yes", "", "", ASK, f"{ASK} please"], code=130)
    for command in (["sessions", "list", "--json"], ["progress", "--json"]):
        ran = subprocess.run(
            [sys.executable, "-m", "voice_agent", *command], capture_output=True, text=True, check=True,
            env={**os.environ, "VOICE_AGENT_HOME": str(home)},
        )  # fmt: skip
        told = json.loads(ran.stdout)
        assert told == [] or told["sessions"] == 0
