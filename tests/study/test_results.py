"""Export and analysis. Simulated participants check the analysis; they are no evidence of anything."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.study.test_ratings import simulated
from tests.study.trials import opened_trial, small_trial
from voice_agent.cli.study import app
from voice_agent.errors import UserError
from voice_agent.study.analysis import analyse, compared, hedges_g, mean_interval
from voice_agent.study.dataset import AnswerRow, Dataset, ParticipantRow, dataset_of
from voice_agent.study.export import tables_of, write_export
from voice_agent.study.outcomes import measures_of
from voice_agent.study.plots import charts_of
from voice_agent.study.protocol import Study, When
from voice_agent.study.results import SIMULATED, detail_lines, headline_table, recovered
from voice_agent.study.simulation import Simulation, preset
from voice_agent.study.study_files import load_study

IMBUE = load_study("imbue-replication")


def asked_only(study: Study, answers: dict[str, list[tuple[str, float | None, float | None]]]) -> Dataset:
    """A dataset of self-efficacy alone. answers: by arm, (code, before, after)."""
    people, rows = [], []
    for arm, told in answers.items():
        for code, before, after in told:
            people.append(
                ParticipantRow(code=code, site="main", strata={}, consented=True, consent_version="1", randomised=True,
                               arm=arm, finished=True, withdrawn=False, data_deleted=False, days=0.1)
            )  # fmt: skip
            for occasion, value in ((When.PRE, before), (When.POST, after)):
                rows.append(
                    AnswerRow(code=code, arm=arm, visit=1, occasion=occasion, measure="self_efficacy",
                              value=value if value is None else round(value),
                              status="answered" if value is not None else "skipped")
                )  # fmt: skip
    return Dataset(study, False, {}, tuple(people), tuple(rows), (), ())


def test_a_trial_by_hand_comes_to_the_numbers_one_gets_on_paper() -> None:
    study = msgspec.structs.replace(IMBUE, arms=IMBUE.arms[:2], primary="self_efficacy")
    data = asked_only(
        study,
        {
            "simulation": [("a", 40, 40), ("b", 50, 52), ("c", 60, 64), ("d", 30, None)],
            "flow": [("e", 40, 50), ("f", 50, 62), ("g", 60, 74), ("h", None, 70)],
        },
    )
    (contrast,) = [one for one in analyse(data).contrasts if one.point == "post"]
    control, flow = contrast.arms
    assert (control.randomised, control.analysed, control.change, control.percent) == (4, 3, 2.0, 4.0)
    assert (flow.before, flow.after, flow.percent) == (50.0, 62.0, 24.0)
    # Changes 10, 12, 14: mean 12, deviation 2, t(2) = 4.303, so 12 +- 4.97.
    assert flow.change_ci == pytest.approx((7.03, 16.97), abs=0.01)
    (difference,) = contrast.differences
    assert difference.difference == 10.0
    # 10 / 2, times 1 - 3 / (4 * 4 - 1).
    assert difference.g == pytest.approx(4.0)
    # All 20 ways to deal six people: only this one and its mirror are so far apart.
    assert difference.p == pytest.approx(2 / 20)
    assert difference.g is not None
    assert difference.g_no_change is not None
    assert difference.g_no_change < difference.g, "missing counted as no change"
    assert contrast.primary


def test_the_mixed_model_uses_those_who_gave_one_answer_too() -> None:
    draw = np.random.default_rng(5)
    study = msgspec.structs.replace(IMBUE, arms=IMBUE.arms[:2])
    told: dict[str, list[tuple[str, float | None, float | None]]] = {}
    for arm, gain in (("simulation", 0.0), ("flow", 15.0)):
        people: list[tuple[str, float | None, float | None]] = []
        for number in range(40):
            before = float(np.clip(draw.normal(45, 12), 0, 80))
            after = before + gain + float(draw.normal(0, 6))
            # Those who began high leave: complete cases are biased in level, not in the model's slope.
            people.append((f"{arm}{number}", before, None if before > 55 else after))
        told[arm] = people
    (contrast,) = [one for one in analyse(asked_only(study, told), resamples=99).contrasts if one.point == "post"]
    (difference,) = contrast.differences
    assert difference.model_ci is not None
    assert difference.model_ci[0] < 15 < difference.model_ci[1]
    assert difference.model_ci[0] > 10
    assert contrast.arms[0].analysed < contrast.arms[0].randomised


def test_intervals_hold_what_was_set_about_nineteen_times_of_twenty() -> None:
    simulation = Simulation(IMBUE, preset(IMBUE, "imbue"))
    truth = simulation.truth()
    measure = next(one for one in measures_of(IMBUE) if one.id == "confidence")
    held = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        change = {}
        for arm in ("gate", "simulation"):
            answers = simulation.answers(measure, arm, 30, draw)
            change[arm] = answers["post"] - answers["before"]
        found = compared(change["gate"], change["simulation"], draw, resamples=9)
        assert found.g_interval is not None
        held += found.g_interval[0] <= truth["gate/confidence/post"] <= found.g_interval[1]
    assert 89 <= held <= 100, "binomial: outside with a chance of 1 in 200"


def test_without_an_effect_one_trial_in_twenty_is_significant_and_no_more() -> None:
    simulation = Simulation(IMBUE, preset(IMBUE, "none"))
    assert all(abs(value) < 0.03 for value in simulation.truth().values())
    measure = next(one for one in measures_of(IMBUE) if one.id == "fear")
    false = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        one, other = (simulation.answers(measure, arm, 25, draw) for arm in ("gate", "simulation"))
        found = compared(one["post"] - one["before"], other["post"] - other["before"], draw, resamples=199)
        assert found.p is not None
        false += found.p < 0.05
    assert 2 <= false <= 20, "10 of 200 are expected; outside with a chance of 1 in 200"


def test_simulated_participants_go_through_store_export_and_analysis_and_are_named_everywhere(tmp_path: Path) -> None:
    with opened_trial(tmp_path, **{"turns: 2": "turns: 6"}) as trial:
        simulated(trial, 40)
        data = dataset_of(trial)
    found = analyse(data, resamples=199)
    assert analyse(data, resamples=199) == found, "the same seed draws the same tests"
    assert found.simulated
    assert sum(found.randomised.values()) == found.enrolled == 40
    primary = next(one for one in found.contrasts if one.primary)
    assert primary.measure == "skill"
    (difference,) = primary.differences
    assert difference.g_ci is not None
    assert difference.truth is not None
    assert difference.g_ci[0] <= difference.truth <= difference.g_ci[1]
    held, of = recovered(found)
    assert held >= 0.8 * of
    table = headline_table(found)
    assert len(table) == 2 + len(found.contrasts)
    assert "skill, by machine (0-100) *" in table[2]
    assert any("missing" in line for line in detail_lines(found)), "some leave, some skip"
    charts = charts_of(found)
    assert set(charts) == {"effects-before.svg", "primary.svg"}
    for title, drawing in charts.values():
        assert "simulated" in title
        root = ElementTree.fromstring(drawing)
        assert [child.tag.rpartition("}")[2] for child in root][:2] == ["title", "desc"]


def test_the_export_is_tidy_complete_in_its_codebook_and_holds_no_words(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        simulated(trial, 8)
        opened = trial.state().opened
        assert opened is not None
        data = dataset_of(trial)
    paths = write_export(data, tmp_path / "out", seed=opened.seed, with_words=False)
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    tables = {
        path.name: list(csv.DictReader(io.StringIO(path.read_text()))) for path in paths if path.suffix == ".csv"
    }
    book = tables.pop("codebook.csv")
    for name, rows in tables.items():
        described = {row["column"] for row in book if row["file"] == name}
        assert set(rows[0]) <= described
        assert all(None not in row.values() for row in rows)
    assert len(tables["participants.csv"]) == 8
    assert all(float(row["days"]) >= 0 for row in tables["participants.csv"] if row["days"])
    assert len(tables["questionnaires.csv"]) == 8 * 3 * 2
    assert {row["status"] for row in tables["questionnaires.csv"]} <= {"answered", "skipped", "not_reached"}
    assert all(bool(row["value"]) == (row["status"] == "answered") for row in tables["questionnaires.csv"])
    assert all("simulated turn" not in path.read_text() for path in paths)
    assert opened.seed in (tmp_path / "out" / "codebook.md").read_text()
    assert "said" in {column.name for column in tables_of(data, with_words=True)["turns.csv"][0]}


def test_too_few_participants_are_told_and_no_number_is_made_up() -> None:
    nothing = compared(np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0]), np.random.default_rng(1))
    assert nothing.g is None
    assert nothing.p is None
    assert mean_interval(np.array([1.0])) is None
    assert hedges_g(np.ones(5), np.ones(5)) is None, "nobody differs"
    with pytest.raises(UserError, match="nobody is randomised"):
        analyse(asked_only(IMBUE, {}))


def test_the_commands_from_simulation_to_a_folder_of_results(home: Path, tmp_path: Path) -> None:
    file, out = str(small_trial(tmp_path)), str(tmp_path / "out")

    def study(*arguments: str, typed: str = "") -> str:
        ran = CliRunner().invoke(app, [*arguments], input=typed, catch_exceptions=False)
        assert ran.exit_code == 0
        return ran.output

    seen = study("simulate", file, "--participants", "12", "--seed", "2", "--effect", "before.emotion_fear=-40")
    assert "not evidence" in seen
    told = study("analyse", file, "--simulated", "--details", "-o", out)
    assert told.startswith(SIMULATED)
    assert json.loads((tmp_path / "out" / "results.json").read_text())["simulated"] is True
    assert SIMULATED in (tmp_path / "out" / "results.md").read_text()
    assert "expert-a and expert-b" in study("agreement", file, "--simulated")
    rated = study("rate", file, "--simulated", "--by", "ada", typed="D2 E2 A2 R2 M2 C2 N2\nD9\nq\n")
    assert "is no level" in rated
    assert "Stopped; what you rated is kept." in rated
    assert "ada and expert-a, 1 turn (too few to say much):" in study("agreement", file, "--simulated")
    assert "turns.csv" in study("export", file, "--simulated", "-o", out)
    with pytest.raises(UserError, match="has participants already"):
        study("simulate", file)
    with pytest.raises(UserError, match='measure "nothing" is not in the study'):
        study("simulate", file, "--effect", "before.nothing=3", "--replace")
    with pytest.raises(UserError, match="nobody is randomised yet"):
        study("analyse", file)
    assert "12 enrolled" not in study("status", file), "the real study is not touched"
