"""Two sites at once, on a file and on a server."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.sessions.conftest import place, socket  # noqa: F401 - fixtures
from tests.study.trials import small_trial
from voice_agent.errors import UserError
from voice_agent.study.randomisation import arm_at
from voice_agent.study.store import StudyStore
from voice_agent.study.study_files import load_study
from voice_agent.study.trial import Trial

EACH = 6


def test_two_programs_never_give_one_place_of_the_list_twice(place: Path | str, tmp_path: Path) -> None:  # noqa: F811
    study = load_study(str(small_trial(tmp_path)))
    with closing(StudyStore(study.id, place)) as store:
        _share_the_list(Trial(study, store), place)


def _share_the_list(first: Trial, place: Path | str) -> None:  # noqa: F811
    study = first.study
    codes = first.enrol(2 * EACH)
    for code in codes:
        first.consent(code, given=True)
    both = threading.Barrier(2)
    failed: list[BaseException] = []

    def site(mine: list[str]) -> None:
        trial = Trial(study, StudyStore(study.id, place))
        try:
            both.wait(20)
            for code in mine:
                trial.randomise(code)
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            trial.store.close()

    threads = [threading.Thread(target=site, args=(codes[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    state = first.state()
    assert state.opened is not None
    assert state.places == {"site=main": 2 * EACH}
    given = sorted(str(one.arm) for one in state.participants.values())
    assert given == sorted(arm_at(study, state.opened.seed, "site=main", place) for place in range(2 * EACH))
    assert first.withdraw(codes[0], deletes=True) == ""
    assert codes[0] in first.state().participants


def test_one_program_takes_a_participant_through_a_visit(place: Path | str, tmp_path: Path) -> None:  # noqa: F811
    study = load_study(str(small_trial(tmp_path)))
    with closing(StudyStore(study.id, place)) as store, closing(StudyStore(study.id, place)) as elsewhere:
        here, there = Trial(study, store), Trial(study, elsewhere)
        first, second = here.enrol(2)
        here.hold_visit(first)
        with pytest.raises(UserError, match=f"the visit of {first} is running in another program"):
            there.hold_visit(first)
        with pytest.raises(UserError, match="is running in another program"):
            there.withdraw(first, deletes=True)
        there.hold_visit(second)
    with closing(StudyStore(study.id, place)) as later:
        Trial(study, later).hold_visit(first)
