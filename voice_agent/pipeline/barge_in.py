"""Whether a sound that comes while the partner speaks is the learner interrupting.

Its own policy, apart from the end of turn. It acts before it is sure: at the first sound the partner speaks
softer, at the first voice it halts; then a voice that goes on, or words, make it an interruption, and everything
else (a cough, a door, "mm-hm") lets the partner go on at the word where it was. Pure policy: counts time in
blocks, never sleeps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import Enum, auto

from voice_agent.audio.protocols import BLOCK_S

SOUND_BLOCKS, SOUND_WINDOW = 3, 4
"""60 of 80 ms: as short as a sound can be told from a click by the cheap detector."""
VOICE = 0.5
"""Likelihood in a window; coughs, claps and doors stay under 0.2 (docs/interruptions.md)."""
QUIET_S = 0.2
"""After this long without sound, what was no voice is over."""
LONGEST_DUCK_S = 1.0
"""A sound without a voice for this long is a machine, or music: the partner speaks up again."""
ENDED_S = 0.24
"""Silence after a voice before its words are asked for: longer than the gap in "mm-hm"."""
CONFIRMED_S = 1.3
"""Voice without end that is a turn whatever its words; the longest "mm-hm" has 1.0 s. Nobody waits for it: the
partner is silent long before."""
LONGEST_HOLD_S = 2.5
WORDLESS_S = 1.1
"""Voice in which no words were found counts from here on."""
DECIDED_S = 0.7
"""A recognizer that is slower does not decide; the length of the voice does."""


class BargeSignal(Enum):
    DUCK = auto()
    """Something sounds."""
    HOLD = auto()
    """Someone speaks."""
    ENDED = auto()
    """The voice is over, and its words will tell: call `decide`."""
    CONFIRMED = auto()
    """The learner has the word."""
    RELEASE = auto()
    """It was nothing."""


class _State(Enum):
    CLEAR = auto()
    DUCKED = auto()
    NOISE = auto()
    """A sound that goes on and is no voice: not listened to until it stops."""
    HELD = auto()
    JUDGING = auto()


class BargeIn:
    """`block` for each 20 ms of the microphone while the partner speaks."""

    def __init__(self, window_s: float = BLOCK_S) -> None:
        """window_s: sound that each likelihood is about."""
        self._window_s = window_s
        self._recent: deque[bool] = deque(maxlen=SOUND_WINDOW)
        self.reset()

    def reset(self) -> None:
        self._recent.clear()
        self._state = _State.CLEAR
        self._quiet_s = self._in_state_s = self.voiced_s = 0.0
        self.has_ended = False
        """The voice has ended once since it halted the partner."""

    @property
    def holds(self) -> bool:
        """A voice has halted the partner, and it is not yet known whose word it is."""
        return self._state in (_State.HELD, _State.JUDGING)

    @property
    def yields(self) -> bool:
        """The partner is halted or speaks softer."""
        return self.holds or self._state is _State.DUCKED

    def block(self, *, is_speech: bool, voices: Sequence[float] | None = None) -> BargeSignal | None:
        """is_speech: by the cheap detector. voices: likelihoods of the windows that this block completes.

        Without a second detector (None) the cheap one stands for both.
        """
        self._recent.append(is_speech)
        self._in_state_s += BLOCK_S
        if voices is None:
            has_voice = is_speech if self.holds else sum(self._recent) >= SOUND_BLOCKS
            new_s = BLOCK_S if has_voice else 0.0
        else:
            voiced = sum(one >= VOICE for one in voices)
            has_voice, new_s = voiced > 0, voiced * self._window_s
        match self._state:
            case _State.CLEAR | _State.DUCKED | _State.NOISE:
                return self._before_voice(is_speech=is_speech, has_voice=has_voice, new_s=new_s)
            case _State.HELD:
                return self._held(has_voice=has_voice, new_s=new_s)
            case _State.JUDGING:
                if has_voice:
                    return self._confirm()
                return self.decide("") if self._in_state_s >= DECIDED_S else None

    def decide(self, words: str) -> BargeSignal | None:
        """What a voice that has ended was; words: empty when none were found. None when it is known already."""
        if self._state is not _State.JUDGING:
            return None
        if interrupts(words) or (not words and self.voiced_s >= WORDLESS_S):
            return self._confirm()
        return self.let_go()

    def let_go(self) -> BargeSignal:
        """The partner speaks on, whatever sounded."""
        self.reset()
        return BargeSignal.RELEASE

    def words(self, text: str) -> BargeSignal | None:
        """The words so far, while the voice goes on."""
        return self._confirm() if self.holds and interrupts(text) else None

    def _before_voice(self, *, is_speech: bool, has_voice: bool, new_s: float) -> BargeSignal | None:
        self._quiet_s = 0.0 if is_speech else self._quiet_s + BLOCK_S
        if has_voice:
            self._go(_State.HELD)
            self.voiced_s, self._quiet_s, self.has_ended = new_s, 0.0, False
            return BargeSignal.HOLD
        if self._state is _State.CLEAR and sum(self._recent) >= SOUND_BLOCKS:
            self._go(_State.DUCKED)
            return BargeSignal.DUCK
        if self._quiet_s >= QUIET_S and self._state is not _State.CLEAR:
            was_ducked = self._state is _State.DUCKED
            self._go(_State.CLEAR)
            return BargeSignal.RELEASE if was_ducked else None
        if self._state is _State.DUCKED and self._in_state_s >= LONGEST_DUCK_S:
            self._go(_State.NOISE)
            return BargeSignal.RELEASE
        return None

    def _held(self, *, has_voice: bool, new_s: float) -> BargeSignal | None:
        self.voiced_s += new_s
        if self.voiced_s >= CONFIRMED_S:
            return self._confirm()
        self._quiet_s = 0.0 if has_voice else self._quiet_s + BLOCK_S
        if self._in_state_s >= LONGEST_HOLD_S or self._quiet_s >= ENDED_S:
            self._go(_State.JUDGING)
            self.has_ended = True
            return BargeSignal.ENDED
        return None

    def _go(self, state: _State) -> None:
        self._state, self._in_state_s = state, 0.0

    def _confirm(self) -> BargeSignal:
        self._go(_State.CLEAR)
        return BargeSignal.CONFIRMED


_LONG_WORDS, _SAME_SHARE = 4, 0.7
"""Whoever quotes their partner adds something, or says less."""
_LISTENING = frozenset(
    """
    mm mhm hm hmm mmm mm-hm uh-huh huh uh yeah yes yep okay ok right sure see aha ah oh i
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
"""What "mm-hm", "uh-huh", "I see" and their like are made of."""
_STOPPING = frozenset(
    """
    stop wait no but listen hey sorry excuse hold enough please actually don't nope
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
"""One of these is enough to ask for the word."""


def is_backchannel(text: str) -> bool:
    """A listener's sounds alone: whoever says only these goes on listening."""
    found = text.lower().replace(",", " ").strip(" .!?").split()
    return bool(found) and all(word.strip(".!?") in _LISTENING for word in found)


def repeats(text: str, line: str) -> bool:
    """Whether words are most likely the loudspeaker's own, heard by the microphone: long, and from that line."""
    found, said = ([word.strip(".,!?") for word in one.lower().split()] for one in (text, line))
    if len(found) < _LONG_WORDS:
        return False
    same = sum(block.size for block in SequenceMatcher(None, found, said, autojunk=False).get_matching_blocks())
    return same >= _SAME_SHARE * len(found)


def interrupts(text: str) -> bool:
    """Words that ask for the turn. One or two others are not believed: recognizers make them of "mm-hm"."""
    found = [word.strip(".,!?") for word in text.lower().split()]
    return not is_backchannel(text) and (len(found) >= 3 or any(word in _STOPPING for word in found))
