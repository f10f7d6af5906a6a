"""When a learner's turn has begun, paused, and ended.

A turn ends twice. The *provisional* end, after a short silence, only lets the engines get ready; the
*committed* end lets the partner speak. In a hard conversation people stop in the middle of a sentence, so
the commit weighs how likely the turn is over against how bad it is to cut in. With l the log odds by words and melody
that a pause ends the turn, and S(s) the share of this learner's pauses that outlast a silence of s seconds,

    log odds of "over" after s seconds = l - log S(s) + log S(0.2 s),

since an ended turn stays silent and a pause does not. The turn is committed once that reaches the patience's
`caution`, never before its shortest and always by its longest wait. Pure policy: it is told each block, counts
time in blocks, and never sleeps.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from voice_agent.audio.protocols import BLOCK_S
from voice_agent.pipeline.turn_end.pauses import PAUSE_S, outlasting, silence_for
from voice_agent.settings import Patience

TURN_POLICY_VERSION = 2
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
    """Seconds of silence, and what cutting in costs."""

    provisional_s: float
    shortest_s: float
    longest_s: float
    """Commit by then, unless the turn is surely unfinished."""
    unfinished_s: float
    """Commit by then after "because" or "um": what is not said by then will not be."""
    caution: float
    """Natural log odds that the turn is over at which it is committed: the log of what a cut-in costs against what
    the rest of the wait costs."""
    unknown_s: float
    """Commit after this long while nothing is known of words and melody: a recognizer that is late or deaf."""


WAITS = {
    # Chosen on the development split by `python -m benchmarks.endpoint` (docs/turn-taking.md). The provisional end
    # comes early: it costs one recognition of what was said anyway, and gives the reply time to get ready.
    Patience.QUICK: Waits(0.2, 0.35, 0.8, 1.4, caution=1.2, unknown_s=0.7),
    Patience.NORMAL: Waits(0.2, 0.45, 1.4, 2.4, caution=2.2, unknown_s=1.2),
    Patience.PATIENT: Waits(0.2, 1.0, 2.8, 4.0, caution=3.5, unknown_s=2.4),
    # "over" is looked for at each provisional end; without it ten seconds of silence end the turn.
    Patience.OVER: Waits(0.45, 10.0, 10.0, 10.0, caution=0.0, unknown_s=10.0),
    Patience.PUSH_TO_TALK: Waits(0.2, math.inf, math.inf, math.inf, caution=0.0, unknown_s=math.inf),
}

SURELY_UNFINISHED = -2.0
"""Log odds under which the longer of the longest waits holds: one turn in eight at most ends there."""
ONSET_BLOCKS, ONSET_WINDOW = 4, 6
"""Speech in 80 of 120 ms begins a turn: shorter than any word, longer than a click."""
SHORTEST_TURN_S = 0.14
"""Voiced time under which what began is dismissed; "no" has about 0.2 s."""
OWN_PAUSE = 1.15
"""Who has paused in this turn is given this times the longest of those pauses again: pauses of one turn are alike."""
LONGEST_TURN_S = 180.0
"""A turn is committed here whatever the microphone says: noise must not hold the talk for ever."""


class EndOfTurn:
    """The policy for one microphone. `block` for each 20 ms; `judged` when words or melody of a pause are known."""

    def __init__(self, patience: Patience, *, stretch: float = 1.0) -> None:
        """stretch: this learner's pauses against most people's."""
        self.patience = patience
        self.stretch = stretch
        self._recent: deque[bool] = deque(maxlen=ONSET_WINDOW)
        self._in_turn = False
        self._is_provisional = False
        self._key_down = False
        self._voiced_s = 0.0
        self._began_s = 0.0
        self._silence_s = 0.0
        self._over: float | None = None
        self._is_final = False
        self._paused_s = 0.0
        self._longest_pause_s = 0.0

    @property
    def in_turn(self) -> bool:
        return self._in_turn

    @property
    def is_held(self) -> bool:
        """Only a key ends the turn."""
        return self._key_down or self.patience is Patience.PUSH_TO_TALK

    @property
    def voiced_s(self) -> float:
        """Speech in this turn so far."""
        return self._voiced_s

    @property
    def silence_s(self) -> float:
        """Silence since the turn's last speech."""
        return self._silence_s

    @property
    def is_final(self) -> bool:
        """Whether what was judged last is all that can be known of the pause under way."""
        return self._is_final

    @property
    def paused_s(self) -> float:
        """Length of the pause that the learner's last `WENT_ON` ended."""
        return self._paused_s

    def judged(self, log_odds: float | None, *, is_final: bool) -> None:
        """Log odds, by words and melody, that the turn ends where it pauses; None: nothing is known.

        is_final: they come from the whole turn up to the pause under way. Until then the turn is not committed
        before the wait for the unknown: a recognizer that is behind has not heard the last word.
        """
        self._over, self._is_final = log_odds, is_final and self._silence_s > 0

    def wait_s(self) -> float:
        """Silence after which the turn is committed, in [shortest, unfinished] of the patience."""
        waits = WAITS[self.patience]
        unknown_s = min(waits.longest_s, waits.unknown_s * max(1.0, self.stretch))
        return self.likely_wait_s() if self._is_final else max(unknown_s, self.likely_wait_s())

    def likely_wait_s(self) -> float:
        """The same by what is known so far, final or not: for who prepares an answer."""
        waits = WAITS[self.patience]
        if self._over is None:
            return min(waits.longest_s, waits.unknown_s * max(1.0, self.stretch))
        # Beyond e to the 40th the silence is longer than any wait.
        share = outlasting(PAUSE_S, stretch=self.stretch) * math.exp(-min(40.0, max(0.0, waits.caution - self._over)))
        longest_s = waits.unfinished_s if self._over < SURELY_UNFINISHED else waits.longest_s
        least_s = max(waits.shortest_s, OWN_PAUSE * self._longest_pause_s)
        return min(longest_s, max(least_s, silence_for(share, stretch=self.stretch)))

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
        self._voiced_s, self._silence_s, self._began_s, self._over = voiced_s, 0.0, 0.0, None
        self._is_final = False
        self._longest_pause_s = 0.0

    def _speech(self) -> TurnSignal | None:
        silence_s, self._silence_s, self._is_final = self._silence_s, 0.0, False
        if self._began_s > LONGEST_TURN_S:
            return self._end(TurnSignal.COMMITTED)
        if self._is_provisional:
            self._is_provisional = False
            self._paused_s = silence_s
            self._longest_pause_s = max(self._longest_pause_s, silence_s)
            return TurnSignal.WENT_ON
        return None

    def _silence(self) -> TurnSignal | None:
        # Rounded: ten blocks are 0.2 s, which ten additions are not.
        self._silence_s = round(self._silence_s + BLOCK_S, 4)
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
