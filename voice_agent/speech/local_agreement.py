"""Words that stay, from a recognizer that hears the same growing sound again and again.

LocalAgreement-2: a word is agreed when two hypotheses in a row have it at the same place; what is agreed never
changes. Source: Macháček, Dabre and Bojar 2023, "Turning Whisper into Real-Time Transcription System" (after Liu
et al. 2020 and Polák et al. 2022); one's place in the next hypothesis is found as in ufal/whisper_streaming, by time.
"""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.conversation import Word
from voice_agent.text import bare

TIME_SLACK_S = 0.1
"""Word times move by this much from one hypothesis to the next."""
LONGEST_OVERLAP = 5
"""Words at the end of what is agreed that may be told once more at the beginning of the next hypothesis."""


class LocalAgreement:
    """The words of one segment. Times of all hypotheses count from the same moment."""

    def __init__(self) -> None:
        self._agreed: list[Word] = []
        self._before: list[Word] = []

    @property
    def agreed(self) -> tuple[Word, ...]:
        """Oldest first; it only ever grows."""
        return tuple(self._agreed)

    def hear(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """A hypothesis of all sound so far, or of all sound after some agreed word: the newly agreed words."""
        fresh = self._after_agreed(hypothesis)
        count = 0
        while count < min(len(fresh), len(self._before)) and same(fresh[count], self._before[count]):
            count += 1
        found, self._before = fresh[:count], fresh[count:]
        self._agreed += found
        return tuple(found)

    def _after_agreed(self, hypothesis: Sequence[Word]) -> list[Word]:
        if not self._agreed:
            return list(hypothesis)
        end_s = self._agreed[-1].end_s
        fresh = [word for word in hypothesis if word.start_s > end_s - TIME_SLACK_S]
        # Told again only when it starts inside what is agreed: who says "no, no" has said it twice.
        if fresh and fresh[0].start_s <= end_s + 0.01:
            for length in range(1, min(LONGEST_OVERLAP, len(fresh), len(self._agreed)) + 1):
                if all(map(same, self._agreed[-length:], fresh[:length])):
                    return fresh[length:]
        return fresh


def same(one: Word, other: Word) -> bool:
    """Whether two words are the same but for case and punctuation."""
    return bare(one.text).casefold() == bare(other.text).casefold()
