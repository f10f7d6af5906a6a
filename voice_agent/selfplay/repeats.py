"""Lines of one talk that say the same again."""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.feedback.encoder import shared_encoder
from voice_agent.stems import content_stems

SAME = 0.9
"""Cosine of the shipped encoder from which two lines are the same, whatever their words."""
NEAR, SHARED = 0.72, 0.6
"""Cosine, and share of the shorter line's content words that the other holds, from which they are near the same.

The encoder looks at what a line does; so alone it takes two short farewells for one. Read off the pairs of the
shipped situations: every pair over both was one thought in two wordings (docs/simulate.md).
"""


def near_same(lines: Sequence[str]) -> list[tuple[str, str]]:
    """(earlier, later) for each line that an earlier one has said already. About 5 ms a line."""
    if len(lines) < 2:
        return []
    vectors = shared_encoder().vectors([(line, "") for line in lines])
    alike = vectors @ vectors.T
    words = [content_stems(line) for line in lines]
    found = []
    for later in range(1, len(lines)):
        for earlier in range(later):
            shorter = min(len(words[earlier]), len(words[later]))
            shared = len(words[earlier] & words[later]) / shorter if shorter else 0.0
            cosine = float(alike[earlier, later])
            if lines[earlier] == lines[later] or cosine >= SAME or (cosine >= NEAR and shared >= SHARED):
                found.append((lines[earlier], lines[later]))
                break
    return found
