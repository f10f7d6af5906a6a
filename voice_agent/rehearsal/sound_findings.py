"""What a sound check asks for and tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_HERE = "not here"


@dataclass(frozen=True, slots=True)
class Step:
    """What the learner is to do now."""

    name: str
    says: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a step."""

    name: str
    verdict: Verdict
    told: str
    cure: str = ""
