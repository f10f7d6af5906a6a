"""A small trial, and its participants, for tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.scenes import SITUATION
from voice_agent.study.store import StudyStore
from voice_agent.study.study_files import load_study
from voice_agent.study.trial import Trial

MORNING = datetime(2026, 5, 1, 9, tzinfo=UTC)

TRIAL = """schema: 1
id: small
title: A small trial
arms:
  - {id: quiet, title: Simulation only, feedback: false}
  - {id: before, title: Feedback before sending, feedback: true, mode: gate}
control: quiet
measures:
  self_efficacy: true
  emotions: [fear]
phases:
  baseline: [dishes.yaml]
  training: [dishes.yaml]
  transfer_new: [other.yaml]
turns: 2
randomisation:
  block_sizes: [2, 4]
consent:
  version: "1"
  text: You talk with a simulated partner and answer questions about how you feel.
"""


def small_trial(folder: Path, **changes: str) -> Path:
    """Writes the trial and its two situations. changes: texts of the study file to replace."""
    for name, title in (("dishes", "Dishes in the sink"), ("other", "Plates on the table")):
        text = SITUATION.replace("id: dishes", f"id: {name}").replace("Dishes in the sink", title)
        (folder / f"{name}.yaml").write_text(text)
    text = TRIAL.replace("dishes.yaml", str(folder / "dishes.yaml")).replace("other.yaml", str(folder / "other.yaml"))
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "small.yaml"
    path.write_text(text)
    return path


@contextlib.contextmanager
def opened_trial(folder: Path, **changes: str) -> Iterator[Trial]:
    study = load_study(str(small_trial(folder, **changes)))
    store = StudyStore(study.id)
    try:
        yield Trial(study, store, lambda: MORNING)
    finally:
        store.close()
