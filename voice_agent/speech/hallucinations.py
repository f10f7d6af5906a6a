"""Takes out what a recognizer of Whisper's kind has made up: loops, words into silence, and phrases of film titles.

Evidence comes first and the list of phrases last, since a learner may really say "thank you". Measures after Radford
et al. 2023, "Robust Speech Recognition via Large-Scale Weak Supervision", section 4.5 (no speech, log probability,
compression); phrases after Koenecke et al. 2024, "Careless Whisper", and what users of Whisper report.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voice_agent.text import bare

NO_SPEECH = 0.6
POOR_LOG_PROB = -1.0
"""There was no speech where its probability is above the one, and the tokens' mean log probability below the other:
Whisper's own limits."""
MOST_COMPRESSION = 2.4
"""How well zlib squeezes a text that repeats itself: Whisper's own."""
LONGEST_LOOP_WORDS = 10
LEAST_ROUNDS = 4
"""A run of words said this often in a row is a loop; people say a thing three times."""
FASTEST_WORDS_PER_S = 9.0
"""Of voice; the fastest talkers reach about six."""
DOUBTFUL = 0.5
"""Mean word probability below which a short stock phrase is not believed."""

_ALWAYS = re.compile(
    r"(?:thanks|thank you)(?: all| so much| very much)? for (?:watching|viewing)(?: (?:this|the|my) video)?"
    r"(?: (?:and|see|don't forget|please)\b.*)?"
    r"|(?:please |don't forget to |like and |please like and |like share and )+subscribe(?: .*)?"
    r"|subscribe to (?:my|our|the) channel(?: .*)?"
    r"|(?:i'll )?see you (?:all |guys )?in the next (?:video|one|episode)"
    r"|(?:subtitles|captions?|captioning|transcription|transcript|transcribed|translated|subtitled)(?: \w+)? by\b.*"
    r"|.*\bamara org\b.*|(?:for more information )?visit www\b.*|www \w+ \w+"
)
"""Whole sentences that nobody says to a roommate."""
_WEAK = re.compile(
    r"(?:thank you|thanks)(?: so much| very much)?(?: for listening)?|you|bye(?: bye)?|goodbye|so|the end|okay|hmm"
    r"|see you (?:next time|soon|later|tomorrow)|i'll see you(?: next time)?|music|applause|silence|foreign"
)
"""Whole sentences that are said, and made up more often when there is little to hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A stretch of text as the recognizer tells of it; None where it does not tell."""

    words: tuple[str, ...]
    """As written, with punctuation and white space."""
    log_prob: float | None = None
    """Mean over the tokens."""
    no_speech: float | None = None
    """Probability that the stretch holds no speech."""
    voiced_s: float | None = None
    """Seconds of voice in the sound that it was made from, as a detector of voice counts them."""

    @property
    def confidence(self) -> float | None:
        """In [0, 1]."""
        return None if self.log_prob is None else math.exp(min(0.0, self.log_prob))


def believed(decoded: Decoded, *, least_confidence: float, hint: str = "") -> list[int]:
    """Places of the words that can be believed, in order; all, some or none.

    least_confidence: in [0, 1]; a stretch under it is dropped whole. hint: words that the recognizer was given to
    expect, which it may tell back.
    """
    if _is_no_speech(decoded) or (decoded.confidence is not None and decoded.confidence < least_confidence):
        return []
    plain = [bare(word).casefold() for word in decoded.words]
    kept = without_loops(plain)
    if compression(plain[place] for place in kept) > MOST_COMPRESSION:
        return []
    is_weak = _is_weak(decoded, len(kept))
    if is_weak and kept and _is_told_back([plain[place] for place in kept], hint):
        return []
    return _without_phrases(kept, decoded.words, plain, is_weak=is_weak)


def without_loops(plain: Sequence[str]) -> list[int]:
    """Places of the words without the later rounds of runs that repeat themselves."""
    kept: list[int] = []
    place = 0
    while place < len(plain):
        length, rounds = _loop_at(plain, place)
        kept += range(place, place + length)
        place += length * rounds
    return kept


def compression(plain: Iterable[str]) -> float:
    """Bytes of the text for one byte when squeezed; at most 1 or so for short texts."""
    text = " ".join(plain).encode()
    return len(text) / len(zlib.compress(text)) if text else 0.0


def _loop_at(plain: Sequence[str], place: int) -> tuple[int, int]:
    """(words of the run that begins here, how often it comes in a row); (1, 1) where nothing repeats."""
    for length in range(1, LONGEST_LOOP_WORDS + 1):
        run, rounds = plain[place : place + length], 1
        while plain[place + rounds * length : place + (rounds + 1) * length] == run:
            rounds += 1
        if rounds >= LEAST_ROUNDS:
            return length, rounds
    return 1, 1


def _is_no_speech(decoded: Decoded) -> bool:
    if decoded.no_speech is None or decoded.no_speech <= NO_SPEECH:
        return False
    return decoded.log_prob is None or decoded.log_prob < POOR_LOG_PROB


def _is_weak(decoded: Decoded, words: int) -> bool:
    """Whether little speaks for these words."""
    if decoded.voiced_s is not None and words > FASTEST_WORDS_PER_S * decoded.voiced_s:
        return True
    if decoded.no_speech is not None and decoded.no_speech > NO_SPEECH / 2:
        return True
    return decoded.confidence is not None and decoded.confidence < DOUBTFUL


def _is_told_back(plain: Sequence[str], hint: str) -> bool:
    expected = [bare(word).casefold() for word in hint.split()]
    size = len(plain)
    return any(expected[start : start + size] == list(plain) for start in range(len(expected) - size + 1))


def _without_phrases(kept: list[int], words: Sequence[str], plain: Sequence[str], *, is_weak: bool) -> list[int]:
    """Without the sentences at the end that are stock phrases."""
    while kept:
        ends = [n for n, place in enumerate(kept[:-1]) if words[place].rstrip("\"'”’ ").endswith((".", "?", "!"))]
        start = ends[-1] + 1 if ends else 0
        sentence = re.sub(r"[^\w' ]", " ", " ".join(plain[place] for place in kept[start:]))
        sentence = " ".join(sentence.split())
        if not _ALWAYS.fullmatch(sentence) and not (is_weak and _WEAK.fullmatch(sentence)):
            break
        kept = kept[:start]
    return kept
