"""Experts rate turns without knowing whose they are."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scenes import situation
from tests.study.trials import opened_trial
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError
from voice_agent.study.dataset import dataset_of
from voice_agent.study.protocol import Phase
from voice_agent.study.ratings import LETTERS, agreements, blind_turns, for_rater, from_csv, keep_ratings, to_csv
from voice_agent.study.simulation import preset, simulate
from voice_agent.study.trial import Trial

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


def simulated(trial: Trial, participants: int = 6) -> None:
    scenarios = {name: situation() for phase in Phase for name in trial.study.phases.of(phase)}
    simulate(trial, participants, preset(trial.study, "imbue"), scenarios, seed=3, began=BEGAN)


def test_a_sheet_holds_no_code_no_arm_and_no_phase_and_is_in_random_order(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        simulated(trial)
        turns = blind_turns(trial)
        sheet = to_csv(for_rater(turns, "ada"))
        people = trial.state().participants
    assert len(turns) == 6 * 2 * trial.study.turns, "two rehearsals of each without feedback"
    for secret in (*people, *(one.session for one in turns), "quiet", "baseline", "transfer", "small"):
        assert secret not in sheet
    order = [row["id"] for row in csv.DictReader(io.StringIO(sheet))]
    by_session = [one.shown.id for one in sorted(turns, key=lambda one: (one.session, one.turn))]
    assert sorted(order) == sorted(by_session)
    assert order != by_session
    assert order != [one.shown.id for one in for_rater(turns, "bob")], "each rater has an order of their own"


def test_turns_can_be_sampled_and_training_added(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        simulated(trial)
        few = blind_turns(trial, per_rehearsal=1)
        assert len({one.session for one in few}) == len(few) == 12
        assert len(blind_turns(trial, with_training=True)) == 6 * 3 * trial.study.turns


def filled(sheet: str, levels: str, rows: int = 10_000) -> str:
    read = list(csv.DictReader(io.StringIO(sheet)))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(read[0]))
    writer.writeheader()
    for place, row in enumerate(read):
        writer.writerow(row | (dict(zip(LETTERS, levels, strict=True)) if place < rows else {}))
    return out.getvalue()


def test_a_filled_sheet_comes_back_and_counts(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        simulated(trial)
        sheet = to_csv(blind_turns(trial))
        assert keep_ratings(trial, "ada", from_csv(filled(sheet, "0120120", rows=3), name="sheet")) == 3
        # A later rating of the same turns stands.
        keep_ratings(trial, "ada", from_csv(filled(sheet, "2222222", rows=3), name="sheet"))
        mine = [told["ada"] for told in trial.state().ratings.values() if "ada" in told]
        assert mine == [dict.fromkeys(Skill, Level.STRONG)] * 3
        rated = [row for row in dataset_of(trial).turns if row.raters == 3]
        assert len(rated) == 3, "two simulated experts, and ada"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda text: text.replace("0,1,2,0,1,2,0", "0,1,3,0,1,2,0", 1), 'sheet:2: A is "3"; write 0, 1 or 2'),
        (lambda text: text.replace("0,1,2,0,1,2,0", "0,1,,0,1,2,0", 1), 'A is ""'),
        (lambda text: text.replace(",N\r\n", ",X\r\n", 1), 'column "N" is missing'),
    ],
)
def test_mistakes_in_a_sheet_are_told_with_line_and_column(tmp_path: Path, change: object, wanted: str) -> None:
    with opened_trial(tmp_path) as trial:
        simulated(trial, 4)
        text = filled(to_csv(blind_turns(trial)), "0120120")
        assert callable(change)
        with pytest.raises(UserError) as caught:
            from_csv(change(text), name="sheet")
        assert wanted in str(caught.value)
        with pytest.raises(UserError, match="is not in the study"):
            keep_ratings(trial, "ada", {"abc": dict.fromkeys(Skill, Level.WEAK)})


def test_agreement_is_told_for_every_two_raters_and_for_the_machine(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        with pytest.raises(UserError, match="no turn is rated"):
            agreements(trial)
        simulated(trial, 20)
        turns = len(blind_turns(trial))
        found = {(one.one, one.other): one for one in agreements(trial)}
    assert set(found) == {("expert-a", "expert-b"), ("expert-a", "machine"), ("expert-b", "machine")}
    # An expert is a step away in 15 of 100 levels, but not beyond the ends of the scale.
    same = found["expert-a", "machine"].same.values()
    assert 0.85 < sum(same) / len(same) < 0.97
    assert {one.turns for one in found.values()} == {turns}
