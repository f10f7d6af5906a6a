"""`simulate`, `scenarios check --play` and the realism card in `scenarios show`, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import run
from tests.scenes import SITUATION

QUICK = ("--talks", "1", "--turns", "4", "--learners", "weak,strong", "--jobs", "1")


def situation_file(folder: Path, name: str, **changes: str) -> str:
    text = SITUATION.replace("id: dishes", f"id: {name}")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return str(path)


def test_simulate_shows_a_table_and_every_talk_as_json_the_same_each_time(home: Path, tmp_path: Path) -> None:
    file = situation_file(tmp_path, "sink")
    table = run("simulate", "--scenario", file, *QUICK, home=home)
    assert table.returncode == 0, table.stderr
    heading, weak, strong = table.stdout.splitlines()
    assert heading.split()[:4] == ["situation", "learner", "talks", "stance"]
    assert weak.split()[:3] == ["sink", "weak", "1"]
    assert strong.split()[:3] == ["sink", "strong", "1"]
    assert table.stderr == "", "no bar in a pipe"
    told, again = (run("simulate", "--scenario", file, *QUICK, "--json", home=home).stdout for _ in range(2))
    assert told == again
    talks = [json.loads(line) for line in told.splitlines()]
    assert [talk["learner"] for talk in talks] == ["weak", "strong"]
    assert all(turn["said"] and turn["answer"] for talk in talks for turn in talk["turns"])


def test_what_simulate_does_not_know_is_told_in_one_line(home: Path) -> None:
    for arguments, wanted in (
        (("--learners", "strnog"), 'learner "strnog" is not known; did you mean "strong"?'),
        (("--learners", ","), "no learner is named"),
        (("--scenario", "roomate-dishes"), 'scenario "roomate-dishes" not found; did you mean "roommate-dishes"?'),
        (("--pipeline", "offlin"), 'did you mean "offline"?'),
        (("--output", "x.json"), "--output keeps cards"),
    ):
        ran = run("simulate", *arguments, home=home)
        assert ran.returncode == 2
        assert wanted in ran.stderr
        assert len(ran.stderr.splitlines()) == 1
        assert ran.stdout == ""


def test_a_card_is_kept_and_shown_and_told_to_be_out_of_date_after_a_change(home: Path, tmp_path: Path) -> None:
    file = situation_file(tmp_path, "sink")
    assert "Never played by simulated learners" in run("scenarios", "show", file, home=home).stdout
    assert run("simulate", "--scenario", file, *QUICK, "--cards", home=home).returncode == 0
    shown = run("scenarios", "show", file, home=home).stdout
    assert "Realism, by 1 talks of each simulated learner with the repertory partner, at most 4 turns:" in shown
    assert "OUT OF DATE" not in shown
    file = situation_file(tmp_path, "sink", **{"I'm done here.": "I'm done with this."})
    assert "OUT OF DATE: the situation has changed since" in run("scenarios", "show", file, home=home).stdout


def test_a_shipped_situation_shows_its_card(home: Path) -> None:
    shown = run("scenarios", "show", "roommate-dishes", home=home).stdout
    assert "Realism, by" in shown
    assert "No fault found" in shown
    shown = run("scenarios", "show", "father-career", home=home).stdout
    assert "bicycle shop" not in shown, "the hidden concern stays hidden"
    assert "texts to look at; --partner shows them" in shown


def test_check_play_passes_a_good_situation_and_fails_a_broken_one_in_a_line(home: Path, tmp_path: Path) -> None:
    broken = situation_file(
        tmp_path,
        "sigh",
        **{
            "No. Not at midnight.": "(sighs) No. Not at midnight.",
            "I'm not promising that.": "*sighs* I'm not promising that.",
            "Three plates.": "(sighs) Three plates.",
            "Wow. That was low.": "(sighs) That was low.",
            "Which evenings": "[sighs] Which evenings",
        },
    )
    ran = run("scenarios", "check", "--play", "roommate-dishes", broken, home=home, timeout_s=110)
    assert ran.returncode == 1, ran.stderr
    assert "roommate-dishes: played, weak ends at" in ran.stdout
    assert "sigh: played, and leaves its role, narrates" in ran.stderr
    assert "roommate-dishes" not in ran.stderr
