"""Enrolment, consent, randomisation and leaving."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.sessions.stories import whole_talk
from tests.study.trials import MORNING, opened_trial
from voice_agent.errors import UserError
from voice_agent.events import EndReason
from voice_agent.study.randomisation import arm_at, seal_of
from voice_agent.study.steps import Questionnaire, Randomise, Rehearse, steps_of
from voice_agent.study.store import study_file
from voice_agent.study.trial import Trial


def enrolled(trial: Trial, count: int = 1) -> list[str]:
    codes = trial.enrol(count)
    for code in codes:
        trial.consent(code, given=True)
    return codes


def test_blocks_are_balanced_and_the_seed_decides(tmp_path: Path) -> None:
    with opened_trial(tmp_path, **{"block_sizes: [2, 4]": "block_sizes: [4]"}) as trial:
        arms = [arm_at(trial.study, "seed", "site=main", place) for place in range(40)]
        for start in range(0, 40, 4):
            assert Counter(arms[start : start + 4]) == {"quiet": 2, "before": 2}
        assert arms == [arm_at(trial.study, "seed", "site=main", place) for place in range(40)]
        others = [[arm_at(trial.study, seed, where, place) for place in range(40)]
                  for seed, where in (("other", "site=main"), ("seed", "site=b"))]  # fmt: skip
        assert all(other != arms for other in others)


def test_weights_give_an_arm_more_places(tmp_path: Path) -> None:
    changes = {"feedback: false}": "feedback: false, weight: 2}", "block_sizes: [2, 4]": "block_sizes: [3]"}
    with opened_trial(tmp_path, **changes) as trial:
        arms = Counter(arm_at(trial.study, "seed", "site=main", place) for place in range(30))
        assert arms == {"quiet": 20, "before": 10}


def test_before_the_baseline_is_done_nothing_anywhere_binds_a_code_to_an_arm(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        first, second = enrolled(trial, 2)
        state = trial.state()
        assert all(one.arm is None for one in state.participants.values())
        assert state.opened is not None
        # The place in the list is taken at randomisation: who comes first gets it, whatever the code.
        list_of_arms = [arm_at(trial.study, state.opened.seed, "site=main", place) for place in range(2)]
        assert [trial.randomise(second), trial.randomise(first)] == list_of_arms
        assert trial.randomise(second) == list_of_arms[0], "asked again, it is the same arm"
        steps = [step.id for step in steps_of(trial.study)]
        assert steps.index("randomise") > steps.index("v1.baseline.1")


def test_the_list_is_sealed_and_the_store_is_the_users_alone(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        enrolled(trial)
        opened = trial.state().opened
        assert opened is not None
        assert opened.seal == seal_of(opened.seed)
        assert len(opened.seed) == 32, "drawn, since the file holds none"
        assert study_file("small").stat().st_mode & 0o777 == 0o600


def test_nobody_is_randomised_without_consent(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        (code,) = trial.enrol(1)
        with pytest.raises(UserError, match="has not agreed"):
            trial.randomise(code)
        trial.consent(code, given=False)
        assert trial.participant(code).next_step(trial.study) is None


def test_strata_and_sites_are_asked_for(tmp_path: Path) -> None:
    changes = {"block_sizes: [2, 4]": "block_sizes: [2]\n  strata: {age: [young, old]}\nsites: [here, there]"}
    with opened_trial(tmp_path, **changes) as trial:
        with pytest.raises(UserError, match="no site was named"):
            trial.enrol(1, strata={"age": "old"})
        with pytest.raises(UserError, match=r"age is not told; add --stratum age=young\|old"):
            trial.enrol(1, site="here")
        with pytest.raises(UserError, match='did you mean "old"'):
            trial.enrol(1, site="here", strata={"age": "olt"})
        codes = [trial.enrol(1, site=site, strata={"age": "old"})[0] for site in ("here", "there")]
        for code in codes:
            trial.consent(code, given=True)
            trial.randomise(code)
        assert trial.state().places == {"site=here; age=old": 1, "site=there; age=old": 1}


def test_the_protocol_stands_once_somebody_is_enrolled(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        enrolled(trial)
    with (
        pytest.raises(UserError, match="turns changed since participants were enrolled"),
        opened_trial(tmp_path, **{"turns: 2": "turns: 3"}),
    ):
        pass
    with pytest.raises(UserError, match="consent changed"), opened_trial(tmp_path, **{"You talk": "One talks"}):
        pass
    with opened_trial(tmp_path, **{"You talk": "One talks", 'version: "1"': 'version: "2"'}) as trial:
        (code,) = enrolled(trial)
        consent = trial.participant(code).consent
        assert consent is not None
        assert consent.version == "2"


def with_a_rehearsal(trial: Trial) -> tuple[str, str]:
    """A participant with answers and one rehearsal, and the session's id."""
    (code,) = enrolled(trial)
    pre, rehearsal = steps_of(trial.study)[1], next(s for s in steps_of(trial.study) if isinstance(s, Rehearse))
    assert isinstance(pre, Questionnaire)
    trial.answer(code, pre, "self_efficacy", 41)
    session = trial.begin_rehearsal(code, rehearsal)
    trial.store.sessions.append(whole_talk(session))
    trial.end_rehearsal(code, rehearsal, EndReason.LEARNER)
    trial.randomise(code)
    return code, session


def test_who_leaves_keeps_their_arm_and_what_they_gave(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        code, session = with_a_rehearsal(trial)
        trial.withdraw(code, deletes=False)
        participant = trial.participant(code)
        assert participant.state(trial.study) == "withdrawn"
        assert participant.answers["v1.pre"] == {"self_efficacy": 41}
        assert trial.store.sessions.events(session)


def test_who_leaves_and_has_their_data_deleted_leaves_only_that_they_were_there(tmp_path: Path) -> None:
    with opened_trial(tmp_path) as trial:
        code, session = with_a_rehearsal(trial)
        assert b"you always leave your plates" in study_bytes()
        trial.withdraw(code, deletes=True)
        participant = trial.participant(code)
        assert participant.arm is not None, "the list of arms has to add up"
        assert not participant.answers
        assert not participant.sessions
        assert not trial.store.sessions.events(session)
        trial.withdraw(code, deletes=True)
    assert b"you always leave your plates" not in study_bytes()
    assert b'self_efficacy","value":41' not in study_bytes()


def study_bytes() -> bytes:
    return b"".join(path.read_bytes() for path in study_file("small").parent.iterdir() if path.is_file())


def test_visits_are_kept_apart_by_the_hours_that_were_set(tmp_path: Path) -> None:
    with opened_trial(tmp_path, **{"turns: 2": "turns: 2\nsessions: 2\nhours_between: 24"}) as trial:
        (code,) = enrolled(trial)
        steps = steps_of(trial.study)
        assert [step.visit for step in steps] == sorted(step.visit for step in steps)
        assert sum(isinstance(step, Randomise) for step in steps) == 1
        last = next(step for step in steps if step.id == "v1.post")
        trial.answer(code, last, "self_efficacy", 50)
        second = next(step for step in steps if step.visit == 2)
        due = trial.earliest(trial.participant(code), second)
        assert due is not None
        assert (due - MORNING).total_seconds() == 24 * 3600
