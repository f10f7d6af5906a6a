"""The installed program, run as a user runs it: data on stdout, talk on stderr, exit codes 0, 1, 2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.scenes import SITUATION

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, home: Path, stdin: str = "", timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voice_agent", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )


@pytest.fixture
def dishes(tmp_path: Path) -> str:
    path = tmp_path / "dishes.yaml"
    path.write_text(SITUATION)
    return str(path)


TYPED = ("--mic", "typed", "--speaker", "none", "--no-check-in", "--seed", "1")


def events(out: str) -> list[dict[str, Any]]:
    return [json.loads(line)["event"] for line in out.splitlines()]


def test_a_typed_talk_in_lines_says_every_state_in_words(home: Path, dishes: str) -> None:
    ran = run("practice", dishes, *TYPED, home=home, stdin="would you wash your dishes the same evening\n/end\n")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    for wanted in ("Sam: Hey.", "Listening.", "You: would you wash your dishes the same evening", "Thinking."):
        assert wanted in lines
    assert any(line.startswith("Rating: Describe none; Express none; Assert strong;") for line in lines)
    assert "\x1b" not in ran.stdout, "no cursor movement, no colour"


def test_a_gated_talk_from_a_pipe_takes_each_line_when_it_is_its_turn(home: Path, dishes: str) -> None:
    lines = [
        "you always leave a mess",
        "/again",
        "would you wash your dishes",
        "/send",
        "/retake",
        "hello sam",
        "/send",
        "/end",
    ]
    ran = run("practice", dishes, *TYPED, "--mode", "gate", home=home, stdin="\n".join(lines) + "\n")
    assert ran.returncode == 0, ran.stderr
    assert "There is no" not in ran.stdout, "no command came too early"
    assert ran.stdout.count("Rating:") == 3, "each draft is rated once"
    assert "Not sent." in ran.stdout
    assert "Taken back. Say it again." in ran.stdout


def test_a_refused_command_in_a_pipe_lets_no_line_in_too_early(home: Path, dishes: str) -> None:
    lines = ["/hear", "would you wash your dishes", "/retake", "/end"]
    ran = run("practice", dishes, *TYPED, home=home, stdin="\n".join(lines) + "\n")
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout
    assert "There is no suggestion to hear now." in told
    assert told.count("Rating:") == 1, "the turn is answered before it is taken back"
    assert told.index("Rating:") < told.index("Taken back.")


def test_json_mode_takes_commands_and_gives_numbered_events(home: Path, dishes: str) -> None:
    commands = ['{"command": "Say", "text": "hello"}', "nonsense", '{"command": "End"}']
    ran = run("practice", dishes, *TYPED, "--json", home=home, stdin="\n".join(commands) + "\n")
    assert ran.returncode == 0, ran.stderr
    stamped = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["seq"] for one in stamped] == list(range(len(stamped)))
    assert "standard input:" in ran.stderr
    assert events(ran.stdout)[-1]["kind"] == "SessionEnded"


def test_the_check_in_is_asked_again_after_a_slip(home: Path, dishes: str) -> None:
    typed = "many\n40\nfear 70\nfear 7, anger 3\n/end\n\n\n"
    ran = run("practice", dishes, "--mic", "typed", "--speaker", "none", home=home, stdin=typed)
    assert ran.returncode == 0, ran.stderr
    assert "that is no number from 0 to 100" in ran.stdout
    assert "choose 0 to 10" in ran.stdout
    exported = run("sessions", "export", home=home)
    recorded = [event for event in events(exported.stdout) if event["kind"] == "CheckInRecorded"]
    assert recorded[0]["check_in"] == {"feelings": {"fear": 7, "anger": 3}, "self_efficacy": 40, "trial": {}}


def test_a_recording_in_and_a_recording_out(home: Path, dishes: str, tmp_path: Path) -> None:
    talk, out = tmp_path / "talk.wav", tmp_path / "out.wav"
    said = run(
        "voices", "play", "espeak-us-man", "would you please wash your dishes", "--speaker", str(talk), home=home
    )
    assert said.returncode == 0, said.stderr
    speech, rate = soundfile.read(talk)
    stereo = np.repeat(np.concatenate([np.zeros(rate // 2), speech])[:, None], 2, axis=1)
    flac = tmp_path / "talk.flac"
    soundfile.write(flac, stereo, rate)
    ran = run(
        "practice", dishes, "--mic", str(flac), "--speaker", str(out), "--json", "--fast", "--no-check-in", home=home
    )
    assert ran.returncode == 0, ran.stderr
    seen = events(ran.stdout)
    assert sum(event["kind"] == "TurnHeard" and bool(event["text"]) for event in seen) == 1
    assert seen[-1] == {"kind": "SessionEnded", "reason": "microphone_ended", "outcome": None}
    sound, rate = soundfile.read(out)
    spoken_at = [event["audio_began_at_s"] for event in seen if event["kind"] == "PartnerSentence"]
    assert len(sound) / rate > max(spoken_at)
    for at_s in spoken_at:
        around = sound[int(at_s * rate) : int((at_s + 0.5) * rate)]
        assert np.sqrt(np.mean(around**2)) > 0.005, "the answer sounds where its event says so"


def test_the_same_recording_gives_the_same_events(home: Path, dishes: str, tmp_path: Path) -> None:
    talk = tmp_path / "talk.wav"
    run("voices", "play", "espeak-us-man", "would you wash your dishes", "--speaker", str(talk), home=home)
    outs = [
        run(
            "practice", dishes, "--mic", str(talk), "--json", "--fast", "--no-check-in", "--seed", "3",
            "--speaker", str(tmp_path / "out.wav"), home=home,
        ).stdout
        for _ in range(2)
    ]  # fmt: skip
    first, second = (
        [(one["seq"], one["at_s"], {**one["event"], "scenario": None}) for one in map(json.loads, out.splitlines())]
        for out in outs
    )
    assert first == second
    assert len(first) > 8


def test_a_killed_talk_is_listed_shown_and_resumed(home: Path, dishes: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "practice", dishes, *TYPED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("you never wash your dishes\n")
    program.stdin.flush()
    shown = []
    for line in program.stdout:
        shown.append(line.rstrip("\n"))
        if sum(text == "Listening." for text in shown) == 2:
            break
    (running,) = json.loads(run("sessions", "list", "--json", home=home).stdout)
    assert (running["turns"], running["state"], running["ended"]) == (1, "running", None)
    for command in ("resume", "delete"):
        refused = run("sessions", command, "last", home=home, stdin="y\n")
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1
        assert "is running in another program" in refused.stderr
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdin.close()
    program.stdout.close()
    listed = run("sessions", "list", home=home).stdout
    assert "1 turn, can be resumed" in listed
    told = run("sessions", "show", home=home).stdout.splitlines()
    assert [line for line in shown if line.startswith(("You:", "Sam:"))] == [
        line for line in told if line.startswith(("You:", "Sam:"))
    ]
    again = run("sessions", "resume", "last", "--mic", "typed", "--speaker", "none", home=home, stdin="/end\n\n\n")
    assert again.returncode == 0, again.stderr
    assert "The talk goes on where it stopped." in again.stdout
    assert "ended" in run("sessions", "list", home=home).stdout
    over = run("sessions", "resume", "last", "--mic", "typed", home=home)
    assert over.returncode == 2
    assert "has ended" in over.stderr


def test_ctrl_c_keeps_the_session_and_says_how_to_go_on(home: Path, dishes: str) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "practice", dishes, *TYPED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )
    assert program.stdout is not None
    for line in program.stdout:
        if line == "Listening.\n":
            break
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=10)
    assert program.returncode == 130
    assert "voice-agent sessions resume" in errors
    assert "Traceback" not in errors


@cache
def start_s() -> float:
    """How long this machine takes now to start Python with our first module."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import voice_agent.cli.entry"], check=True)
    return time.monotonic() - began


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.3, 0.5, 0.8])
def test_ctrl_c_at_any_moment_is_quiet(home: Path, dishes: str, delay_s: float) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "voice_agent", "practice", dishes, *TYPED],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "VOICE_AGENT_HOME": str(home)},
    )
    # An interpreter on a busy machine needs a while until anything of ours runs; the moment is the test's subject.
    time.sleep(max(0.5, 4 * start_s()) + delay_s)
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=10)
    # Python that is still starting dies of the signal, which a shell shows as 130 too.
    assert program.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in errors


