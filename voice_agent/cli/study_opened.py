"""The trial that a study command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_agent.study.trial import Trial


@contextmanager
def opened(name: str, *, simulated: bool = False) -> Iterator[Trial]:
    """The trial of a study file. simulated: its simulated participants, in a store apart. Raises UserError."""
    from voice_agent.study.store import StudyStore, study_file  # sqlalchemy, 0.2 s
    from voice_agent.study.study_files import load_study, simulated_study
    from voice_agent.study.trial import Trial

    study = load_study(name)
    if simulated:
        study = simulated_study(study)
    store = StudyStore(study.id, study_file(study.id) if simulated else None)
    try:
        yield Trial(study, store)
    finally:
        store.close()
