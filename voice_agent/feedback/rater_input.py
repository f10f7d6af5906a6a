"""What the trained rater sees of a turn: two texts and some counted cues. The same in training and in use."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from voice_agent.feedback import phrases

LONGEST_TURN_WORDS = 160
"""A minute of speech; of a longer turn the first and last 80 words are read."""
LONGEST_LINE_WORDS = 40

_CUES: tuple[re.Pattern[str], ...] = (
    phrases.EXPRESS_STRONG,
    phrases.EXPRESS_WEAK,
    phrases.DESCRIBE_WHEN,
    phrases.DESCRIBE_WHAT,
    phrases.DESCRIBE_BLAME,
    phrases.ASSERT_STRONG,
    phrases.ASSERT_WEAK,
    phrases.REINFORCE_STRONG,
    phrases.REINFORCE_WEAK,
    phrases.NEGOTIATE_STRONG,
    phrases.NEGOTIATE_WEAK,
    phrases.CONCEDE,
    phrases.ATTACK,
    phrases.THREAT,
    phrases.APOLOGY,
    phrases.BEGGING,
    phrases.HEDGE,
    phrases.SIDETRACK,
    phrases.SHOUT,
    phrases.THANKS,
    phrases.ACKNOWLEDGE,
)
CUES = len(_CUES) + 6
"""Numbers in `cues`."""


def plain(text: str) -> str:
    """Lower case, straight apostrophes, no punctuation but `?`: typed and recognised turns look alike."""
    lower = text.lower().replace("\u2019", "'").replace(" '", "'")
    return " ".join(re.sub(r"[^\w'? ]+", " ", lower).split())


def shortened(words: str, longest: int) -> str:
    """At most `longest` words: the beginning and the end."""
    parts = words.split()
    if len(parts) <= longest:
        return words
    return " ".join([*parts[: longest // 2], *parts[-(longest - longest // 2) :]])


def texts(said: str, partner_line: str) -> tuple[str, str]:
    """The turn and the partner's line before it, as the encoder reads them."""
    return shortened(_text(said), LONGEST_TURN_WORDS), shortened(_text(partner_line), LONGEST_LINE_WORDS)


def _text(words: str) -> str:
    """One line that is UTF-8: the tokenizer takes no half of a surrogate pair."""
    return " ".join(words.encode("utf-8", "ignore").decode("utf-8").split())


def cues(said: str) -> npt.NDArray[np.float32]:
    """Shape (`CUES`,), each in [0, 1]: which phrases of the rubric's kind occur, length, and how it is shouted."""
    text = plain(said).replace("?", "")
    letters = [character for character in said if character.isalpha()]
    shouted = sum(1 for word in said.split() if len(word) > 2 and word.isupper())
    words = len(text.split())
    found = [min(1.0, len(pattern.findall(text)) / 2) for pattern in _CUES]
    found += [
        min(1.0, words / 60),
        1.0 if words <= 4 else 0.0,
        min(1.0, shouted / 3),
        min(1.0, said.count("!") / 3),
        1.0 if said.rstrip().endswith("?") else 0.0,
        1.0 if letters and any(character.isupper() for character in letters) else 0.0,
    ]
    return np.asarray(found, dtype=np.float32)
