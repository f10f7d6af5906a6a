"""A scenario that has been read is kept parsed; what is kept never wins over a changed or broken file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenes import SITUATION
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.errors import UserError
from voice_agent.folders import cache_folder


def test_a_changed_file_is_read_anew_and_a_broken_one_is_told(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "dishes.yaml"
    file.write_text(SITUATION)
    assert load_scenario(str(file)).difficulty == 2
    assert load_scenario(str(file)).difficulty == 2
    file.write_text(SITUATION.replace("difficulty: 2", "difficulty: 4"))
    assert load_scenario(str(file)).difficulty == 4
    file.write_text(SITUATION.replace("difficulty: 2", "difficulty: 9"))
    with pytest.raises(UserError, match="difficulty"):
        load_scenario(str(file))


def test_a_damaged_cache_costs_nothing_but_time(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "dishes.yaml"
    file.write_text(SITUATION)
    shutil.rmtree(cache_folder())
    whole = load_scenario(str(file))
    kept = list((cache_folder() / "scenarios").iterdir())
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    kept[0].write_bytes(kept[0].read_bytes()[:-9])
    assert load_scenario(str(file)) == whole