BAD = [
    (("practice", "roommate-dishs"), 'scenario "roommate-dishs" not found; did you mean "roommate-dishes"?'),
    (("practice", "nowhere.yaml"), "nowhere.yaml: there is no such file; check the path"),
    (("practice", "roommate-dishes", "--pipeline", "offlin"), 'pipeline "offlin" not found; did you mean "offline"?'),
    (("practice", "roommate-dishes", "--mic", "nowhere.wav"), "nowhere.wav: there is no such file; check the path"),
    (("practice", "roommate-dishes", "--fast"), "--fast needs a recording; add --mic FILE.wav, or --mic typed"),
    (("practice", "roommate-dishes", "--voice", "flite-slx", "--mic", "typed"), 'voice "flite-slx" not found'),
    (("voices", "play", "nobody"), 'voice "nobody" not found'),
    (("sessions", "show", "zzz"), 'no session "zzz"; see `voice-agent sessions list`'),
    (("scenarios", "list", "--domain", "famly"), 'domain "famly" is not known; did you mean "family"?'),
    (("practise",), "voice-agent: No such command 'practise'"),
    (("practice", "roommate-dishes", "--difficulty", "9"), "voice-agent practice: Invalid value for '--difficulty'"),
]


@pytest.mark.parametrize(("arguments", "told"), BAD)
def test_bad_input_is_one_clear_line_and_exit_code_2(home: Path, arguments: tuple[str, ...], told: str) -> None:
    ran = run(*arguments, home=home)
    assert ran.returncode == 2, ran.stderr
    lines = ran.stderr.strip().splitlines()
    assert told in lines[-1]
    assert len([line for line in lines if not line.startswith(("No ", "The "))]) == 1
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no sound"),
        (b"RIFF garbage that is no wave", "is no sound file"),
        (b"plain text", "is no sound file"),
    ],
)
def test_a_broken_recording_is_named(home: Path, dishes: str, tmp_path: Path, content: bytes, told: str) -> None:
    talk = tmp_path / "talk.wav"
    talk.write_bytes(content)
    ran = run("practice", dishes, "--mic", str(talk), "--fast", home=home)
    assert ran.returncode == 2
    assert told in ran.stderr or "is no sound file" in ran.stderr
    assert str(talk) in ran.stderr


