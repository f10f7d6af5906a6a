"""What was found of one component."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from voice_agent.pipeline.stages import why


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Works, but not as well as it could."""
    FAILED = "failed"
    NOT_HERE = "not here"
    """This machine, or this pipeline, has none; the program gets along without."""


@dataclass(frozen=True, slots=True)
class Finding:
    component: str
    verdict: Verdict
    told: str
    """What was found, without a full stop."""
    cure: str = ""
    """What to do, as an imperative; empty where nothing is wrong."""
    is_needed: bool = False
    """Whether the chosen pipeline can't run as asked when this fails."""
    seconds: float = 0.0


def timed(component: str, look: Callable[[], Finding]) -> Finding:
    """What `look` finds, with its time; an exception is a failure of something needed."""
    start = time.perf_counter()
    try:
        found = look()
    except Exception as error:  # noqa: BLE001 - a broken component must not hide the others
        cause, cure = why(error)
        found = Finding(component, Verdict.FAILED, cause, cure, is_needed=True)
    return replace(found, seconds=round(time.perf_counter() - start, 3))


def is_healthy(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed that is needed."""
    return not any(one.verdict is Verdict.FAILED and one.is_needed for one in findings)
