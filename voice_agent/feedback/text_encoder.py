"""What finds the demonstration that is nearest to a turn: anything that turns texts into vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class TextEncoder(Protocol):
    """Blocking; one thread at a time."""

    name: str
    """Of the model, with what tells its versions apart."""

    def vectors(self, turns: Sequence[tuple[str, str]]) -> Floats:
        """Shape (turns, width), each of length 1: near for turns that are alike.

        turns: (what was said, the partner's line before it).
        """
        ...
