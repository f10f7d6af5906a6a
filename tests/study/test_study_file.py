"""The study file: every mistake is named with its line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.study.trials import small_trial
from voice_agent.errors import UserError
from voice_agent.study.study_files import load_study, read_study, study_files, warnings_of, write_example


@pytest.mark.parametrize("study", list(study_files()))
def test_shipped_studies_are_without_mistake_and_without_warning(study: str) -> None:
    read, mistakes = read_study(study)
    assert not mistakes
    assert read is not None
    assert not warnings_of(read)


def test_a_new_file_takes_its_name_for_its_id_and_is_without_mistake(tmp_path: Path) -> None:
    path = tmp_path / "our-trial.yaml"
    write_example(path)
    assert load_study(str(path)).id == "our-trial"
    with pytest.raises(UserError, match="is there already"):
        write_example(path)


def test_all_mistakes_of_form_are_told_at_once_with_line_and_field(tmp_path: Path) -> None:
    path = small_trial(
        tmp_path, **{"mode: gate": "mode: gatte", "turns: 2": "turns: 0", "emotions: [fear]": "emotoins: [fear]"}
    )
    path.write_text(path.read_text().replace("control: quiet\n", ""))
    _, mistakes = read_study(str(path))
    told = "\n".join(str(mistake).removeprefix(f"{path}:") for mistake in mistakes)
    assert '6: arms[2].mode: "gatte" is not known; did you mean "gate"?' in told
    assert 'measures: unknown key "emotoins"; did you mean "emotions"?' in told
    assert "turns: is 0; choose at least 1" in told
    assert '"control" is missing; add it' in told
    assert len(mistakes) == 4


MEANINGS = [
    ({"control: quiet": "control: quite"}, "control:", 'control: "quite" is no arm; did you mean "quiet"?'),
    ({"block_sizes: [2, 4]": "block_sizes: [2, 3]"}, "block_sizes:", "block_sizes[2]: 3 places can't be shared"),
    ({"turns: 2": "turns: 2\nprimary: hapiness"}, "primary:", 'primary: "hapiness" is not measured'),
    ({"turns: 2": "turns: 2\npipeline: nowhere"}, "pipeline:", "pipeline: "),
    ({"id: before": "id: quiet"}, "- {id: quiet, title: Feedback", 'arms[2]: "quiet" stands twice'),
    ({"emotions: [fear]": "emotions: [fear, fear]"}, "measures:", '"emotion_fear" is asked twice'),
    ({"transfer_new": "practised"}, "practised:", "other is not trained"),
    ({"transfer_new": "transfer_harder"}, "transfer_harder:", "other has difficulty 2, training has 2"),
    ({"  transfer_new": "  #"}, "phases:", "it is not tested after training"),
]


@pytest.mark.parametrize(("changes", "begins", "wanted"), MEANINGS, ids=[begins for _, begins, _ in MEANINGS])
def test_mistakes_of_meaning_are_told_with_their_line(
    tmp_path: Path, changes: dict[str, str], begins: str, wanted: str
) -> None:
    path = small_trial(tmp_path, **changes)
    _, mistakes = read_study(str(path))
    (mistake,) = mistakes
    assert wanted in str(mistake)
    line = path.read_text().splitlines()[int(mistake.place.rpartition(":")[2]) - 1]
    assert line.strip().startswith(begins)


def test_a_seed_in_the_file_and_blocks_of_one_size_are_warned_of(tmp_path: Path) -> None:
    path = small_trial(tmp_path, **{"block_sizes: [2, 4]": "block_sizes: [2]\n  seed: 3"})
    seed, size = warnings_of(load_study(str(path)))
    assert "who reads it knows the list" in seed
    assert "can be guessed" in size
