"""In lines: an own situation by interview, settings, the sound check, plan and coach at the table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.test_commands import TYPED, run
from tests.scenes import SITUATION
from voice_agent.advice import Advice
from voice_agent.dearman import Skill
from voice_agent.events import AdviceGiven
from voice_agent.plain.lines import LineRenderer

ANSWERS = (
    "Dana", "my manager for two years", "1", "she is rude", "On Monday Dana laughed at my report", "",
    "Dana tells me criticism in private", "criticism before the team", "-", "the criticism", "tell me in private first",
    "", "2 3", "It was only a joke", "", "", "", "", "", "9", "4", "1", "3",
)  # fmt: skip


@pytest.fixture
def dishes(tmp_path: Path) -> str:
    path = tmp_path / "dishes.yaml"
    path.write_text(SITUATION)
    return str(path)


def test_an_own_situation_is_told_in_answers_and_practised(home: Path) -> None:
    ran = run("scenarios", "new", home=home, stdin="\n".join(ANSWERS) + "\n")
    assert ran.returncode == 0, ran.stderr
    assert 'rude" says what they are like' in ran.stdout
    assert '"9" is no difficulty' in ran.stdout
    talk = run(
        "practice", "dana-the-criticism", *TYPED, home=home, stdin="you laughed at my report on monday\n/end\n"
    )
    assert talk.returncode == 0, talk.stderr
    assert "Dana: Hey." in talk.stdout
    assert "On Monday Dana laughed at your report." in talk.stdout


def test_an_interview_that_ends_early_writes_nothing(home: Path) -> None:
    ran = run("scenarios", "new", home=home, stdin="Dana\nmy boss\n")
    assert ran.returncode == 2
    assert "the answers ended too early" in ran.stderr
    assert not list((home / "config" / "scenarios").glob("*")) if (home / "config" / "scenarios").exists() else True


def test_settings_are_shown_set_used_and_reset(home: Path, dishes: str) -> None:
    assert run("settings", "set", "difficulty_shift", "-1", home=home).returncode == 0
    assert run("settings", "set", "mode", "gate", home=home).returncode == 0
    shown = json.loads(run("settings", "show", "--json", home=home).stdout)
    assert (shown["difficulty_shift"], shown["mode"]) == (-1, "gate")
    talk = run("practice", dishes, *TYPED, home=home, stdin="")
    assert "Difficulty 1 of 5." in talk.stdout
    assert run("settings", "reset", home=home).returncode == 0
    assert json.loads(run("settings", "show", "--json", home=home).stdout)["mode"] == "flow"


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("mod", "gate", 'there is no setting "mod"; did you mean "mode"?'),
        ("mode", "gait", '"gait" is not known; did you mean "gate"?'),
        ("hands_free", "perhaps", "is neither yes nor no; write yes or no"),
        ("scan_s", "soon", "is no number; write a number"),
        ("scan_s", "99", "scan_s: is 99.0; choose at most 30"),
        ("theme", "pink", 'theme "pink" is not known'),
    ],
)
def test_a_wrong_setting_is_one_clear_line(home: Path, key: str, value: str, told: str) -> None:
    ran = run("settings", "set", key, value, home=home)
    assert ran.returncode == 2
    assert told in ran.stderr


def test_a_broken_settings_file_names_its_line(home: Path, dishes: str) -> None:
    folder = home / "config"
    folder.mkdir(parents=True)
    (folder / "preferences.toml").write_text('mode = "flow"\ndifficulty_shift = 12\n')
    ran = run("practice", dishes, *TYPED, home=home)
    assert ran.returncode == 2
    assert "preferences.toml:2: difficulty_shift: is 12; choose at most 4" in ran.stderr


def test_the_sound_check_hears_a_recording_of_silence_and_says_so(home: Path, tmp_path: Path) -> None:
    talk = tmp_path / "quiet.wav"
    noise = np.random.default_rng(1).normal(0, 8, 16_000 * 20).astype(np.int16)
    soundfile.write(talk, noise, 16_000)
    ran = run("sound-check", "--mic", str(talk), "--speaker", "none", home=home)
    assert ran.returncode == 1, ran.stderr
    assert "quiet, ok: It is quiet" in ran.stdout
    assert "echo, not here: There is no loudspeaker." in ran.stdout
    assert "Read aloud: When the sunlight" in ran.stdout
    assert "voice, failed: Nobody was heard to read." in ran.stdout


def test_plan_and_coach_at_the_table_in_lines(home: Path, dishes: str) -> None:
    lines = (
        "/plan", "/plan D you always leave it dirty", "you always leave your dishes", "/whisper slower", "/mark good moment",
        "/correct E 2", "/move refuse", "would you wash them tonight", "/undo", "/correct X 9", "/end",
    )  # fmt: skip
    ran = run("practice", dishes, *TYPED, home=home, stdin="\n".join(lines) + "\n")
    assert ran.returncode == 0, ran.stderr
    for told in (
        "D, Describe: What happened, as a camera would have seen it.",
        "Plan, Describe (weak): you always leave it dirty",
        "Whispered: slower",
        "Marked turn 1: good moment.",
        "Corrected: Express strong.",
        "Sam will do next: refuse.",
        "Taken back. Say it again.",
        '/correct does not know "X 9"',
    ):
        assert told in ran.stdout, told
    kept = [json.loads(line) for line in (home / "data" / "bank.jsonl").read_text().splitlines()]
    assert [(one["labels"]["express"], one["annotator"]) for one in kept] == [(2, "coach")]


def test_what_the_panel_shows_is_told_in_lines(home: Path, dishes: str) -> None:
    lines = (
        "40", "fear 6", "/words", "you always leave your dishes", "/mood", "/words",
        "on monday and tuesday your dishes were in the sink would you wash them tonight", "/where", "/checkin", "55",
        "fear 4", "/end", "60", "nothing",
    )  # fmt: skip
    ran = run(
        "practice",
        dishes,
        "--mic",
        "typed",
        "--speaker",
        "none",
        "--seed",
        "1",
        home=home,
        stdin="\n".join(lines) + "\n",
    )
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.splitlines()
    for line in (
        "Noted: confidence 40, fear 6.",
        "Suggestions are kept back.",
        "Suggestions are told.",
        "Noted: confidence 55 (was 40), fear 4 (was 6).",
    ):
        assert line in told, line
    assert any(line.startswith("Sam: ") and "Resistance" in line and "of 10." in line for line in told)
    assert any("turns so far" in line for line in told)
    assert any(line.startswith("Rating: Describe strong (up);") for line in told)


def test_a_suggestion_that_is_kept_back_is_only_announced() -> None:
    renderer = LineRenderer()
    given = AdviceGiven(turn=1, advice=Advice(skill=Skill.ASSERT, reason="Ask.", words="Would you?", source="local"))
    assert "You could say: Would you?" in renderer.lines(given)
    renderer.shows_words = False
    assert renderer.lines(given) == ["A suggestion is ready. Type /words to see it from now on, or /hear to hear it."]