def test_a_speaker_file_that_cannot_be_written_is_named(home: Path, dishes: str) -> None:
    ran = run("practice", dishes, "--mic", "typed", "--speaker", "/nowhere/out.wav", home=home)
    assert ran.returncode == 2
    assert "/nowhere/out.wav: No such file or directory" in ran.stderr


def test_a_read_only_home_is_named(dishes: str, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    ran = run("practice", dishes, *TYPED, home=blocked)
    assert ran.returncode == 2
    assert "VOICE_AGENT_HOME" in ran.stderr


def test_scenario_text_with_escape_sequences_reaches_no_terminal(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "evil.yaml"
    path.write_text(
        SITUATION.replace("id: dishes", "id: evil").replace(
            '"Hey. What\'s up?"', '"\\e]0;owned\\a\\e[2J[bold]Hey[/x] \\u202eyou"'
        )
    )
    ran = run("practice", str(path), *TYPED, home=home, stdin="/end\n")
    assert ran.returncode == 0, ran.stderr
    assert "\x1b" not in ran.stdout
    assert "\u202e" not in ran.stdout
    assert "[bold]Hey[/x] you" in ran.stdout


def test_every_command_has_help_with_a_purpose(home: Path) -> None:
    groups: dict[str, list[str]] = {
        "": [
            "practice",
            "demo",
            "simulate",
            "devices",
            "doctor",
            "progress",
            "setup",
            "scenarios",
            "voices",
            "pipelines",
            "sessions",
            "study",
        ],
        "study": ["new", "check", "enrol", "run", "status", "withdraw", "rate", "export", "analyse", "simulate"],
        "scenarios": ["list", "show", "check", "new"],
        "voices": ["list", "play"],
        "bench": ["turns", "tracks", "server"],
        "pipelines": ["list", "show", "check"],
        "sessions": [
            "list",
            "show",
            "resume",
            "export",
            "delete",
            "backup",
            "restore",
            "check",
            "keep",
            "debrief",
            "listen",
        ],
    }
    documented = (ROOT / "README.md").read_text() + (ROOT / "docs" / "commands.md").read_text()
    for group, commands in groups.items():
        told = run(*([group] if group else []), "--help", home=home).stdout
        for command in commands:
            assert command in told
            assert f"voice-agent {group} {command}".replace("  ", " ") in documented, f"{group} {command}"


def test_version_and_completion(home: Path) -> None:
    assert run("--version", home=home).stdout.startswith("voice-agent 0.")
    shown = subprocess.run(
        [sys.executable, "-m", "voice_agent", "--show-completion", "bash"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VOICE_AGENT_HOME": str(home), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert "complete" in shown.stdout


def test_scenarios_new_makes_a_file_that_is_found_checked_and_wins(home: Path) -> None:
    made = run("scenarios", "new", "landlord-deposit", "--like", "roommate-dishes", home=home)
    assert made.returncode == 0, made.stderr
    assert "landlord-deposit" in run("scenarios", "list", home=home).stdout
    again = run("scenarios", "new", "landlord-deposit", "--like", "roommate-dishes", home=home)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    own = home / "config" / "scenarios" / "roommate-dishes.yaml"
    own.write_text(SITUATION.replace("id: dishes", "id: roommate-dishes").replace("Dishes in the sink", "My own Sam"))
    assert "My own Sam" in run("scenarios", "show", "roommate-dishes", home=home).stdout


def test_a_broken_scenario_is_named_by_line_and_field_and_hides_no_other(home: Path) -> None:
    folder = home / "config" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "dishes.yaml").write_text(SITUATION.replace("difficulty: 2", "difficulty: 7"))
    ran = run("scenarios", "list", home=home)
    assert ran.returncode == 2
    assert "dishes.yaml:6: difficulty: is 7; choose at most 5" in ran.stderr
    assert "roommate-dishes" in ran.stdout


def test_pipelines_check_proves_every_stage(home: Path) -> None:
    ran = run("pipelines", "check", home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for stage in ("synthesizer", "voice_activity", "recognizer", "rater", "partner", "advisor"):
        assert f"{stage}: works" in ran.stdout


def test_export_and_delete(home: Path, dishes: str, tmp_path: Path) -> None:
    run("practice", dishes, *TYPED, home=home, stdin="hello\n/end\n")
    out = tmp_path / "talk.jsonl"
    assert run("sessions", "export", "last", "-o", str(out), home=home).returncode == 0
    assert out.stat().st_mode & 0o077 == 0
    assert events(out.read_text())[0]["kind"] == "SessionStarted"
    assert run("sessions", "delete", "last", "--yes", home=home).returncode == 0
    assert "No sessions yet" in run("sessions", "list", home=home).stdout
