"""What the program notices for the learner's sake, and where help can be found."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

CARE_MESSAGE = (
    "Let's stop the role-play here. What you said sounds serious, and this is a practice program: "
    "it can't help with it. A person can, now."
)


class CrisisKind(StrEnum):
    """What was spoken of. A program can't judge it; a person should."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    ABUSE = "abuse"


class HelpLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number that answers people."""

    name: str
    contact: str
    """As it is dialled, or an address."""
    kinds: tuple[CrisisKind, ...]

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.contact}."


class HelpRegion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One country's help lines."""

    name: str
    emergency: str
    lines: tuple[HelpLine, ...] = ()


class HelpLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scenarios/shared/help_lines.yaml`."""

    schema: Literal[1]
    checked: str
    """When the numbers were last looked up, year and month."""
    regions: dict[str, HelpRegion]
    """By ISO 3166 code in capitals; `ZZ` is everywhere else."""

    def lines_for(self, region: str, kind: CrisisKind) -> tuple[str, ...]:
        """Sentences to show: the fitting lines of the region, then its emergency number."""
        known = self.regions.get(region.upper())
        everywhere = self.regions["ZZ"]
        fitting = tuple(line.sentence for line in (known or everywhere).lines if kind in line.kinds)
        emergency = (known or everywhere).emergency
        return (*fitting, f"In danger now: {emergency}.")
