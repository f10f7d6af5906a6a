"""rate, bank, eval, profile: from the outside."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from tests.cli.test_commands import run
from tests.fakes.chat_server import Reply, chat_server, streamed
from training.dataset import DATA
from voice_agent.dearman import Skill

BLAME = "you always leave your plates and it's kind of annoying i guess"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_rate_shows_seven_levels_a_reason_and_words(home: Path) -> None:
    ran = run("rate", "--scenario", "roommate-dishes", "--after", "It's a couple of pans.", BLAME, home=home)
    assert ran.returncode == 0, ran.stderr
    for name in (
        "Describe:",
        "Express:",
        "Assert:",
        "Reinforce:",
        "stay Mindful:",
        "appear Confident:",
        "Negotiate:",
    ):
        assert name in ran.stdout
    assert "Would help next:" in ran.stdout
    assert "You could say:" in ran.stdout


def test_rate_json_lines_in_json_lines_out(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    items = [{"id": str(i), "utterance": words} for i, words in enumerate(["stop it", "\u202eno", "word " * 500])]
    file.write_text("".join(json.dumps(item) + "\n" for item in items))
    ran = run("rate", str(file), home=home)
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["0", "1", "2"]
    assert all(set(line["labels"].values()) <= {0, 1, 2} and len(line["labels"]) == 7 for line in lines)
    assert all(len(line["confidences"]) == 7 for line in lines)
    assert "\u202e" not in ran.stdout


def test_rate_reads_lines_from_a_pipe(home: Path) -> None:
    ran = run("rate", "-", "--json", "--no-advice", home=home, stdin="stop it\n\nplease wash up tonight\n")
    assert len(ran.stdout.splitlines()) == 2


def test_rate_reads_json_lines_from_a_pipe_and_names_a_broken_one(home: Path) -> None:
    fine = '\n{"id": "a", "utterance": "would you wash up tonight"}\n'
    ran = run("rate", "-", "--no-advice", home=home, stdin=fine)
    assert [json.loads(line)["id"] for line in ran.stdout.splitlines()] == ["a"]
    broken = run("rate", "-", "--no-advice", home=home, stdin=fine + "stop it\n")
    assert broken.returncode == 2
    assert "stdin:3" in broken.stderr


def test_rate_without_a_situation_is_about_what_fell_short(home: Path) -> None:
    ran = run("rate", "you never listen to me", home=home)
    assert 'Describe: "you never listen to me" judges' in ran.stdout
    assert "Somebody else said" in ran.stdout


def test_a_broken_line_is_named(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    file.write_text('{"utterance": "fine"}\n{"utterance": \n')
    ran = run("rate", str(file), home=home)
    assert ran.returncode == 2
    assert "turns.jsonl:2" in ran.stderr
    file.write_text('{"utterance": 5}\n')
    assert "Expected `str`, got `int`: field `utterance`;" in run("rate", str(file), home=home).stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "words", [[], ["  "], ["-"], ["/nowhere/turns.jsonl"], ["/nowhere/talk.wav"], ["/nowhere/x.txt"]]
)
def test_nothing_to_rate_is_said_in_one_line(home: Path, words: list[str]) -> None:
    ran = run("rate", *words, home=home)
    assert ran.returncode == 2
    assert len(ran.stderr.strip().splitlines()) == 1


def test_a_pipe_hears_the_coach_out_before_its_next_line(home: Path) -> None:
    talk = "you never wash up\n/skill reinforce\ni feel frustrated would you please wash up tonight\n/end\n"
    options = ("--mic", "typed", "--speaker", "none", "--no-check-in", "--seed", "1")
    lines = run("practice", "roommate-dishes", *options, home=home, stdin=talk).stdout.splitlines()
    coached = [place for place, line in enumerate(lines) if line.startswith("Coach, ")]
    said = [place for place, line in enumerate(lines) if line.startswith("You: ")]
    assert said[0] < coached[0] < said[1] < coached[1] < lines.index("You ended the talk.")
    assert "You meant to use Reinforce: it was none." in lines


def test_the_bank_is_private_and_goes_round(home: Path, tmp_path: Path) -> None:
    added = run("bank", "add", BLAME, "--levels", "D1 E1", "--better", "On Monday your plates were here.", home=home)
    assert added.returncode == 0, added.stderr
    turn_id = added.stdout.split(":")[0]
    file = next(home.rglob("bank.jsonl"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    corrected = run("bank", "correct", turn_id, "--levels", "E2", home=home)
    assert "D1 E2" in corrected.stdout
    out = tmp_path / "out.jsonl"
    run("bank", "export", str(out), home=home)
    assert "1 of yours" in run("bank", "list", home=home).stdout
    run("bank", "delete", turn_id, home=home)
    assert "0 of yours" in run("bank", "list", home=home).stdout
    assert "1 turns imported" in run("bank", "import", str(out), home=home).stdout
    again = run("bank", "import", str(out), home=home)
    assert "1 of them in place" in again.stdout


def test_what_a_coach_adds_counts_at_once(home: Path) -> None:
    said = "the quarterly zebra report was late by three zebras again"
    before = run("rate", "--json", said, home=home)
    assert before.returncode == 0
    run("bank", "add", said, "--levels", "D1 E0 A0 R0 M2 C2 N0", "--better", "It was due on the third.", home=home)
    from voice_agent.annotation import AnnotatedTurn
    from voice_agent.catalog.json_lines import read_lines
    from voice_agent.feedback.bank import demonstrations_of, shipped_bank

    mine = read_lines(next(home.rglob("bank.jsonl")), AnnotatedTurn)
    bank = shipped_bank().with_more(demonstrations_of(mine))
    assert bank.nearest(said, skill=Skill.DESCRIBE, most=1)[0].stronger == "It was due on the third."


def test_two_coaches_rate_a_session_blind_and_their_agreement_is_shown(home: Path) -> None:
    talk = "you never wash up\nwould you wash up tonight please\n/end\n\n\n"
    run("practice", "roommate-dishes", "--mic", "typed", "--speaker", "none", "--no-check-in", home=home, stdin=talk)
    session = run("sessions", "list", home=home).stdout.split()[0].strip(":,")
    first = run("bank", "annotate", session, "--by", "ann", home=home, stdin="D9\nD1 E0 A0 R0 M2 C2 N0\nq\n")
    assert '"D9" is no level' in first.stdout
    assert "Rating" not in first.stdout
    run("bank", "annotate", session, "--by", "ann", home=home, stdin="D0 E0 A2 R0 M2 C2 N0\n")
    second = run(
        "bank", "annotate", session, "--by", "bo", home=home, stdin="D1 E0 A0 R0 M2 C2 N0\nD0 E0 A2 R0 M2 C1 N0\n"
    )
    assert second.returncode == 0, second.stderr
    told = run("bank", "agreement", home=home)
    assert "2 turns rated twice" in told.stdout
    assert "describe: kappa 1.00" in told.stdout
    assert "confident" in told.stdout


def test_agreement_needs_two(home: Path) -> None:
    ran = run("bank", "agreement", home=home)
    assert ran.returncode == 2
    assert "bank annotate" in ran.stderr


def test_eval_prints_kappas_of_all_local_methods(home: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    lines = (DATA / "turns.jsonl").read_text().splitlines()
    test = [line for line in lines if '"split":"test"' in line.replace(" ", "")][:20]
    train = [line for line in lines if '"split":"train"' in line.replace(" ", "")][:100]
    few.write_text("\n".join([*test, *train]) + "\n")
    ran = run("eval", str(few), home=home)
    assert ran.returncode == 0, ran.stderr
    for method in ("majority", "tfidf", "nearest", "local"):
        assert f"| {method} |" in ran.stdout
    prompts = tmp_path / "prompts.jsonl"
    run("eval", str(few), "--methods", "zero-shot,contrasting", "--prompts", str(prompts), home=home)
    asked = [json.loads(line) for line in prompts.read_text().splitlines()]
    assert len(asked) == 40
    assert "strong_rewrite" not in asked[0]["messages"][1]["content"]
    assert "strong_rewrite" in asked[-1]["messages"][1]["content"]
    assert len(asked[-1]["messages"][1]["content"]) < 12_000
    truth = {json.loads(line)["id"]: json.loads(line) for line in test}
    answers = tmp_path / "answers.jsonl"
    answers.write_text(
        "".join(
            json.dumps(
                {
                    "id": one["id"],
                    "way": one["way"],
                    "answer": json.dumps(
                        {"levels": truth[one["id"]]["labels"], "next_skill": truth[one["id"]]["next_skill"]}
                    )
                    if one["way"] == "contrasting"
                    else "I can't say.",
                }
            )
            + "\n"
            for one in asked
        )
    )
    read = run("eval", str(few), "--methods", "zero-shot,contrasting", "--answers", str(answers), "--json", home=home)
    worst, best = (json.loads(line) for line in read.stdout.splitlines())
    assert (best["kappa"], best["unanswered"]) == (1.0, 0)
    assert worst["unanswered"] == 20


def test_eval_compares_advice_two_by_two_without_telling_which_is_which(home: Path, tmp_path: Path) -> None:
    every = [json.loads(line) for line in (DATA / "turns.jsonl").read_text().splitlines()]
    items = [item for item in every if item["split"] == "test"][:96:24]
    file = tmp_path / "turns.jsonl"
    file.write_text(
        "".join(json.dumps({**item, "split": None, "suggestion": "Expert words."}) + "\n" for item in items)
    )
    pairs = tmp_path / "pairs.jsonl"
    ran = run("eval", str(file), "--pairwise", str(pairs), home=home)
    assert ran.returncode == 0, ran.stderr
    shown = [json.loads(line) for line in pairs.read_text().splitlines()]
    assert shown
    assert "local" not in pairs.read_text()
    assert not any(one["expert"] for one in shown)  # it would tell which is the expert's
    judged = [{**one, "judged": {"specific": "a" if one["a"] == "Expert words." else "b"}} for one in shown]
    pairs.write_text("".join(json.dumps(one) + "\n" for one in judged))
    assert "expert 1.00, local 0.00" in run("eval", str(file), "--judged", str(pairs), home=home).stdout


def test_eval_lets_a_model_judge_off_line_without_telling_it_which_is_which(home: Path, tmp_path: Path) -> None:
    every = [json.loads(line) for line in (DATA / "turns.jsonl").read_text().splitlines()]
    items = [{**item, "split": None} for item in every if item["split"] == "test"][:96:24]
    file, rated, pairs = tmp_path / "turns.jsonl", tmp_path / "llama.jsonl", tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(item) + "\n" for item in items))
    lines = run("rate", str(file), home=home).stdout.splitlines()
    rated.write_text("".join(json.dumps({**json.loads(line), "suggestion": "Other words."}) + "\n" for line in lines))
    ran = run("eval", str(file), "--pairwise", str(pairs), "--against", str(rated), home=home)
    assert ran.returncode == 0, ran.stderr
    prompts, answers = tmp_path / "prompts.jsonl", tmp_path / "answers.jsonl"
    run("eval", str(file), "--judge", str(pairs), "--prompts", str(prompts), home=home)
    asked = [json.loads(line) for line in prompts.read_text().splitlines()]
    assert asked
    assert "llama" not in prompts.read_text()
    replies = []
    for one in asked:
        told = json.loads(one["messages"][1]["content"])
        assert "closer" not in told["questions"]  # there are no expert's words to be close to
        better = "a" if told["a"] == "Other words." else "b"
        verdict = {"specific": "tie", "actionable": better}
        replies.append({"id": one["id"], "way": one["way"], "answer": f"Verdict: {json.dumps(verdict)}"})
    answers.write_text("".join(json.dumps(one) + "\n" for one in replies))
    told = run("eval", str(file), "--judge", str(pairs), "--answers", str(answers), home=home)
    assert told.stdout.splitlines() == ["specific: llama 0.50, local 0.50", "actionable: llama 1.00, local 0.00"]


@pytest.mark.parametrize("options", [["--methods", "magic"], ["--split", "nowhere"]])
def test_eval_names_what_it_does_not_know(home: Path, options: list[str]) -> None:
    ran = run("eval", str(DATA / "turns.jsonl"), *options, home=home)
    assert ran.returncode == 2
    assert len(ran.stderr.strip().splitlines()) == 1


def test_the_profile_is_learnt_from_a_recording_shown_and_forgotten(home: Path, tmp_path: Path) -> None:
    import soundfile

    from tests.feedback.test_sounding import TEXT, spoken

    path = tmp_path / "me.wav"
    soundfile.write(path, spoken(TEXT + " and " + TEXT), 16_000)
    ran = run("profile", "learn", "--mic", str(path), home=home)
    assert ran.returncode == 0, ran.stderr
    assert "syllables a second" in run("profile", "show", home=home).stdout
    assert stat.S_IMODE(next(home.rglob("profile.json")).stat().st_mode) == 0o600
    rated = run("rate", str(path), "--json", home=home)
    assert rated.returncode == 0, rated.stderr
    assert "prosody_notes" in rated.stdout
    run("profile", "forget", home=home)
    assert "Nothing is remembered" in run("profile", "show", home=home).stdout


def test_pauses_are_shown_in_one_sentence_and_forgotten(home: Path) -> None:
    folder = home / "data"
    folder.mkdir(parents=True, exist_ok=True)
    lengths = ", ".join(["1.2"] * 40)
    (folder / "profile.json").write_text(f'{{"schema": 1, "pauses": {{"lengths_s": [{lengths}]}}}}')
    shown = run("profile", "show", home=home).stdout
    assert "Pauses inside your turns: 1.2 s (median of the last 40)" in shown
    assert len(shown.splitlines()) == 1
    run("profile", "forget", home=home)
    assert "Nothing is remembered" in run("profile", "show", home=home).stdout


def test_a_broken_profile_is_named_with_its_cure(home: Path) -> None:
    run("profile", "forget", home=home)
    folder = home / "data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.json").write_text("{")
    ran = run("profile", "show", home=home)
    assert ran.returncode == 2
    assert "profile.json" in ran.stderr


@pytest.mark.loopback
async def test_rate_asks_a_server_of_ones_own_and_falls_back_on_local_advice(home: Path) -> None:
    good = {
        "reasoning": "describe: always judges.",
        "levels": {skill.value: 1 for skill in Skill},
        "next_skill": "describe",
        "skill": "describe",
        "reason": '"always" can be argued with; name the days.',
        "words": "On Monday your plates were on the table.",
    }
    after = ("--after", "On Monday I was out.", "--advisor", "openai", "--model", "m", "--json", BLAME)
    async with chat_server(Reply(streamed(json.dumps(good))), Reply(streamed("No idea!"))) as server:
        fine = await asyncio.to_thread(run, "rate", "--base-url", server.url, *after, home=home)
        failed = await asyncio.to_thread(run, "rate", "--base-url", server.url, *after, home=home)
    assert json.loads(fine.stdout)["suggestion"] == good["words"]
    assert failed.returncode == 0
    assert json.loads(failed.stdout)["reason"]
    assert failed.stderr.strip().endswith("The local advice stands.")
    assert len(failed.stderr.strip().splitlines()) == 1


def test_rate_names_an_option_that_the_advisor_has_not(home: Path) -> None:
    ran = run("rate", "--base-url", "http://localhost:1/v1", BLAME, home=home)
    assert ran.returncode == 2
    assert "advisor local" in ran.stderr
