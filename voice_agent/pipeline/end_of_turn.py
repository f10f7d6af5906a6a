"""When a learner's turn has begun, paused, and ended.

A turn ends twice. The *provisional* end, after a short silence, only lets the engines get ready; the
*committed* end lets the partner speak. In a hard conversation people stop in the middle of a sentence, so
the wait for the commit grows with how unfinished the words sound. Pure policy: it is told each block, counts
time in blocks, and never sleeps.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from voice_agent.audio.protocols import BLOCK_S
from voice_agent.settings import Patience

TURN_POLICY_VERSION = 1
"""Changes when recorded talks would be cut differently."""


class TurnSignal(Enum):
    BEGAN = auto()
    PROVISIONAL = auto()
    WENT_ON = auto()
    """Speech after a provisional end of the same turn."""
    COMMITTED = auto()
    DISMISSED = auto()
    """What began was too short to be a turn: a click, a cough."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds of silence."""

    provisional_s: float
    shortest_s: float
    """Commit when the words sound finished."""
    longest_s: float
    """Commit when they sound unfinished."""


WAITS = {
    # Read speech pauses for up to 0.4 s inside a clause and 1.0 s between clauses (our recordings); people in
    # distress pause longer. Recognition needs about 0.15 s after the provisional end.
    Patience.QUICK: Waits(0.25, 0.45, 0.9),
    Patience.NORMAL: Waits(0.35, 0.8, 1.6),
    Patience.PATIENT: Waits(0.5, 1.5, 3.0),
    # "over" is looked for at each provisional end; without it ten seconds of silence end the turn.
    Patience.OVER: Waits(0.45, 10.0, 10.0),
    Patience.PUSH_TO_TALK: Waits(0.2, float("inf"), float("inf")),
}

ONSET_BLOCKS, ONSET_WINDOW = 4, 6
"""Speech in 80 of 120 ms begins a turn: shorter than any word, longer than a click."""
SHORTEST_TURN_S = 0.14
"""Voiced time under which what began is dismissed; "no" has about 0.2 s."""
LONGEST_TURN_S = 180.0
"""A turn is committed here whatever the microphone says: noise must not hold the talk for ever."""

_OPEN_ENDS = frozenset(
    """
    and or but because so if when that which who while although though unless since until as than to of in on
    at for from with by about into the a an my your his her our their this these those is are was were am be
    been i i'm you're we're they're he's she's would could should will can may might must do does did have has
    had want need like um uh er erm hmm mm well just really very not
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
_CLOSED_ENDS = frozenset(
    """
    please thanks thank you ok okay yes no yeah right too either then tonight today tomorrow week month day
    anymore again now it me us that's
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)


def completeness(words: str) -> float:
    """Probability-like figure in [0, 1] that these words are a finished turn, by their end alone.

    0 after an open word ("and", "because", "um"), 0.5 where nothing can be told, 0.9 after a word that
    often closes.
    """
    found = re.findall(r"[a-z']+", words.lower())
    if not found:
        return 0.5
    if found[-1] in _CLOSED_ENDS and len(found) > 1:
        return 0.9
    if found[-1] in _OPEN_ENDS:
        return 0.0
    # Very short turns are often a start: "Sam," "look".
    return 0.45 if len(found) < 3 else 0.75


class EndOfTurn:
    """The policy for one microphone. `block` for each 20 ms; `words` when the recognizer has some."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._recent: deque[bool] = deque(maxlen=ONSET_WINDOW)
        self._in_turn = False
        self._is_provisional = False
        self._key_down = False
        self._voiced_s = 0.0
        self._began_s = 0.0
        self._silence_s = 0.0
        self._completeness = 0.5

    @property
    def in_turn(self) -> bool:
        return self._in_turn

    @property
    def voiced_s(self) -> float:
        """Speech in this turn so far."""
        return self._voiced_s

    @property
    def silence_s(self) -> float:
        """Silence since the turn's last speech."""
        return self._silence_s

    def words(self, text: str) -> None:
        """The turn's words so far: how finished they sound sets the wait."""
        self._completeness = completeness(text)

    def wait_s(self) -> float:
        """Silence after which the turn is committed."""
        waits = WAITS[self.patience]
        return waits.longest_s - self._completeness * (waits.longest_s - waits.shortest_s)

    def block(self, *, is_speech: bool) -> TurnSignal | None:
        """One more block of the microphone."""
        if self._key_down:
            self._voiced_s += BLOCK_S if is_speech else 0.0
            self._silence_s = 0.0 if is_speech else self._silence_s + BLOCK_S
            return None
        if self.patience is Patience.PUSH_TO_TALK:
            return None
        if not self._in_turn:
            self._recent.append(is_speech)
            if sum(self._recent) < ONSET_BLOCKS:
                return None
            self._begin(voiced_s=sum(self._recent) * BLOCK_S)
            return TurnSignal.BEGAN
        self._began_s += BLOCK_S
        if is_speech:
            self._voiced_s += BLOCK_S
            return self._speech()
        return self._silence()

    def commit(self) -> TurnSignal | None:
        """End the turn now: the key went up, or "over" was heard."""
        self._key_down = False
        return self._end(TurnSignal.COMMITTED) if self._in_turn else None

    def key_down(self) -> TurnSignal | None:
        """The talk key: from now on everything belongs to the turn until `commit`."""
        self._key_down = True
        if self._in_turn:
            return None
        self._begin(voiced_s=0.0)
        return TurnSignal.BEGAN

    def begin_now(self, *, voiced_s: float) -> TurnSignal:
        """The turn has already begun elsewhere: the learner interrupted the partner."""
        self._begin(voiced_s=voiced_s)
        return TurnSignal.BEGAN

    def reset(self) -> None:
        self._end(TurnSignal.DISMISSED)
        self._key_down = False

    def _begin(self, *, voiced_s: float) -> None:
        self._in_turn, self._is_provisional = True, False
        self._voiced_s, self._silence_s, self._began_s, self._completeness = voiced_s, 0.0, 0.0, 0.5

    def _speech(self) -> TurnSignal | None:
        self._silence_s = 0.0
        if self._began_s > LONGEST_TURN_S:
            return self._end(TurnSignal.COMMITTED)
        if self._is_provisional:
            self._is_provisional = False
            return TurnSignal.WENT_ON
        return None

    def _silence(self) -> TurnSignal | None:
        self._silence_s += BLOCK_S
        waits = WAITS[self.patience]
        if self._silence_s >= waits.provisional_s and self._voiced_s < SHORTEST_TURN_S:
            return self._end(TurnSignal.DISMISSED)
        if self._is_provisional and self._silence_s >= self.wait_s():
            return self._end(TurnSignal.COMMITTED)
        if not self._is_provisional and self._silence_s >= waits.provisional_s:
            self._is_provisional = True
            return TurnSignal.PROVISIONAL
        return None

    def _end(self, signal: TurnSignal) -> TurnSignal:
        self._in_turn, self._is_provisional = False, False
        self._recent.clear()
        return signal
